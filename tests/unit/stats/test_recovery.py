"""Recovery: one definition, looked at second by second."""

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.stats.recovery import (
    GAP_SECONDS,
    STEADY_SECONDS,
    Criterion,
    Recovery,
    Sample,
    Span,
    before,
    chain,
    recovery,
    until,
    within,
)

CRITERION = Criterion(max_error_ratio=0.01, max_p95_us=1_000_000, seconds=3)


def samples(good: str) -> list[Sample]:
    """`+` is a good second, `-` one of errors, `.` one in which nothing completed."""
    kinds = {"+": (100, 0), "-": (100, 50), ".": (0, 0)}
    return [Sample(float(t), *kinds[kind], p95_us=10_000) for t, kind in enumerate(good)]


def test_recovered_is_the_first_of_enough_good_seconds_after_the_end() -> None:
    found = recovery(samples("+++---+-++++++"), start=3, end=5, criterion=CRITERION)
    assert (found.broken_at, found.recovered_at) == (3, 8)


def test_a_stall_is_not_good() -> None:
    found = recovery(samples("+++......+++++"), start=3, end=5, criterion=CRITERION)
    assert (found.broken_at, found.recovered_at) == (3, 9)


def test_a_service_that_stays_good_was_never_broken() -> None:
    found = recovery(samples("++++++++++++"), start=3, end=5, criterion=CRITERION)
    assert found.never_broken
    assert found.recovered_at == 5


def test_good_for_too_short_a_time_is_not_recovered() -> None:
    assert recovery(samples("+++-----++"), start=3, end=5, criterion=CRITERION).recovered_at is None


def test_no_seconds_after_the_fault_are_no_recovery() -> None:
    assert recovery(samples("+++++"), start=3, end=5, criterion=CRITERION).recovered_at is None


def test_slow_answers_are_not_good() -> None:
    slow = [Sample(float(t), 100, 0, p95_us=2_000_000) for t in range(10)]
    assert recovery(slow, start=2, end=4, criterion=CRITERION).recovered_at is None


@given(st.text(alphabet="+-.", max_size=60), st.integers(0, 30), st.integers(0, 30))
def test_recovery_never_comes_before_the_faults_end_nor_before_the_breaking(
    good: str, start: int, length: int
) -> None:
    found = recovery(samples(good), start, start + length, CRITERION)
    if found.recovered_at is not None:
        assert found.recovered_at >= start + length
        assert found.recovered_at >= (found.broken_at or 0)


def test_joined_seconds_count_for_all_of_theirs() -> None:
    def joined(t: float, failed: int) -> Sample:
        return Sample(t, 160, failed, 10, length=16)

    samples = [joined(0, 0), joined(16, 80), joined(32, 0)]
    found = recovery(samples, start=20, end=24, criterion=Criterion(0.1, 1000, seconds=10))
    assert (found.broken_at, found.recovered_at) == (20, 32)
    assert recovery(samples[:2], 20, 24, Criterion(0.1, 1000, 10)).recovered_at is None


spans = st.tuples(st.integers(0, 100), st.integers(1, 20)).map(lambda one: (float(one[0]), float(sum(one))))


@given(spans, st.lists(spans, max_size=8))
def test_a_chain_holds_its_fault_and_nothing_outside_is_near(one: Span, others: list[Span]) -> None:
    start, end = chain(one, others)
    assert start <= one[0] < one[1] <= end
    outside = [span for span in others if span[1] <= start or span[0] >= end]
    assert all(span[1] <= start - GAP_SECONDS or span[0] >= end + GAP_SECONDS for span in outside)
    assert all(start <= span[0] and span[1] <= end for span in others if span not in outside)


@given(spans, st.lists(spans, max_size=8))
def test_neither_the_seconds_before_a_chain_nor_those_after_it_touch_another_fault(
    one: Span, others: list[Span]
) -> None:
    of = chain(one, others)
    calm = before(of, others)
    after = of[1], until(of, others)
    assert 0 <= calm[0] <= calm[1] == of[0]
    assert calm[1] - calm[0] <= STEADY_SECONDS
    for start, end in others:
        assert not (start < calm[1] and end > calm[0])
        assert not (start < after[1] and end > after[0])


def test_faults_that_follow_one_another_without_a_whole_second_between_are_one_chain() -> None:
    assert chain((10, 20), [(21.5, 30), (31, 40), (42, 50)]) == (10, 40)


def test_only_whole_seconds_lie_within() -> None:
    assert [one.t for one in within(samples("++++++"), (1.5, 4.0))] == [2, 3]


def late(good: str, breaks_within: float) -> Recovery:
    return recovery(samples(good), start=3, end=5, criterion=replace(CRITERION, breaks_within=breaks_within))


def test_what_breaks_long_after_the_end_of_a_fault_under_which_all_was_good_is_not_its_doing() -> None:
    shown = "++++++++++-+++"
    assert late(shown, breaks_within=5) == Recovery(None, 5)
    assert late(shown, breaks_within=5.5) == Recovery(10, 11)


def test_what_broke_under_a_fault_is_waited_for_however_long_it_takes() -> None:
    assert late("++++------------+++", breaks_within=5) == Recovery(4, 16)


@given(st.text(alphabet="+-.", max_size=60), st.integers(0, 30), st.integers(0, 30), st.floats(0, 40))
def test_the_bound_forgives_nothing_that_breaks_before_it(
    good: str, start: int, length: int, breaks_within: float
) -> None:
    end = start + length
    found, bounded = (
        recovery(samples(good), start, end, replace(CRITERION, breaks_within=bound))
        for bound in (math.inf, breaks_within)
    )
    if found.broken_at is not None and found.broken_at < end + breaks_within:
        assert bounded == found
    else:
        assert bounded.never_broken
