"""What several workers count adds up to what one would have counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import PlannedStage, PlannedWindow
from stresscampaigns.api.load_result import OTHER_NAMES, RequestStats
from stresscampaigns.load.aggregate import MOST_KINDS, MOST_NAMES, OPEN_SECONDS, Aggregate
from stresscampaigns.load.recorder import Counted
from stresscampaigns.load.stages import all_windows
from stresscampaigns.stats.histogram import decode, encode, percentile_us
from tests.unit.stats.latencies import histogram_of

STAGES = [PlannedStage(name="one", users=1, duration=5), PlannedStage(name="two", users=1, duration=5)]
FAULT = PlannedWindow(name="fault", start=3, end=7)


def counted(latencies: list[int], failed: int = 0, name: str = "GET /", scenario: str = "http") -> Counted:
    histogram = histogram_of(latency / 1e6 for latency in latencies)
    failures = {"HTTP 500": failed} if failed else {}
    return Counted(
        scenario=scenario, name=name, count=len(latencies), failures=failures, histogram=encode(histogram)
    )


def aggregate() -> Aggregate:
    return Aggregate(all_windows(STAGES, [FAULT]))


def counts(of: Aggregate) -> dict[str, int]:
    return {window.name: sum(one.count for one in window.requests) for window in of.window_stats()}


def whole(of: Aggregate) -> RequestStats:
    (only,) = next(window for window in of.window_stats() if window.name == "whole").requests
    return only


reports = st.lists(
    st.tuples(st.integers(0, 12), st.lists(st.integers(1, 10_000_000), min_size=1, max_size=20)),
    min_size=1,
    max_size=30,
)


@given(reports)
def test_many_workers_reports_equal_one_histogram(of: list[tuple[int, list[int]]]) -> None:
    many, once = aggregate(), counted([latency for _, latencies in of for latency in latencies])
    for second, latencies in of:
        many.add(second, [counted(latencies)])
    assert whole(many).count == once["count"]
    merged, direct = decode(whole(many).histogram), decode(once["histogram"])
    for percentile in (50, 95, 99, 100):
        assert percentile_us(merged, percentile) == percentile_us(direct, percentile)


@given(reports)
def test_the_seconds_add_up_to_the_whole(of: list[tuple[int, list[int]]]) -> None:
    made = aggregate()
    for second, latencies in of:
        made.add(second, [counted(latencies, failed=1)])
    seconds = made.second_stats(10)
    assert sum(second.completed for second in seconds) == whole(made).count
    assert sum(second.failed for second in seconds) == whole(made).failures["HTTP 500"] == len(of)


@pytest.mark.parametrize(
    ("second", "windows"),
    [(0, {"one"}), (2, {"one"}), (3, {"one", "fault"}), (5, {"two", "fault"}), (7, {"two"}), (11, set())],
)
def test_a_second_belongs_to_the_windows_around_it_and_always_to_the_whole(
    second: int, windows: set[str]
) -> None:
    made = aggregate()
    made.add(second, [counted([5])])
    assert {name for name, count in counts(made).items() if count} == windows | {"whole"}


def test_names_are_kept_apart() -> None:
    made = aggregate()
    made.add(0, [counted([5, 6], name="GET /a"), counted([7], failed=1, name="GET /b")])
    stats = made.window_stats()[0].requests
    assert [(one.name, one.count, one.failures) for one in stats] == [
        ("GET /a", 2, {}),
        ("GET /b", 1, {"HTTP 500": 1}),
    ]
    assert made.totals() == (3, 1)


def test_a_second_in_which_nothing_completed_is_there_with_zeros() -> None:
    made = aggregate()
    made.add(4, [counted([5])])
    seconds = made.second_stats(10)
    assert [second.completed for second in seconds] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert seconds[0].p95_us == 0


def test_a_report_that_comes_very_late_still_counts() -> None:
    made = aggregate()
    made.add(0, [counted([1000])])
    made.add(OPEN_SECONDS + 5, [counted([1000])])
    made.add(0, [counted([9000], failed=1)])
    first = made.second_stats(10)[0]
    assert (first.completed, first.failed) == (2, 1)
    assert first.p95_us == pytest.approx(9000, rel=0.01)
    assert whole(made).count == 3


def test_a_full_second_shows_its_percentiles_only_while_it_is_open() -> None:
    made = aggregate()
    made.add(0, [counted([2000] * 99 + [500_000])])
    assert made.second_percentiles(0, [50, 100]) == pytest.approx({50: 0.002, 100: 0.5}, rel=0.01)
    assert made.second_percentiles(1, [50]) == {}
    made.add(OPEN_SECONDS + 1, [counted([1])])
    assert made.second_percentiles(0, [50]) == {}


def test_what_has_no_name_of_its_own_any_more_still_belongs_to_its_scenario() -> None:
    """Else a check on the scenario would judge its first names, and pass whatever came later."""
    made = aggregate()
    for number in range(MOST_NAMES + 50):
        made.add(0, [counted([5], failed=number >= MOST_NAMES, name=f"GET /{number}", scenario="own")])
    entries = [one for one in made.requests_of("whole") if one.scenario == "own"]
    assert sum(one.count for one in entries) == MOST_NAMES + 50
    assert sum(sum(one.failures.values()) for one in entries) == 50


def test_the_most_users_of_a_second_are_its_users() -> None:
    made = aggregate()
    for users in (3, 8, 5):
        made.users(2, users)
    assert [second.users for second in made.second_stats(4)] == [0, 0, 8, 0]


def test_seconds_in_which_nobody_counted_the_users_have_those_of_before() -> None:
    """Where the coordinator stood still and nothing completed, they would else look like seconds without load."""
    made = aggregate()
    made.users(1, 8)
    made.users(4, 6)
    assert [second.users for second in made.second_stats(6)] == [0, 8, 8, 8, 6, 0]


def test_every_window_of_the_record_is_there_slot_by_slot() -> None:
    made = aggregate()
    made.add(0, [counted([5], failed=1)])
    made.add(3, [counted([6, 7])])
    slots = made.slots()
    assert (slots.length, slots.number) == (1, 4)
    assert [(one.name, one.counts, one.failures) for one in slots.requests] == [
        ("GET /", [1, 0, 0, 2], [1, 0, 0, 0])
    ]


def test_names_and_kinds_without_end_are_counted_together() -> None:
    made = aggregate()
    for number in range(3 * MOST_NAMES):
        made.add(0, [counted([5], name=f"GET /{number}")])
    assert len(made.whole()) == MOST_NAMES + 1
    assert made.whole()["http", OTHER_NAMES].count == 2 * MOST_NAMES
    for number in range(2 * MOST_KINDS):
        made.add(0, [{**counted([5]), "failures": {f"CatchResponseError: {number}": 1}}])
    assert made.totals()[1] == 2 * MOST_KINDS
    assert len(made.whole()["http", OTHER_NAMES].failures) == MOST_KINDS + 1


def test_what_tasks_raise_is_kept_by_its_kind_and_is_no_request() -> None:
    made = aggregate()
    for kind in ("KeyError", "KeyError", "AssertionError: no id"):
        made.add(0, [{**counted([], name="task visit"), "errors": {kind: 1}}])
    (stats,) = made.requests_of("one")
    assert (stats.count, stats.failures) == (0, {})
    assert stats.errors == {"KeyError": 2, "AssertionError: no id": 1}
    assert (made.totals(), made.slots().requests) == ((0, 0), [])
    assert [(second.completed, second.p95_us) for second in made.second_stats(1)] == [(0, 0)]


def test_what_tasks_raise_is_of_so_many_kinds_at_most() -> None:
    made = aggregate()
    for number in range(2 * MOST_KINDS):
        made.add(0, [{**counted([]), "errors": {f"AssertionError: {number}": 1}}])
    assert len(whole(made).errors) == MOST_KINDS + 1
