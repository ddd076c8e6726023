"""What a decision looks at: each phase asks only for what it needs."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.api.base import ABORT_ANNOTATION
from stresscampaigns.api.fault_protocol import FaultOrder
from stresscampaigns.core.injection import container_prefix
from stresscampaigns.core.observation import Observation, Probe
from stresscampaigns.runtime import parsing
from tests.unit.runtime.examples import FAULT, POOL, RUN, SPEC, run
from tests.unit.runtime.fake_clock import BEGIN
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse

LOAD = {"startedAt": BEGIN}


def observed(cluster: FakeCluster, status: dict[str, Any], **changes: Any) -> tuple[Observation, list[str]]:
    """What is seen of a run of this status, and by which questions."""
    cluster.resources.apply("StressRun", run(**changes))
    body = cluster.resources.bodies[RUN] | {"status": status}
    fuse = Fuse()
    operator = cluster.operator(fuse.wrap)
    seen = asyncio.run(operator.runs.observer.observe(parsing.run_view(body), body))
    return seen, sorted(set(fuse.calls))


@pytest.mark.parametrize(
    ("status", "questions"),
    [
        ({}, ["namespace", "pods", "probe"]),
        ({"phase": "Preparing"}, ["namespace", "pods", "probe"]),
        ({"phase": "Running"}, ["load", "pods", "sidecars"]),
        ({"phase": "Recovering", "load": LOAD}, ["load", "pods", "sidecars"]),
        ({"phase": "Analysing", "load": LOAD}, ["ask", "load", "pods"]),
        ({"phase": "Analysing", "verdict": "Passed"}, ["load", "sidecars"]),
        ({"phase": "Running", "verdict": "Aborted"}, ["load", "sidecars"]),
    ],
)
def test_each_phase_asks_only_for_what_it_needs(status: dict[str, Any], questions: list[str]) -> None:
    assert observed(FakeCluster(), status)[1] == questions


def test_a_namespace_that_is_closed_is_asked_nothing_more() -> None:
    cluster = FakeCluster()
    cluster.staging.open = Probe(False, "NamespaceNotAllowed", "not opted in")
    seen, questions = observed(cluster, {})
    assert questions == ["namespace"]
    assert seen.namespace.reason == "NamespaceNotAllowed"


def test_the_moment_of_a_look_is_the_clocks() -> None:
    cluster = FakeCluster()
    cluster.clock.advance(7.0)
    assert observed(cluster, {})[0].now == BEGIN + 7.0


@pytest.mark.parametrize("status", [{}, {"phase": "Running"}, {"phase": "Analysing", "load": LOAD}])
def test_an_abort_is_seen_in_every_phase_that_it_can_end(status: dict[str, Any]) -> None:
    cluster = FakeCluster()
    assert observed(cluster, status)[0].abort is None
    cluster.resources.annotate(RUN, ABORT_ANNOTATION, "")
    assert observed(cluster, status)[0].abort == ""


def test_the_target_and_what_a_fault_breaks_are_told_apart() -> None:
    seen, _ = observed(FakeCluster(), {})
    assert [pod.name for pod in seen.target_pods] == ["agents-1"]
    assert [pod.name for pod in seen.fault_pods["db-away"]] == ["postgres-0"]


def test_a_fault_without_a_target_of_its_own_breaks_the_campaigns_target() -> None:
    own = {name: value for name, value in FAULT.items() if name != "target"}
    seen, _ = observed(FakeCluster(), {}, faults=[own])
    assert [pod.name for pod in seen.fault_pods["db-away"]] == ["agents-1"]


API = {"name": "database", "selector": {"matchLabels": {"app": "postgres"}}}


def test_near_a_fault_the_target_and_the_neighbours_are_looked_at_too() -> None:
    cluster = FakeCluster()
    seen, _ = observed(cluster, {"phase": "Running", "load": LOAD}, neighbours=[API])
    assert seen.near_fault
    assert [pod.name for pod in seen.target_pods] == ["agents-1"]
    assert [pod.name for pod in seen.neighbour_pods["database"]] == ["postgres-0"]


@pytest.mark.parametrize(
    ("status", "after"), [({"load": LOAD}, 1000.0), ({}, 0.0)], ids=["long after", "not on yet"]
)
def test_far_from_faults_nobody_looks_at_pods_beside_them(status: dict[str, Any], after: float) -> None:
    cluster = FakeCluster()
    cluster.clock.advance(after)
    seen, _ = observed(cluster, {"phase": "Running", **status}, neighbours=[API])
    assert (seen.near_fault, seen.target_pods, seen.neighbour_pods) == (False, (), {})


def test_only_sidecars_of_this_very_run_are_seen() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    prefix = container_prefix(cluster.resources.bodies[RUN]["metadata"]["uid"])
    for name in (f"{prefix}db-away", f"{container_prefix('another run')}db-away", "debugger"):
        words = ["hold", FaultOrder("NetworkPartition", name, BEGIN, BEGIN + 9).text()]
        pod = cluster.staging.target["postgres-0"][1]
        asyncio.run(cluster.staging.inject("staging", pod.name, pod.uid, {"name": name, "args": words}))
    seen, _ = observed(cluster, {"phase": "Running"})
    assert [(one.fault, one.container) for one in seen.sidecars] == [("db-away", f"{prefix}db-away")]


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        ({}, 0.0, 10.0),
        ({"during": "steady"}, 0.0, 10.0),
        ({"during": "db-away"}, 4.0, 6.0),
        ({"after": "db-away"}, 6.0, 10.0),
    ],
)
def test_prometheus_is_asked_for_the_checks_own_window(
    window: dict[str, str], start: float, end: float
) -> None:
    cluster = FakeCluster()
    checks = [*SPEC["checks"][:2], {**POOL, **window}]
    seen, _ = observed(cluster, {"phase": "Analysing", "load": LOAD}, checks=checks)
    assert cluster.metrics.asked == [("max(db_pool)", BEGIN + start, BEGIN + end)]
    assert seen.answers == {"pool": cluster.metrics.answer}
