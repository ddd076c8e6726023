"""What a fault's fields narrow down, seen from outside: a direction, addresses, jitter, an answer, a share of the
replicas, one container of two; and who did what, as it is kept.

`make stress` runs them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import pytest

from demo.kubectl import get
from tests.e2e.campaigns import NAMESPACE, campaign
from tests.stress.fault_runs import BESIDE, DATAGRAMS, in_turn, load
from tests.stress.probing import (
    Observed,
    Probe,
    address,
    arrived,
    as_json,
    connecting,
    observe,
    outcomes,
    pods,
)
from tests.stress.small_services import PORT, SmallService, small_services

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Pair(SmallService):
    """A second container, `second`, waits beside the one that answers."""

    def _pod(self) -> dict[str, Any]:
        pod = super()._pod()
        (first,) = pod["containers"]
        image = {key: first[key] for key in ("image", "imagePullPolicy")}
        return {**pod, "containers": [first, {"name": "second", "command": ["sleep", "infinity"], **image}]}


MANY, ALONE, TWO = SmallService("many", replicas=3), SmallService("alone"), Pair("two")
SHARE, HIT = 60, 2
"""Per cent of three replicas, rounded up."""
LATENCY, JITTER = 0.1, 0.06
GAP = 7
VISITORS = {"name": "http", "parameters": {"path": "/healthz", "thinkTime": "200ms", "timeout": "1s"}}
HANGS: dict[str, Any] = {"type": "ServiceHang", "port": PORT}
APART: dict[str, Any] = {"type": "NetworkPartition", "target": ALONE.target}


def of_replicas() -> tuple[list[dict[str, Any]], float]:
    """Faults in several pods at once, and in one container of two."""
    crash = {
        "name": "second-crashed",
        "type": "ServiceCrash",
        "target": {**TWO.target, "container": "second"},
    }
    return in_turn(
        [
            ({"name": "share-hangs", **HANGS, "mode": "fixed-percent", "value": SHARE}, 6),
            ({"name": "all-hang", **HANGS, "mode": "all"}, 6),
            (crash, 3),
        ],
        gap=GAP,
    )


def of_packets() -> tuple[list[dict[str, Any]], float]:
    """Faults of the one pod that stands alone, meanwhile."""
    far = {"latency": f"{LATENCY * 1000:g}ms", "jitter": f"{JITTER * 1000:g}ms", "port": PORT}
    return in_turn(
        [
            ({"name": "deaf", **APART, "peers": BESIDE, "direction": "from"}, 7),
            ({"name": "mute", **APART, "peers": BESIDE, "direction": "to"}, 7),
            ({"name": "address", **APART, "peers": {"cidrs": [f"{address('probe')}/32"]}}, 5),
            ({"name": "uneven", "type": "NetworkLatency", **far, "target": ALONE.target}, 14),
            ({"name": "no-answer", "type": "DnsFailure", "how": "ServerFailure", "target": ALONE.target}, 5),
        ],
        gap=GAP,
    )


@pytest.fixture(scope="module")
def seen(_probe: None) -> Iterator[Observed]:
    with small_services(MANY, ALONE, TWO):
        (replicas, first_end), (packets, second_end) = of_replicas(), of_packets()
        faults = [{"whenNotSteady": "Inject", **one} for one in (*replicas, *packets)]
        asked = campaign(
            "fault-parts",
            target={"url": f"http://many.{NAMESPACE}:{PORT}", **MANY.target},
            load=load(3, max(first_end, second_end), VISITORS),
            faults=faults,
            checks=[{"name": "errors", "errorRate": {}, "max": "90%"}],
        )
        yield observe(asked, probes())


def probes() -> dict[str, Probe]:
    """One for each replica, by its pod's name, and those of the pod that stands alone."""
    found = {
        one["metadata"]["name"]: Probe("probe", "connects", (one["status"]["podIP"], PORT, "/healthz"))
        for one in pods("many")
    }
    name = f"many.{NAMESPACE}.svc.cluster.local"
    return found | {
        "asks": Probe("probe", "connects", (address("alone"), PORT, "/healthz")),
        "names": Probe("deploy/alone", "names", (name,)),
        "came": Probe("probe", "datagrams", ("receive", DATAGRAMS)),
        "sent": Probe("deploy/alone", "datagrams", ("send", address("probe"), DATAGRAMS)),
    }


def replicas(seen: Observed, fault: str) -> dict[str, set[str]]:
    """Pod → what came of asking it while the fault was in force."""
    names = {pod for pod in seen.seen if pod.startswith("many-")}
    return {pod: outcomes(seen.during(pod, fault, length=1.0)) for pod in names}


def test_a_share_of_the_replicas_is_hit_and_the_others_serve(seen: Observed) -> None:
    hit = {pod["pod"] for pod in seen.fault("share-hangs")["pods"]}
    assert len(hit) == HIT
    found = replicas(seen, "share-hangs")
    assert found == {pod: {"hangs"} if pod in hit else {"answered"} for pod in found}


def test_all_replicas_are_hit_where_that_was_asked(seen: Observed) -> None:
    found = replicas(seen, "all-hang")
    assert found == {pod["pod"]: {"hangs"} for pod in seen.fault("all-hang")["pods"]}
    assert len(found) == MANY.replicas


def test_one_that_hears_nothing_can_still_speak(seen: Observed) -> None:
    assert outcomes(seen.during("asks", "deaf")) == {"silent"}
    came, _ = arrived(seen, "deaf")
    assert came == pytest.approx(1, abs=0.01)


def test_one_that_says_nothing_is_not_heard(seen: Observed) -> None:
    assert outcomes(seen.during("asks", "mute")) == {"silent"}
    assert arrived(seen, "mute") == (0, 0)


def test_a_partition_from_an_address_is_felt_there(seen: Observed) -> None:
    assert outcomes(seen.during("asks", "address")) == {"silent"}


def test_jitter_spreads_connections_around_the_latency(seen: Observed) -> None:
    """Evenly: the first and the last tenth are well away from the middle, and none comes before its time."""
    own = connecting(seen.before("asks", "uneven"))
    longer = [row.number(1) - own for row in seen.during("asks", "uneven")]
    assert len(longer) > 30, "the probe saw too little"
    tenths = quantiles(longer, n=10)
    assert tenths[0] < LATENCY - JITTER / 2
    assert tenths[4] == pytest.approx(LATENCY, abs=JITTER / 2)
    assert tenths[8] > LATENCY + JITTER / 2
    assert min(longer) > LATENCY - JITTER - 0.01


def test_a_name_server_that_fails_says_so(seen: Observed) -> None:
    assert outcomes(seen.during("names", "no-answer")) == {"2"}


@pytest.mark.parametrize("fault", ["deaf", "mute", "address", "uneven"])
def test_the_one_pod_is_as_it_was_when_a_fault_is_over(seen: Observed, fault: str) -> None:
    rows = seen.after("asks", fault)
    assert outcomes(rows) == {"answered"}
    assert connecting(rows) < 0.02


def test_names_resolve_when_the_fault_is_over(seen: Observed) -> None:
    assert outcomes(seen.after("names", "no-answer")) == {"0"}


@pytest.mark.parametrize("fault", ["share-hangs", "all-hang"])
def test_every_replica_answers_when_a_fault_is_over(seen: Observed, fault: str) -> None:
    for pod in replicas(seen, fault):
        assert outcomes(seen.after(pod, fault)) == {"answered"}


def test_of_two_containers_the_one_that_was_named_crashes(seen: Observed) -> None:
    (pod,) = pods("two")
    restarts = {one["name"]: one["restartCount"] for one in pod["status"]["containerStatuses"]}
    assert restarts == {"two": 0, "second": 1}, as_json(seen)


def test_each_fault_was_in_force_has_ended_and_met_something(seen: Observed) -> None:
    came_to = {
        (pod["outcome"], pod["harmed"] > 0) for fault in seen.status["faults"] for pod in fault["pods"]
    }
    assert came_to == {("Ended", True)}, as_json(seen)
    assert seen.status["verdict"] == "Passed", seen.status["message"]


@pytest.mark.parametrize("reason", ["FaultScheduled", "FaultInjected", "FaultEnded"])
def test_each_fault_is_told_as_an_event_when_it_is_chosen_in_force_and_over(
    seen: Observed, reason: str
) -> None:
    assert seen.record
    found = get("-n", NAMESPACE, "events", "--field-selector", f"reason={reason}") or {"items": []}
    told = [one["message"] for one in found["items"] if one["involvedObject"].get("uid") == seen.record.uid]
    missing = {
        fault["name"]
        for fault in seen.status["faults"]
        if not any(words.startswith(f"fault {fault['name']} ") for words in told)
    }
    assert missing == set()


def test_the_record_keeps_what_where_and_when(seen: Observed) -> None:
    assert seen.record
    kept: Any = seen.record.status["faults"]
    assert [fault["name"] for fault in kept] == [fault["name"] for fault in seen.status["faults"]]
    for fault in kept:
        assert fault["type"]
        for pod in fault["pods"]:
            assert pod["pod"]
            assert pod["uid"]
            assert pod["node"]
            assert pod["chosenAt"] < pod["injectedAt"] <= pod["endedAt"] <= fault["endsAt"] + 1
