"""A run whose target Prometheus does not know: metrics.k8s.io is asked while the load is on."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.record import unpack
from stresscampaigns.core.observation import ContainerUse, History, LiveUse, Series
from stresscampaigns.runtime import parsing
from tests.unit.runtime.examples import ERRORS, RUN, SPEC, run
from tests.unit.runtime.fake_clock import BEGIN, run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_staging import NOT_SERVED
from tests.unit.runtime.interruptions import Fuse

CPU: dict[str, Any] = {"name": "cpu", "saturation": {"resource": "cpu"}, "max": "90%"}
ASKED: dict[str, Any] = {
    "prometheus": None,
    "faults": None,
    "load": {**SPEC["load"], "stages": [{"name": "steady", "users": 1, "duration": "2m"}]},
    "checks": [CPU, ERRORS],
}
LATE = 4.0
"""Seconds until a sample can be had."""


def metrics_server(cluster: FakeCluster, cores: float = 0.1) -> None:
    """A sample every 15 s, told again until there is another."""

    def told(now: float) -> LiveUse:
        at = (now - LATE) // 15 * 15
        return LiveUse((ContainerUse("agents-1", "main", at, 15.0, 2.0**20, cores),))

    cluster.staging.live = told


def lived(cluster: FakeCluster, **changes: Any) -> dict[str, Any]:
    cluster.resources.apply("StressRun", run(**ASKED | changes))
    return cluster.finish(RUN)


@pytest.mark.parametrize(("cores", "verdict"), [(0.1, "Passed"), (0.48, "Failed")])
def test_a_check_on_cpu_is_answered_without_prometheus(cores: float, verdict: str) -> None:
    cluster = FakeCluster()
    metrics_server(cluster, cores)
    status = lived(cluster)
    assert status["verdict"] == verdict, status["message"]
    assert status["checks"][0]["source"] == "metrics.k8s.io, every 15s"


def test_the_verdict_waits_for_the_loads_last_sample() -> None:
    cluster = FakeCluster()
    metrics_server(cluster)
    status = lived(cluster)
    length = status["load"]["finishedAt"] - status["load"]["startedAt"]
    (line,) = status["liveUse"]["lines"]
    assert line["until"][-1] >= length
    assert line["since"][-1] < length


def test_what_was_noted_outlives_the_operator_and_is_on_record() -> None:
    cluster, undisturbed = FakeCluster(), FakeCluster()
    for one in (cluster, undisturbed):
        metrics_server(one)
        one.resources.apply("StressRun", run(**ASKED))
    for moment in (30, 60, 90):
        asyncio.run(cluster.operator().until(lambda upto=moment: cluster.clock.now() >= BEGIN + upto, 200))
    status = cluster.finish(RUN)
    assert status["liveUse"] == undisturbed.finish(RUN)["liveUse"]
    record = unpack(list(cluster.staging.records.values()))
    assert record.status["liveUse"] == status["liveUse"]


def test_where_nobody_serves_it_that_is_said_and_no_other_verdict_is_lost() -> None:
    status = lived(FakeCluster())
    assert [check["verdict"] for check in status["checks"]] == ["Inconclusive", "Passed"]
    said = f"the campaign names no Prometheus; {NOT_SERVED.problem}"
    assert status["checks"][0]["message"] == f"cpu: no answer: {said}"
    assert status["liveUse"] == {"problem": NOT_SERVED.problem}


def test_without_prometheus_nobody_asks_it_or_waits_for_it() -> None:
    cluster = FakeCluster()
    status = lived(cluster)
    assert (cluster.metrics.asked, cluster.metrics.looked_up) == ([], [])
    assert cluster.clock.now() - status["load"]["finishedAt"] < 10


def test_without_an_answer_a_query_has_none() -> None:
    """Admission refuses such a one; should it be there all the same, it never passes."""
    status = lived(FakeCluster(), checks=[{"name": "pool", "query": "max(pool)", "max": 1}])
    assert status["checks"][0]["message"] == "pool: no answer: the campaign names no Prometheus"


def test_what_prometheus_knows_nobody_else_is_asked_for() -> None:
    cluster, fuse = FakeCluster(), Fuse()
    cluster.metrics.series = History((Series({"pod": "agents-1", "container": "main"}, ((BEGIN, 1.0),)),))
    cluster.resources.apply("StressRun", run(**ASKED | {"prometheus": SPEC["prometheus"]}))
    asyncio.run(cluster.operator(fuse.wrap).until(lambda: "checks" in cluster.status(RUN), 200))
    assert "history" in fuse.calls
    assert "live_use" not in fuse.calls
    assert "liveUse" not in cluster.status(RUN)


def test_where_prometheus_falls_silent_the_others_are_asked_from_then_on() -> None:
    cluster = FakeCluster()
    metrics_server(cluster)
    cluster.metrics.series = History((Series({"pod": "agents-1", "container": "main"}, ((BEGIN, 1.0),)),))
    cluster.resources.apply("StressRun", run(**ASKED | {"prometheus": SPEC["prometheus"]}))
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: cluster.clock.now() >= BEGIN + 60, 200))
    cluster.metrics.series = History(error="connection refused")
    asyncio.run(operator.until(lambda: cluster.clock.now() >= BEGIN + 90, 200))
    (line,) = cluster.status(RUN)["liveUse"]["lines"]
    assert line["since"][0] >= 20


def test_it_is_asked_no_more_often_than_its_samples_come_three_times() -> None:
    cluster, fuse = FakeCluster(), Fuse()
    metrics_server(cluster)
    cluster.resources.apply("StressRun", run(**ASKED))
    asyncio.run(cluster.operator(fuse.wrap).until(lambda: "checks" in cluster.status(RUN), 200))
    assert 24 <= fuse.calls.count("live_use") <= 30


def test_an_answer_that_does_not_come_keeps_no_look_waiting() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(**ASKED))
    asyncio.run(cluster.operator().until(lambda: "load" in cluster.status(RUN)))

    async def never(namespace: str, selector: str) -> LiveUse:
        await asyncio.sleep(3600)
        return NOT_SERVED

    cluster.staging.live_use = never  # type: ignore[method-assign]
    body = cluster.resources.bodies[RUN]
    before = cluster.clock.now()
    seen = run_in(cluster.clock, cluster.operator().runs.observer.observe(parsing.run_view(body), body))
    assert seen.live_use is None
    assert cluster.clock.now() - before < 1.0


def test_pods_that_are_no_part_of_the_target_are_none_of_its_use() -> None:
    cluster = FakeCluster()
    metrics_server(cluster)
    told = cluster.staging.live

    def more(now: float) -> LiveUse:
        (ours,) = told(now).containers
        return LiveUse((ours, replace(ours, pod="postgres-0", cores=9.0)))

    cluster.staging.live = more
    assert lived(cluster)["verdict"] == "Passed"
