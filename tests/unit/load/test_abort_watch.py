"""Abort rules in the coordinator: a rule holds when every second of its length was out of bounds, and not before."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import PlannedAbortRule
from stresscampaigns.load.abort_watch import SETTLED, AbortWatch, Holds, settled
from stresscampaigns.load.recorder import Counted
from stresscampaigns.stats.histogram import encode
from tests.unit.stats.latencies import histogram_of

ERRORS: dict[str, Any] = {"name": "meltdown", "kind": "errorRate", "above": 0.5, "seconds": 3}
SLOW: dict[str, Any] = {"name": "slow", "kind": "latency", "percentile": 95, "above": 1.0, "seconds": 2}
STALLED: dict[str, Any] = {"name": "stalled", "kind": "throughput", "below": 5.0, "seconds": 2}
GOOD, BAD, NOTHING = (10, 0), (10, 8), (0, 0)


def counted(
    completed: int, failed: int = 0, ms: float = 10.0, name: str = "GET /", scenario: str = "http"
) -> Counted:
    histogram = histogram_of([ms / 1e3] * completed)
    failures = {"HTTP 500": failed} if failed else {}
    return Counted(
        scenario=scenario, name=name, count=completed, failures=failures, histogram=encode(histogram)
    )


def raised(errors: int, name: str = "task visit") -> Counted:
    """As the recorder tells what tasks raise outside of any request."""
    return counted(0, name=name) | {"errors": {"KeyError": errors}}


def watch(*rules: dict[str, Any]) -> AbortWatch:
    return AbortWatch([PlannedAbortRule.model_validate(rule) for rule in rules])


def first_abort(seconds: list[tuple[int, int]], rule: dict[str, Any]) -> int | None:
    """The second after which the rule holds; each second is heard of when the next begins."""
    watched = watch(rule)
    for number, (completed, failed) in enumerate(seconds):
        if completed:
            watched.add(number, [counted(completed, failed)])
        if watched.look(number + SETTLED):
            return number
    return None


def test_it_holds_after_so_many_seconds_out_of_bounds_with_the_last_ones_number() -> None:
    watched = watch(ERRORS)
    for second in range(3):
        watched.add(second, [counted(*BAD)])
    assert watched.look(1.9 + SETTLED) is None
    assert watched.look(2 + SETTLED) == Holds("meltdown", 0.8)


def test_a_good_second_in_between_begins_it_anew() -> None:
    assert first_abort([BAD, BAD, GOOD, BAD, BAD, BAD], ERRORS) == 5


def test_a_second_in_which_nothing_completed_neither_ends_a_row_nor_is_one_that_broke() -> None:
    assert first_abort([BAD, NOTHING, BAD], ERRORS) == 2
    assert first_abort([BAD, NOTHING, NOTHING, NOTHING], ERRORS) is None


def test_the_bound_itself_is_allowed() -> None:
    assert first_abort([(10, 5)] * 9, ERRORS) is None


def test_a_stall_is_seen_by_throughput() -> None:
    assert first_abort([GOOD, NOTHING, NOTHING], STALLED) == 2
    assert first_abort([GOOD, (10, 6), (10, 6)], STALLED) == 2


def test_no_second_is_looked_at_before_all_workers_have_told_of_it() -> None:
    """A report that comes late would make it one in which nothing was done."""
    watched = watch(STALLED)
    for elapsed in range(SETTLED, 8):
        assert watched.look(settled(elapsed, told=1)) is None
    for second in range(1, 6):
        watched.add(second, [counted(*GOOD)])
    assert watched.look(settled(8, told=6)) is None
    assert watched.look(settled(10, told=9)) == Holds("stalled", 0.0)


@pytest.mark.parametrize(("elapsed", "told"), [(5.3, 5), (5.3, 4), (5.3, math.inf), (2.0, 1)])
def test_who_tells_in_time_holds_nothing_up(elapsed: float, told: float) -> None:
    assert int(settled(elapsed, told)) == int(elapsed)


def test_a_latency_is_over_all_workers_requests_of_a_second() -> None:
    watched = watch(SLOW)
    for second in range(2):
        watched.add(second, [counted(90)])
        watched.add(second, [counted(10, ms=2000.0)])
    found = watched.look(1 + SETTLED)
    assert found is not None
    assert found.value == pytest.approx(2.0, rel=0.002)


def test_what_a_task_raises_outside_of_any_request_is_one_more_that_failed() -> None:
    watched = watch(ERRORS | {"seconds": 1})
    watched.add(0, [counted(10, 2), raised(6)])
    watched.add(1, [counted(10, 2), raised(10)])
    assert watched.look(0 + SETTLED) is None
    assert watched.look(1 + SETTLED) == Holds("meltdown", 0.6)


def test_where_tasks_raise_and_nothing_completes_all_has_failed() -> None:
    watched = watch(ERRORS | {"seconds": 1})
    watched.add(0, [raised(1)])
    assert watched.look(0 + SETTLED) == Holds("meltdown", 1.0)


@pytest.mark.parametrize(("rule", "at"), [(SLOW, 2), (STALLED, 1)])
def test_latency_and_throughput_are_those_of_requests_alone(rule: dict[str, Any], at: int) -> None:
    """In the second of three only a task raises: that is no request, and above all no fast one."""
    watched = watch(rule)
    for second, completed in enumerate([4, 0, 4]):
        watched.add(second, [counted(completed, ms=2000.0), raised(9)])
    held = [watched.look(second + SETTLED) is not None for second in range(3)]
    assert held.index(True) == at


@pytest.mark.parametrize("only", [{"request": "GET /slow"}, {"scenario": "reader"}])
def test_only_the_requests_that_it_asks_for_count(only: dict[str, str]) -> None:
    theirs = {"name": only.get("request", "GET /"), "scenario": only.get("scenario", "http")}
    watched = watch(ERRORS | only | {"seconds": 1})
    watched.add(0, [counted(*BAD), counted(*GOOD, **theirs)])  # type: ignore[arg-type]
    watched.add(1, [counted(100), counted(*BAD, **theirs)])  # type: ignore[arg-type]
    assert watched.look(0 + SETTLED) is None
    assert watched.look(1 + SETTLED) == Holds("meltdown", 0.8)


def test_of_several_rules_any_one_is_enough() -> None:
    watched = watch(SLOW, STALLED)
    assert watched.look(1 + SETTLED) == Holds("stalled", 0.0)


def test_a_report_that_comes_after_its_second_was_looked_at_fills_no_memory() -> None:
    watched = watch(ERRORS)
    watched.look(9 + SETTLED)
    watched.add(3, [counted(*BAD)])
    assert watched._standing[0].seconds == {}


def test_without_rules_nothing_is_kept() -> None:
    watched = watch()
    watched.add(0, [counted(*BAD)])
    assert watched.look(1000) is None


def broken(second: tuple[int, int]) -> bool | None:
    """None: it says nothing."""
    return second[1] / second[0] > 0.5 if second[0] else None


@given(st.lists(st.sampled_from([GOOD, BAD, NOTHING]), max_size=30), st.integers(1, 6))
def test_it_is_the_first_second_that_ends_a_row_of_bad_ones_as_long_as_asked(
    seconds: list[tuple[int, int]], length: int
) -> None:
    def ends_a_row(last: int) -> bool:
        """Some stretch of at least `length` begins and ends bad, and nothing in it is good."""
        return any(
            broken(seconds[first])
            and broken(seconds[last])
            and False not in map(broken, seconds[first : last + 1])
            for first in range(max(0, last - length + 2))
        )

    expected = next((last for last in range(len(seconds)) if ends_a_row(last)), None)
    assert first_abort(seconds, ERRORS | {"seconds": length}) == expected
