"""A sidecar that comes up when nobody has heard of it: no run is over before it is ended, or harmless."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.runtime.examples import FAULT, SPEC, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import end, over

LONG = FAULT | {"at": "10s", "duration": "60s"}
LOAD = SPEC["load"] | {"stages": [{"name": "steady", "users": 1, "duration": "90s"}]}
FROM_THE_LOAD, FROM_THE_LEAD = 4, 6
"""Looks of an operator until the load has begun, and until the fault's pods are written down."""


def unheard(comes_after: float, **changes: object) -> FakeCluster:
    """A run whose fault's sidecar is put in so many seconds after it was asked for, and nobody hears of it."""
    cluster = FakeCluster()
    cluster.staging.comes_after = comes_after
    cluster.resources.apply("StressRun", run(**({"load": LOAD, "faults": [LONG]} | changes)))
    return cluster


def looked(cluster: FakeCluster, times: int) -> None:
    """So often, by an operator that is killed then."""
    operator = cluster.operator()
    for _ in range(times):
        asyncio.run(operator.step())


def never_in_force_again(cluster: FakeCluster) -> bool:
    """Though nobody looks any more."""
    now = cluster.clock.now()
    return not any(one.in_force(now + second) for one in cluster.staging.held for second in range(120))


@settings(max_examples=80, deadline=None)
@given(st.floats(0.0, 60.0), st.integers(0, 40), st.sampled_from(["deleted", "aborted"]))
def test_whenever_it_comes_up_it_is_never_in_force_once_the_run_is_over(
    comes_after: float, looks: int, how: str
) -> None:
    cluster = unheard(comes_after)
    looked(cluster, looks)
    end(cluster, how)
    asyncio.run(cluster.operator().until(lambda: over(cluster)))
    assert never_in_force_again(cluster)


@pytest.mark.parametrize("how", ["deleted", "aborted"])
def test_an_operator_that_knows_nothing_of_it_waits_for_it_and_ends_it(how: str) -> None:
    cluster = unheard(comes_after=6.0)
    looked(cluster, FROM_THE_LEAD)
    (late,) = cluster.staging.held
    assert late.appears > cluster.clock.now()
    end(cluster, how)
    asyncio.run(cluster.operator().until(lambda: over(cluster)))
    assert late.told_to_end is not None


def test_before_its_pods_are_written_down_nothing_is_waited_for() -> None:
    cluster = unheard(comes_after=6.0)
    looked(cluster, FROM_THE_LOAD)
    end(cluster, "aborted")
    asyncio.run(cluster.operator().until(lambda: over(cluster), steps=5))
    assert cluster.staging.held == []
