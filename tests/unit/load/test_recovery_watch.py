"""What the coordinator tells of seconds that are not good: nothing while all is well, all of it when it is not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_events import BeforeFault, NotGood
from stresscampaigns.api.load_plan import PlannedRecoveryRule, PlannedWindow
from stresscampaigns.load import recovery_watch
from stresscampaigns.load.abort_watch import SETTLED
from stresscampaigns.load.recorder import Counted
from stresscampaigns.load.recovery_watch import MOST_STRETCHES, RecoveryWatch
from stresscampaigns.stats.histogram import encode
from tests.unit.stats.latencies import histogram_of

RULE = PlannedRecoveryRule(name="heals", start=0, max_error_ratio=0.01, max_p95_us=1e6, good_seconds=3)


def counted(failed: int = 0, ms: float = 10.0) -> list[Counted]:
    """Ten requests of one second."""
    failures = {"HTTP 500": failed} if failed else {}
    latencies = encode(histogram_of([ms / 1e3] * 10))
    return [Counted(scenario="http", name="GET /", count=10, failures=failures, histogram=latencies)]


def told(picture: str, *rules: PlannedRecoveryRule) -> list[NotGood]:
    """`+` is a good second, `-` one of errors, `.` one in which nothing completed, a blank one without load."""
    watch = RecoveryWatch(rules or (RULE,), lambda second: picture[second] != " ")
    found = []
    for second, kind in enumerate(picture):
        if kind in "+-":
            watch.add(second, counted(failed=5 if kind == "-" else 0))
        found += watch.look(second + SETTLED, now=1000.0 + second)
    return [one for one in found if isinstance(one, NotGood)]


def told_before(picture: str, *stretches: tuple[float, float]) -> list[BeforeFault]:
    """The same of a load without rules, and with faults that begin where these stretches end."""
    windows = [PlannedWindow(name="f", start=start, end=end) for start, end in stretches]
    watch = RecoveryWatch([], lambda second: picture[second] != " ", windows)
    found = []
    for second, kind in enumerate(picture):
        if kind in "+-":
            watch.add(second, counted(failed=5 if kind == "-" else 0))
        found += watch.look(second + SETTLED, now=1000.0 + second)
    return [one for one in found if isinstance(one, BeforeFault)]


def test_while_all_is_good_nothing_is_told() -> None:
    assert told("+" * 30) == []


def test_each_second_that_is_not_good_is_told_with_all_that_was_before_it() -> None:
    first, second, third = told("++-.++++-")
    assert first == NotGood(
        at=1002.0, rule="heals", since=0, bad=[(2, 3)], completed=10, failed=5, p95_us=first.p95_us
    )
    assert (second.bad, second.completed) == ([(2, 4)], 0)
    assert third.bad == [(2, 4), (8, 9)]


def test_good_seconds_that_are_too_few_to_mean_recovered_part_nothing() -> None:
    assert told("-++-")[-1].bad == [(0, 4)]
    assert told("-+++-")[-1].bad == [(0, 1), (4, 5)]


def test_a_second_without_load_is_no_word_about_the_service() -> None:
    assert told("+   +") == []


def test_a_slow_second_is_not_good() -> None:
    watch = RecoveryWatch([RULE], lambda _: True)
    watch.add(0, counted(ms=1500))
    assert [one.bad for one in watch.look(SETTLED, now=0.0)] == [[(0, 1)]]


def test_before_the_first_fault_nothing_is_told_but_all_is_kept() -> None:
    later = RULE.model_copy(update={"start": 6.0})
    assert [one.bad for one in told("+-++++-", later)] == [[(1, 2), (6, 7)]]


def test_each_rule_has_its_own_words_for_good() -> None:
    lenient = RULE.model_copy(update={"name": "lenient", "max_error_ratio": 0.6})
    assert [one.rule for one in told("-.", RULE, lenient)] == ["heals", "heals", "lenient"]


def test_of_very_many_stretches_the_first_ones_are_forgotten_and_that_is_said() -> None:
    last = told("-+++" * (MOST_STRETCHES + 2))[-1]
    assert (len(last.bad), last.since) == (MOST_STRETCHES, 5)


def test_a_load_that_is_broken_for_long_is_told_of_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_watch, "TOLD_AT_ONCE", 5)
    assert len(told("." * 40)) == 5 + 4


def test_a_report_that_comes_late_fills_no_memory() -> None:
    watch = RecoveryWatch([RULE], lambda _: True)
    watch.look(9 + SETTLED, now=0.0)
    watch.add(3, counted())
    assert watch._seconds == {}


def test_before_a_fault_every_second_is_told_be_it_good_or_not() -> None:
    good, bad, stalled = told_before("+++-.+++", (2, 5))
    assert good == BeforeFault(at=1002.0, t=2, completed=10, failed=0, p95_us=good.p95_us)
    assert 9_900 < good.p95_us < 10_100
    assert [(one.t, one.completed, one.failed) for one in (bad, stalled)] == [(3, 10, 5), (4, 0, 0)]


def test_only_whole_seconds_before_it_are_told_and_those_without_load_are_not() -> None:
    assert [one.t for one in told_before("+" * 12, (2.3, 7.3))] == [3, 4, 5, 6]
    assert [one.t for one in told_before("+++  +++", (1, 6))] == [1, 2, 5]


def test_before_two_faults_that_are_near_a_second_is_told_once() -> None:
    assert [one.t for one in told_before("+" * 12, (2, 7), (4, 9))] == [2, 3, 4, 5, 6, 7, 8]


def test_of_seconds_that_nobody_is_to_hear_of_nothing_is_kept() -> None:
    watch = RecoveryWatch([], lambda _: True, [PlannedWindow(name="f", start=5, end=10)])
    watch.add(4, counted())
    assert watch._seconds == {}


@given(st.text("+-. ", min_size=1, max_size=40))
def test_what_is_told_last_is_bad_exactly_where_no_three_good_seconds_are_in_a_row(picture: str) -> None:
    found = told(picture)
    bad = [t for t, kind in enumerate(picture) if kind in "-."]
    assert bool(found) == bool(bad)
    if found:
        inside = {t for since, until in found[-1].bad for t in range(since, until)}
        assert set(bad) <= inside
        parted = [later - earlier - 1 for earlier, later in pairwise(bad)]
        assert len(found[-1].bad) == 1 + sum(gap >= RULE.good_seconds for gap in parted)
