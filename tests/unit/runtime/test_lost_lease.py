"""Only the holder of the Lease acts: who loses it stops before its next action, and goes on when it has it again."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.runtime.doing import NotLeading
from tests.unit.runtime.examples import CAMPAIGN, RUN, campaign, run
from tests.unit.runtime.fake_clock import run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator


async def waited(operator: FakeOperator, seconds: float) -> None:
    """The queue works for so long."""
    queue = asyncio.create_task(operator.controller.queue.run())
    await asyncio.sleep(seconds)
    queue.cancel()


def test_without_the_lease_nothing_is_written_or_created() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign())
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    operator.lease.ours = False
    run_in(cluster.clock, waited(operator, 60.0))
    assert cluster.resources.created == cluster.staging.made == []
    assert cluster.status(CAMPAIGN) == cluster.status(RUN) == {}


def test_who_gets_the_lease_goes_on_at_once_without_being_poked() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign())
    operator = cluster.operator()
    operator.lease.ours = False

    async def live() -> None:
        await waited(operator, 60.0)
        operator.lease.ours = True
        await waited(operator, 3.0)

    run_in(cluster.clock, live())
    assert cluster.resources.created == ["smoke-g1"]


class LosesIt:
    """A port after whose calls of one name the Lease is lost."""

    def __init__(self, port: Any, name: str, operators: list[FakeOperator]) -> None:
        self._port, self._name, self._operators = port, name, operators

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)

        async def through(*arguments: Any, **named: Any) -> Any:
            answer = await call(*arguments, **named)
            for operator in self._operators if name == self._name else ():
                operator.lease.ours = False
            return answer

        return through


@pytest.mark.parametrize("call", ["pods", "probe", "namespace"])
def test_who_loses_the_lease_between_looking_and_acting_does_not_act(call: str) -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    operators: list[FakeOperator] = []
    operator = cluster.operator(lambda port: LosesIt(port, call, operators))
    operators.append(operator)
    with pytest.raises(NotLeading, match="run smoke-1: the Lease is lost"):
        asyncio.run(operator.runs.reconcile(RUN))
    assert cluster.staging.made == []
    assert cluster.status(RUN) == {}


def test_who_loses_the_lease_in_the_middle_of_ending_a_run_stops_there() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    asyncio.run(cluster.operator().until(cluster.staging.in_force))
    cluster.resources.delete(RUN)
    operators: list[FakeOperator] = []
    operators.append(cluster.operator(lambda port: LosesIt(port, "end_fault", operators)))
    with pytest.raises(NotLeading):
        asyncio.run(operators[0].runs.reconcile(RUN))
    assert not cluster.staging.in_force()
    assert len(cluster.staging.left()) == 4
    asyncio.run(cluster.operator().until(lambda: RUN not in cluster.resources.bodies))
    assert cluster.staging.left() == []
