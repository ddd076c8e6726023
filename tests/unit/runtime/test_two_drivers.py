"""Two operators that both believe in their Lease work at the same run: it is as if there were one."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.runtime.examples import RUN, campaign, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator
from tests.unit.runtime.succession import judged

PAUSES = st.lists(st.integers(0, 6), min_size=1, max_size=40)


class Hesitant:
    """A port that lets others go first, so and so often before each call."""

    def __init__(self, port: Any, pauses: Iterator[int]) -> None:
        self._port, self._pauses = port, pauses

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*arguments: Any, **named: Any) -> Any:
            for _ in range(next(self._pauses)):
                await asyncio.sleep(0)
            return await getattr(self._port, name)(*arguments, **named)

        return call


def endless(pauses: list[int]) -> Iterator[int]:
    while True:
        yield from pauses


async def side_by_side(cluster: FakeCluster, operators: list[FakeOperator], watching: Iterator[int]) -> None:
    """Step by step, both at once; what the other one wrote is seen at once, or late."""
    for _ in range(60):
        if judged(cluster):
            return
        for operator in operators:
            if next(watching) % 2:
                operator.relist()
        await asyncio.gather(*(operator.look() for operator in operators))
        cluster.clock.advance(1.0)
    raise AssertionError(f"not over: {cluster.resources.bodies}")


def lived(one: list[int], other: list[int]) -> FakeCluster:
    """A campaign's only run, driven by two operators that hesitate like this."""
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign())
    first, second = endless(one), endless(other)
    operators = [
        cluster.operator(lambda port: Hesitant(port, first)),
        cluster.operator(lambda port: Hesitant(port, second)),
    ]
    asyncio.run(side_by_side(cluster, operators, endless([*one, *other, 1])))
    return cluster


@pytest.mark.parametrize("end", ["finished", "deleted"])
def test_an_operator_whose_watch_fell_silent_gives_no_load_to_a_run_that_is_over(end: str) -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    stale = cluster.operator()
    cluster.finish(RUN)
    if end == "deleted":
        cluster.resources.delete(RUN)
        asyncio.run(cluster.operator().step())
    for _ in range(3):
        asyncio.run(stale.look())
    assert len(cluster.staging.made) == 4
    assert cluster.staging.left() == []


@settings(max_examples=60, deadline=None)
@given(PAUSES, PAUSES)
def test_whichever_of_two_goes_first_everything_happens_once(one: list[int], other: list[int]) -> None:
    cluster = lived(one, other)
    (only,) = cluster.resources.runs().values()
    events = [entry["event"] for entry in only["status"]["timeline"]]
    assert (only["status"]["verdict"], only["status"]["message"]) == ("Passed", "all 3 checks passed")
    assert len(events) == len(set(events)) == 7
    assert len(cluster.resources.created) == len(cluster.staging.put_in) == 1
    assert len(cluster.staging.made) == len(set(cluster.staging.made)) == 4
    assert cluster.staging.left() == []
