"""No data is never a pass: whatever is lost on the way, the verdict is Inconclusive, and it says why."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.core.observation import Answer, History, Pod, Series
from tests.unit.runtime.examples import ERRORS, POOL, RUN, run
from tests.unit.runtime.fake_clock import BEGIN
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import in_a_fault


def lived(cluster: FakeCluster, **changes: Any) -> dict[str, Any]:
    """The status of a run after its whole life."""
    cluster.resources.apply("StressRun", run(**changes))
    return cluster.finish(RUN)


def test_a_prometheus_that_stays_away_is_no_pass() -> None:
    cluster = FakeCluster()
    cluster.metrics.answer = Answer(error="connection refused")
    assert lived(cluster)["verdict"] == "Inconclusive"


def test_a_load_pod_that_dies_is_no_pass() -> None:
    cluster = FakeCluster()
    cluster.staging.dead_load_pod = Pod("smoke-1-worker-1", "u", ended=True, exit_code=137)
    status = lived(cluster)
    assert status["verdict"] == "Inconclusive"
    assert "load pod smoke-1-worker-1 ended with exit code 137" in status["message"]


def test_a_worker_whose_numbers_are_lost_is_no_pass() -> None:
    cluster = FakeCluster()
    cluster.staging.workers_lost = 1
    status = lived(cluster, checks=[ERRORS], faults=[])
    assert status["verdict"] == "Inconclusive"
    assert status["invalidBecause"] == ["1 of 2 workers were lost"]


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_a_pod_that_dies_with_its_fault_is_no_pass(seconds: float) -> None:
    cluster = in_a_fault()
    cluster.clock.advance(seconds)
    cluster.staging.lose_pod("postgres-0")
    status = cluster.finish(RUN)
    assert status["verdict"] == "Inconclusive"
    assert status["faults"][0]["pods"][0]["outcome"] == "Lost"


def test_a_load_that_somebody_deletes_is_no_pass() -> None:
    cluster = in_a_fault()
    asyncio.run(cluster.staging.delete_load("staging", RUN.name))
    assert cluster.finish(RUN)["message"].startswith("LoadLost")
    assert not cluster.staging.in_force()


def test_a_clock_that_jumps_over_the_fault_is_no_pass() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    asyncio.run(cluster.operator().until(lambda: cluster.status(RUN).get("load") is not None))
    cluster.clock.advance(3600.0)
    status = cluster.finish(RUN)
    assert status["verdict"] == "Inconclusive"
    assert "db-away" in status["message"]


def test_a_window_in_which_prometheus_scraped_nothing_is_no_pass() -> None:
    """Scraped every 15 s, the last time just before the fault."""
    cluster = FakeCluster()
    latest = ((BEGIN + t, BEGIN + 3 + (t - 3) // 15 * 15) for t in range(-300, 60))
    cluster.metrics.scrapes = History((Series({"of": "target"}, tuple(latest)),))
    status = lived(cluster, checks=[{**POOL, "during": "db-away"}])
    assert status["verdict"] == "Inconclusive"
    assert "scraped nothing of a pod of the target within this window" in status["message"]
