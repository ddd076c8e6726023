"""Two nodes: load is spread over both, a fault works on either, and a node that dies takes neither into its grave.

The second node is joined for these tests and goes with them.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cluster import second_node
from cluster.settings import NODE, SECOND
from demo.kubectl import run
from tests.e2e.campaigns import (
    NAMESPACE,
    RECOVERS,
    campaign,
    delete,
    finished,
    leftovers,
    pod_in_force,
    start,
    status_of,
)
from tests.e2e.waiting import eventually
from tests.stress.probing import Observed, Probe, address, as_json, observe, outcomes
from tests.stress.two_nodes import (
    ELSEWHERE,
    cordoned,
    filled,
    frozen,
    hanging_kubelet,
    loss_told,
    move_operator,
    nodes_of_load,
    operators,
    put_elsewhere,
    ready,
    without_kubelet,
)
from tests.torture.lookout import Lookout
from tests.torture.result import MOST_OVERRUN

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("_two_nodes")]

ASKS = {"name": "http", "parameters": {"path": "/workflows/0", "expectedStatus": 404, "thinkTime": "200ms"}}
"""There is no such workflow, and the database is asked for it."""
OWN_COUNT = {"series": 'http_requests_served_total{app="agents"}'}
ERRORS = [{"name": "errors", "errorRate": {}, "max": "1%"}]
CUT: dict[str, Any] = {
    "name": "cut",
    "type": "NetworkPartition",
    "at": "14s",
    "duration": "10s",
    "port": 8080,
    "target": {"selector": {"matchLabels": {"app": ELSEWHERE}}},
}
"""A target on the second node that nobody reaches."""
ASKED = 3.0
"""Seconds after which some look has surely asked the kubelet that hangs."""
ENDED = 2.0
"""Seconds within which an abort has ended a fault."""
NOTICED = 5.0
"""Seconds within which a worker that is lost is said to be."""


@pytest.fixture(scope="module")
def _two_nodes(_probe: None) -> Iterator[None]:
    """The staging system on the first, its probe, too."""
    try:
        second_node.join(
            *(f"stresscampaigns/{one}:dev" for one in ("operator", "load", "fault", "demo-service"))
        )
        yield
    finally:
        second_node.leave()


@pytest.fixture
def _elsewhere() -> None:
    ready()
    put_elsewhere()


def load(seconds: int, workers: int = 1) -> dict[str, Any]:
    """A few users, shared evenly; closed, for both nodes have the same two cores, and an arrival may be late."""
    stages = [{"name": "only", "users": 4, "duration": f"{seconds}s"}]
    return {"workers": workers, "stages": stages, "scenarios": [ASKS]}


def test_workers_are_spread_over_both_nodes_in_step_and_no_request_is_miscounted() -> None:
    """In step: a stage that lacked a tenth of its users for a tenth of its time would make the run Inconclusive."""
    stages = [("low", 8), ("high", 24), ("low-again", 8)]
    staged = [{"name": name, "users": users, "duration": "10s"} for name, users in stages]
    asked = load(30, workers=4) | {"stages": staged, "serverCounter": OWN_COUNT}
    name = start(campaign("spread", load=asked, checks=ERRORS))
    eventually(lambda: len(nodes_of_load(name).get("worker", [])) == 4, 60, "four workers have their nodes")
    assert nodes_of_load(name)["worker"] == [NODE, NODE, SECOND, SECOND]
    status = finished(name, 120)
    assert status["verdict"] == "Passed", status["message"]
    told = status["load"]
    print(f"sent {told['sent']}, counted by the target {told['serverCounted']}")
    assert told["sent"] == told["serverCounted"] == told["requests"] > 1000
    delete("spread")


@pytest.mark.usefixtures("_elsewhere")
def test_a_fault_on_the_second_node_is_in_force_there_and_ends_at_its_deadline() -> None:
    reaches = Probe("probe", "connects", (address(ELSEWHERE), 8080, "/healthz"))
    seen = observe(campaign("cut-elsewhere", load=load(40), faults=[CUT], checks=ERRORS), {"asks": reaches})
    (pod,) = seen.fault("cut")["pods"]
    assert (pod["node"], pod["outcome"]) == (SECOND, "Ended"), as_json(seen)
    assert pod["harmed"] > 0
    assert _reached(seen) == [{"answered"}, {"silent"}, {"answered"}]
    assert _overrun(seen) < MOST_OVERRUN
    assert seen.status["verdict"] == "Passed", seen.status["message"]


def _reached(seen: Observed) -> list[set[str]]:
    """What came of asking from the first node: before the fault, in it, after it."""
    rows = (seen.before("asks", "cut"), seen.during("asks", "cut", length=0.8), seen.after("asks", "cut"))
    return [outcomes(one) for one in rows]


def _overrun(seen: Observed) -> float:
    return float(seen.window("cut").end - seen.fault("cut")["endsAt"])


@pytest.mark.usefixtures("_elsewhere")
def test_a_fault_ends_at_its_deadline_without_a_kubelet_and_the_run_claims_no_more_than_it_saw() -> None:
    with Lookout(SECOND) as lookout:
        with cordoned(SECOND):  # the load is not what this is about
            name = start(campaign("deaf-node", load=load(30), faults=[CUT], checks=RECOVERS))
            pod_in_force(name)
        end = status_of(name)["faults"][0]["endsAt"]
        with without_kubelet():
            in_force = asyncio.run(lookout.ask("scan"))["leaks"]
            assert any("has elements" in one for one in in_force), in_force
            until = str(end + MOST_OVERRUN)
            gone = asyncio.run(lookout.ask("scan", "watch", str(end), until, "stress_", "stress-"))
            assert gone["leaks"] == []
            print(f"gone from the node {gone['at'] - end:.2f} s after its deadline")
            status = finished(name, 180)
            print(f"finished {time.time() - end:.1f} s after it")
    (pod,) = status["faults"][0]["pods"]
    assert pod["outcome"] == "Lost"
    assert "its node does not answer" in pod["message"]
    assert "endedAt" not in pod
    assert status["verdict"] == "Inconclusive", status["message"]
    assert leftovers(name) == []
    delete("deaf-node")


@pytest.mark.usefixtures("_elsewhere")
def test_a_kubelet_that_hangs_on_one_node_delays_no_abort_on_the_other() -> None:
    here = CUT | {"name": "here", "target": {"selector": {"matchLabels": {"app": "external-api"}}}}
    faults = [CUT | {"duration": "40s"}, here | {"duration": "40s"}]
    with cordoned(SECOND):
        name = start(campaign("deaf-abort", load=load(70), faults=faults, checks=RECOVERS))
        eventually(lambda: _in_force(name) == {"cut", "here"}, 90, "both faults are in force")
    end = status_of(name)["faults"][0]["endsAt"]
    with hanging_kubelet(), Lookout(NODE) as lookout:
        time.sleep(ASKED)
        aborted = time.time()
        run("kubectl", "-n", NAMESPACE, "annotate", "stressrun", name, "stresscampaigns.dev/abort=enough")
        until = str(aborted + 20)
        gone = asyncio.run(lookout.ask("scan", "watch", str(aborted), until, "stress_", "stress-"))
        assert gone["leaks"] == []
        print(f"gone from the node that answers {gone['at'] - aborted:.2f} s after the abort")
        status = finished(name, 180)
        print(
            f"finished {time.time() - aborted:.1f} s after it, the silent fault's deadline was {end - aborted:.1f} s"
        )
    assert gone["at"] - aborted < ENDED
    outcomes_of = {one["name"]: one["pods"][0]["outcome"] for one in status["faults"]}
    assert outcomes_of == {"cut": "Lost", "here": "Aborted"}
    assert status["verdict"] == "Aborted", status["message"]
    assert leftovers(name) == []
    delete("deaf-abort")


def _in_force(run_name: str) -> set[str]:
    return {
        fault["name"]
        for fault in status_of(run_name).get("faults") or []
        if any("injectedAt" in pod for pod in fault.get("pods") or [])
    }


def test_a_worker_whose_node_vanishes_is_told_within_seconds_and_the_run_is_inconclusive() -> None:
    ready()
    before = operators()
    with filled(), cordoned(SECOND):
        name = start(campaign("node-vanishes", load=load(20, workers=2), checks=ERRORS, startTimeout="60s"))
        eventually(lambda: nodes_of_load(name) == {"coordinator": [NODE], "worker": [NODE]}, 60, "it fits")
    eventually(lambda: "startedAt" in (status_of(name).get("load") or {}), 60, "the load is on")
    assert nodes_of_load(name)["worker"] == [NODE, SECOND]
    vanished = time.time()
    with frozen():
        told = eventually(lambda: loss_told(name), 15, "the coordinator misses it")
        print(f"told {told - vanished:.2f} s after its node vanished")
        status = finished(name, 180)
        print(f"finished {time.time() - vanished:.1f} s after it")
    assert told - vanished < NOTICED
    assert status["verdict"] == "Inconclusive"
    assert "1 of 2 workers were lost" in status["invalidBecause"]
    assert {"WorkerLost", "LoadPodsLeft"} <= {entry["event"] for entry in status["timeline"]}
    assert operators() == before
    delete("node-vanishes")


def test_a_load_that_vanishes_whole_with_its_node_ends_the_run_long_before_its_time() -> None:
    ready()
    with cordoned(NODE):
        name = start(campaign("load-vanishes", load=load(600), checks=ERRORS))
        eventually(lambda: "startedAt" in (status_of(name).get("load") or {}), 60, "the load is on")
    assert nodes_of_load(name) == {"coordinator": [SECOND], "worker": [SECOND]}
    vanished = time.time()
    with frozen():
        status = eventually(lambda: _judged(name), 240, "the run has a verdict")
        print(f"judged {time.time() - vanished:.1f} s after its load vanished: {status['message']}")
        assert status["verdict"] == "Inconclusive"
    finished(name, 120)
    eventually(lambda: leftovers(name) == [], 60, "what was on the node goes once it is back")
    delete("load-vanishes")


def _judged(name: str) -> dict[str, Any] | None:
    status = status_of(name)
    return status if "verdict" in status else None


def test_an_operator_whose_node_dies_is_followed_by_another_that_takes_the_run_to_its_end() -> None:
    ready()
    move_operator()
    assert [node for _, node, _ in operators()] == [SECOND]
    fault = CUT | {"target": {"selector": {"matchLabels": {"app": "external-api"}}}}
    with cordoned(SECOND):
        name = start(campaign("operators-node-dies", load=load(40), faults=[fault], checks=ERRORS))
        pod_in_force(name)
    with frozen(), Lookout(NODE) as lookout:
        died, end = time.time(), status_of(name)["faults"][0]["endsAt"]
        until = str(end + MOST_OVERRUN)
        gone = asyncio.run(lookout.ask("scan", "watch", str(end), until, "stress_", "stress-"))
        assert gone["leaks"] == []
        eventually(
            lambda: [one for one in operators() if one[1] == NODE], 240, "an operator on the first node"
        )
        print(f"operator again {time.time() - died:.1f} s after its node died")
        status = finished(name, 120)
    assert status["verdict"] == "Passed", status["message"]
    events = [entry["event"] for entry in status["timeline"]]
    assert len(events) == len(set(events)), events
    assert status["faults"][0]["pods"][0]["outcome"] == "Ended"
    assert leftovers(name) == []
    delete("operators-node-dies")
