"""Runs that somebody forced away, our finalizer taken off by hand: what they had under way is ended all the same."""

import asyncio

import pytest

from stresscampaigns.api.base import FINALIZER
from tests.unit.runtime.examples import CAMPAIGN, ERRORS, FAULT, RUN, campaign, run
from tests.unit.runtime.fake_clock import run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator
from tests.unit.runtime.test_bad_rollouts import BAD, is_as_before, world

LONG = FAULT | {"at": "4s", "duration": "5m"}


def without_finalizers(cluster: FakeCluster) -> None:
    """As `kubectl patch` has it."""
    body = cluster.resources.bodies[RUN]
    body["metadata"]["finalizers"] = []
    cluster.resources.annotate(RUN, "somebody", "was here")


def forced_away(cluster: FakeCluster, operator: FakeOperator, told: bool = True) -> None:
    """Deleted and let go of, in one moment; is the operator told?"""
    uid = cluster.resources.bodies.pop(RUN)["metadata"]["uid"]
    cluster.resources.collect(uid)
    if told:
        operator.watched(RUN, None)


def in_force(cluster: FakeCluster) -> FakeOperator:
    cluster.resources.apply("StressRun", run(faults=[LONG]))
    operator = cluster.operator()
    asyncio.run(operator.until(cluster.staging.in_force))
    return operator


@pytest.mark.parametrize("told", [True, False])
def test_its_faults_are_ended_at_once_though_nothing_tells_of_it_any_more(told: bool) -> None:
    cluster = FakeCluster()
    operator = in_force(cluster)
    forced_away(cluster, operator, told)
    before = cluster.clock.now()
    run_in(cluster.clock, operator.work(lambda: not cluster.staging.in_force(), 10))
    assert cluster.clock.now() - before < 3
    assert cluster.staging.left() == []
    assert ("RunForcedAway", "its faults are ended") in cluster.resources.announced


def test_so_is_a_bad_revision() -> None:
    cluster = world()
    cluster.resources.apply("StressRun", run(faults=[BAD | {"duration": "5m"}], checks=[ERRORS]))
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: bool(cluster.staging.rolled)))
    forced_away(cluster, operator)
    run_in(cluster.clock, operator.work(lambda: is_as_before(cluster), 10))


@pytest.mark.parametrize("told", [True, False])
def test_another_run_of_its_name_goes_on(told: bool) -> None:
    """Be it that it is seen first, and nobody tells of the end of the one before."""
    cluster = FakeCluster()
    operator = in_force(cluster)
    forced_away(cluster, operator, told)
    cluster.resources.apply("StressRun", run())
    operator.relist()
    run_in(cluster.clock, operator.work(lambda: cluster.status(RUN).get("phase") == "Finished"))
    assert cluster.status(RUN)["verdict"] == "Passed"
    assert [one.told_to_end is not None for one in cluster.staging.held] == [True, False]


def test_while_the_lease_is_anothers_nothing_is_ended_by_us() -> None:
    cluster = FakeCluster()
    operator = in_force(cluster)
    operator.lease.ours = False
    forced_away(cluster, operator)
    with pytest.raises(AssertionError, match="not over after 10 s"):
        run_in(cluster.clock, operator.work(lambda: not cluster.staging.in_force(), 10))


def test_where_nothing_is_left_nothing_is_said_and_nobody_looks_again() -> None:
    cluster = FakeCluster()
    operator = in_force(cluster)
    cluster.resources.delete(RUN)
    run_in(cluster.clock, operator.work(lambda: RUN not in cluster.resources.bodies))
    run_in(cluster.clock, operator.work(lambda: cluster.clock.now() > 1_800_000_060, 100))
    assert asyncio.run(operator.runs.reconcile(RUN)) is None
    assert "RunForcedAway" not in dict(cluster.resources.announced)


def test_a_finalizer_that_somebody_takes_off_while_the_run_is_under_way_is_put_back() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign(suspend=True))
    operator = in_force(cluster)
    without_finalizers(cluster)
    operator.relist()
    asyncio.run(operator.step())
    assert cluster.resources.bodies[RUN]["metadata"]["finalizers"] == [FINALIZER]
    assert CAMPAIGN in cluster.resources.bodies
