"""How many workers a load gets, and which load is beyond those that it is given."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_spec import Load
from stresscampaigns.core import runs
from stresscampaigns.core.sizing import beyond_workers, workers_needed, workers_of
from tests.unit.core.builders import T0, run, seen, under_load


def closed(users: int, think_time: object = "1s", **more: Any) -> Load:
    stages = [{"name": "only", "users": users, "duration": "1m"}]
    scenarios = [{"name": "http", "parameters": {"thinkTime": think_time}}]
    return Load.model_validate({"stages": stages, "scenarios": scenarios} | more)


def opened(rate: float, workers: int | None = None) -> Load:
    stages = [{"name": "only", "rate": rate, "duration": "1m"}]
    return Load.model_validate({"stages": stages, "scenarios": [{"name": "http"}], "workers": workers})


@pytest.mark.parametrize(
    ("load", "workers"),
    [
        (closed(1), 1),
        (closed(500), 1),
        (closed(501), 2),
        (closed(1000), 2),
        (closed(1000, "0s"), 10),
        (closed(1000, 0), 10),
        (closed(1000, scenarios=[{"name": "agent-workflow"}]), 2),
        (closed(1000, scenarios=[{"name": "rate-limiter"}]), 10),
        (closed(1000, scenarios=[{"name": "agent-workflow"}, {"name": "rate-limiter", "weight": 0}]), 2),
        (closed(1000, scenarios=None, locustfile={"configMap": "mine"}), 10),
        (closed(10, capacity={"highest": 2000}), 4),
        (closed(100_000, "0s"), 100),
        (opened(16_000), 1),
        (opened(16_001), 2),
    ],
)
def test_workers_follow_from_the_peak(load: Load, workers: int) -> None:
    assert workers_of(load) == workers


def test_workers_that_are_given_stay() -> None:
    assert workers_of(closed(1000, workers=1)) == 1


def test_a_rate_that_the_given_workers_cannot_reach_is_named_with_what_can() -> None:
    assert beyond_workers(opened(64_000, workers=2)) is None
    assert beyond_workers(opened(100_000, workers=2)) == (
        "spec.load.workers: 2 can send 64000 arrivals a second at most, the stages ask for 100000; "
        "give workers: 7, or leave workers out"
    )


def test_users_are_never_beyond_workers_for_they_wait() -> None:
    assert beyond_workers(closed(100_000, workers=1)) is None


@given(st.floats(1, 1_000_000))
def test_workers_that_were_sized_for_a_rate_reach_it(rate: float) -> None:
    assert beyond_workers(opened(rate)) is None
    assert beyond_workers(opened(rate, workers=workers_needed(opened(rate)))) is None


def test_a_run_whose_rate_cannot_be_reached_ends_before_anything_starts() -> None:
    stages = [{"name": "only", "rate": 100_000, "duration": "100s"}]
    asked = run(
        under_load(phase=None, load=None),
        load={"stages": stages, "scenarios": [{"name": "http"}], "workers": 2},
    )
    decision = runs.decide(asked, seen(T0))
    assert (decision.status.verdict, decision.actions) == ("Inconclusive", ())
    assert (decision.status.message or "").startswith(
        "RateBeyondWorkers: spec.load.workers: 2 can send 64000"
    )
