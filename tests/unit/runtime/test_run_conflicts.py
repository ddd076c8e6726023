"""Somebody else changes a run while we do: we read again, decide again, and lose nothing."""

import asyncio

import pytest

from stresscampaigns.api.base import ABORT_ANNOTATION
from tests.unit.runtime.examples import RUN, run
from tests.unit.runtime.fake_cluster import FakeCluster


@pytest.fixture
def cluster() -> FakeCluster:
    """One run, just created."""
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    return cluster


def finished(cluster: FakeCluster) -> bool:
    return cluster.status(RUN).get("phase") == "Finished"


def test_a_change_that_we_have_not_seen_is_read_and_kept(cluster: FakeCluster) -> None:
    operator = cluster.operator()
    cluster.resources.annotate(RUN, "owner", "somebody")
    assert asyncio.run(operator.runs.reconcile(RUN)) == 0.0
    assert cluster.status(RUN) == {}
    asyncio.run(operator.runs.reconcile(RUN))
    assert cluster.status(RUN)["phase"] == "Running"
    assert cluster.resources.bodies[RUN]["metadata"]["annotations"] == {"owner": "somebody"}


def test_what_was_done_before_the_conflict_is_not_done_again(cluster: FakeCluster) -> None:
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: "faults" in cluster.status(RUN)))

    def put_in_though_somebody_writes_before_each_step() -> bool:
        cluster.resources.annotate(RUN, "owner", str(cluster.clock.now()))
        return bool(cluster.staging.put_in)

    asyncio.run(operator.until(put_in_though_somebody_writes_before_each_step))
    for _ in range(3):
        cluster.resources.annotate(RUN, "owner", str(cluster.clock.now()))
        asyncio.run(operator.step())
    asyncio.run(operator.until(lambda: finished(cluster)))
    assert len(cluster.staging.put_in) == 1
    assert len(cluster.staging.made) == len(set(cluster.staging.made)) == 4


def test_a_run_that_others_change_all_the_time_comes_to_the_same_end(cluster: FakeCluster) -> None:
    operator = cluster.operator()

    async def busy() -> None:
        for number in range(60):
            cluster.resources.annotate(RUN, "counter", str(number))
            await operator.runs.reconcile(RUN)
            await operator.step()

    asyncio.run(busy())
    assert finished(cluster)
    status = cluster.status(RUN)
    assert status["message"] == "all 3 checks passed"
    events = [entry["event"] for entry in status["timeline"]]
    assert len(events) == len(set(events)) == 7
    assert len(cluster.staging.put_in) == 1


def test_an_abort_that_the_watch_has_not_shown_is_found_at_the_next_write(cluster: FakeCluster) -> None:
    operator = cluster.operator()
    cluster.resources.annotate(RUN, ABORT_ANNOTATION, "")
    asyncio.run(operator.until(lambda: finished(cluster)))
    assert (cluster.status(RUN)["verdict"], cluster.status(RUN)["message"]) == ("Aborted", "aborted")
    assert cluster.staging.left() == []


def test_a_run_that_is_gone_when_its_status_is_written_is_forgotten(cluster: FakeCluster) -> None:
    operator = cluster.operator()
    del cluster.resources.bodies[RUN]
    assert asyncio.run(operator.runs.reconcile(RUN)) is None
    assert operator.store.get(RUN) is None
