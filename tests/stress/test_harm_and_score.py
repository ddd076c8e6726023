"""A service that is harmed, with its neighbour, by faults in several pods at once: which checks say so, and what score
comes of it.

`make stress` runs them.
"""

from collections.abc import Iterator
from datetime import datetime
from statistics import mean
from typing import Any

import pytest

from tests.e2e.campaigns import NAMESPACE, campaign
from tests.stress.fault_runs import DATABASE, load
from tests.stress.probing import Observed, Probe, Window, as_json, connecting, observe, outcomes, pods
from tests.stress.rehearsals import with_verdict
from tests.stress.small_services import PORT, SmallService, leaning, small_services

pytestmark = pytest.mark.long

CROWD = SmallService("crowd", replicas=3, slow_start=8)
LEANING = leaning("leaning", on="crowd")
LATENCY, LEFT, SLOWED = 0.2, 3, 2
SECONDS = 66
VISITORS = {"name": "http", "parameters": {"path": "/healthz", "thinkTime": "100ms", "timeout": "1s"}}
FAULTS: list[dict[str, Any]] = [
    {
        "name": "few-left",
        "type": "DatabasePoolExhausted",
        "at": "14s",
        "duration": "8s",
        "port": 5432,
        "leave": LEFT,
        "credentials": {"secret": "postgres"},
        "target": DATABASE,
    },
    {
        "name": "slowed",
        "type": "NetworkLatency",
        "at": "14s",
        "duration": "8s",
        "port": PORT,
        "latency": f"{LATENCY * 1000:g}ms",
        "mode": "fixed",
        "value": SLOWED,
        "seed": 7,
    },
    {"name": "shut", "type": "NetworkPartition", "at": "30s", "duration": "8s", "port": PORT, "mode": "all"},
    {"name": "crashed", "type": "ServiceCrash", "at": "46s", "duration": "3s"},
]
CHECKS: list[dict[str, Any]] = [
    {"name": "recovers", "recovery": {"fault": "*"}, "max": "20s"},
    {"name": "contained-slowed", "containment": {"fault": "slowed"}, "max": 0},
    {"name": "contained-shut", "containment": {"fault": "shut"}, "max": 0},
    {"name": "restarts-shut", "restarts": {"fault": "shut"}, "max": 0},
    {"name": "restarts-crashed", "restarts": {"fault": "crashed"}, "max": 0},
    {"name": "ready-shut", "podsReady": {"fault": "shut"}, "max": "2s"},
    {"name": "ready-crashed", "podsReady": {"fault": "crashed"}, "max": "2s"},
]
NEIGHBOURS = [{"name": "leaning", **LEANING.target}, {"name": "database", **DATABASE}]


@pytest.fixture(scope="module")
def seen(_probe: None) -> Iterator[Observed]:
    with small_services(CROWD, LEANING):
        probes = {
            one["metadata"]["name"]: Probe("probe", "connects", (one["status"]["podIP"], PORT, "/healthz"))
            for one in pods("crowd")
        }
        probes["sessions"] = Probe("deploy/agents", "sessions", (LEFT + 5,))
        asked = campaign(
            "harm-and-score",
            target={"url": f"http://crowd.{NAMESPACE}:{PORT}", **CROWD.target},
            load=load(4, SECONDS, VISITORS),
            faults=FAULTS,
            checks=CHECKS,
            neighbours=NEIGHBOURS,
        )
        yield observe(asked, probes)


def hit_by(seen: Observed, fault: str) -> set[str]:
    """Names of the pods that it was put into."""
    return {pod["pod"] for pod in seen.fault(fault)["pods"]}


def crowd(seen: Observed) -> set[str]:
    """Names of all."""
    return set(seen.seen) - {"sessions"}


def test_a_fault_is_in_as_many_pods_as_were_asked_and_each_of_them_suffers(seen: Observed) -> None:
    hit = hit_by(seen, "slowed")
    assert len(hit) == SLOWED
    longer = {
        pod: connecting(seen.during(pod, "slowed")) - connecting(seen.before(pod, "slowed"))
        for pod in crowd(seen)
    }
    assert {pod for pod, more in longer.items() if more == pytest.approx(LATENCY, rel=0.1)} == hit
    assert {pod for pod, more in longer.items() if abs(more) < 0.02} == crowd(seen) - hit


def test_a_fault_in_all_pods_leaves_none_out(seen: Observed) -> None:
    assert hit_by(seen, "shut") == crowd(seen)
    for pod in crowd(seen):
        assert outcomes(seen.during(pod, "shut")) == {"silent"}


@pytest.mark.parametrize("fault", ["slowed", "shut"])
def test_every_pod_is_as_it_was_when_a_fault_is_over(seen: Observed, fault: str) -> None:
    for pod in crowd(seen):
        rows = seen.after(pod, fault)
        assert outcomes(rows) == {"answered"}
        assert connecting(rows) < 0.02


def test_just_as_many_connections_to_the_database_are_left_as_were_asked(seen: Observed) -> None:
    rows = seen.during("sessions", "few-left", margin=2.0, length=1.0)
    assert len(rows) > 5, "the probe saw too little"
    assert outcomes(rows) == {str(LEFT)}, rows
    assert {row.words[1] for row in rows} == {"53300"}
    assert {row.words for row in seen.after("sessions", "few-left")} == {(str(LEFT + 5), "-")}


def message(seen: Observed, check: str) -> str:
    """What it came to."""
    return next(str(one["message"]) for one in seen.status["checks"] if one["name"] == check)


def ready_since(pod: dict[str, Any]) -> float:
    """Epoch seconds, as Kubernetes tells it."""
    (told,) = [one for one in pod["status"]["conditions"] if one["type"] == "Ready"]
    assert told["status"] == "True"
    return datetime.fromisoformat(told["lastTransitionTime"]).timestamp()


def test_a_neighbour_that_is_harmed_fails_the_check_and_is_named(seen: Observed) -> None:
    (pod,) = pods("leaning")
    over = seen.window("shut").end
    assert ready_since(pod) in Window(over - 1, over + 8), "it was not ready again after the fault"
    assert f"{pod['metadata']['name']} was not ready" in message(seen, "contained-shut")
    assert "pods of neighbours harmed" in message(seen, "contained-shut")
    assert seen.fault("shut")["impact"]["neighbours"] == [f"{pod['metadata']['name']} was not ready"]


def test_a_restart_fails_the_check_and_its_pod_is_named(seen: Observed) -> None:
    restarted = {
        one["metadata"]["name"]: one["status"]["containerStatuses"][0]["restartCount"]
        for one in pods("crowd")
    }
    (hit,) = hit_by(seen, "crashed")
    assert restarted == {pod: int(pod == hit) for pod in crowd(seen)}
    assert f"{hit} restarted" in message(seen, "restarts-crashed")


def test_pods_that_are_ready_too_late_fail_the_check_with_the_time_that_it_took(seen: Observed) -> None:
    (hit,) = [one for one in pods("crowd") if one["metadata"]["name"] in hit_by(seen, "crashed")]
    took = ready_since(hit) - seen.window("crashed").end
    (told,) = [one for one in seen.status["checks"] if one["name"] == "ready-crashed"]
    assert float(told["value"].removesuffix("s")) == pytest.approx(took, abs=2), as_json(seen)


def test_no_other_check_fails(seen: Observed) -> None:
    failed = {"contained-shut", "restarts-crashed", "ready-crashed"}
    assert with_verdict(seen.status, "Failed") == failed, as_json(seen)
    assert with_verdict(seen.status, "Inconclusive") == set()
    assert seen.status["verdict"] == "Failed"


def served(seen: Observed, fault: str) -> float:
    """The share of requests that succeeded from its start to the recovery: by the record's own seconds."""
    assert seen.record
    assert seen.record.load
    begun, moments = seen.status["load"]["startedAt"], seen.fault(fault)["moments"]
    start, end = moments["acknowledged"] - begun, max(moments["ended"], moments.get("recovered", 0)) - begun
    seconds = [one for one in seen.record.load.seconds if one.t + 1 > int(start) and one.t < end]
    return 1 - sum(one.failed for one in seconds) / sum(one.completed for one in seconds)


def test_the_score_is_what_its_formula_makes_of_the_record(seen: Observed) -> None:
    """As docs/recovery.md has it."""
    parts = [
        0.5 * (fault["outcome"] == "Recovered")
        + 0.3 * served(seen, fault["name"])
        + 0.2 * (not fault["impact"].get("neighbours"))
        for fault in seen.status["faults"]
    ]
    score = seen.status["resilience"]
    assert score["reason"] == "mean of 4 faults", as_json(seen)
    assert score["score"] == pytest.approx(100 * mean(parts), abs=0.1)
    assert 50 < score["score"] < 99
