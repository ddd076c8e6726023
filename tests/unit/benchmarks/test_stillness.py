"""What a core's standing still does to arrivals."""

import pytest
from benchmarks.contest.stillness import lateness, stalls


def test_a_core_that_never_stands_still_makes_nothing_late() -> None:
    assert lateness([], 8, 0.8, 99) == 0


def test_a_stall_is_caught_up_with_in_four_times_its_length_by_who_is_busy_for_four_fifths() -> None:
    """10 ms: late for 40 ms of 4 s, which is 1 %; the median of these is half of it."""
    one = [(1.0, 0.01)]
    assert lateness(one, 4, 0.8, 98.9) == 0
    assert lateness(one, 4, 0.8, 99.5) == pytest.approx(0.005, abs=0.0002)


def test_a_stall_before_the_last_is_caught_up_with_adds_to_it() -> None:
    assert lateness([(1.0, 0.01), (1.01, 0.01)], 4, 0.8, 100) == pytest.approx(0.0175, abs=0.0002)


def test_a_core_s_stalls_are_within_the_time_that_was_looked_at() -> None:
    found = stalls(0.05)
    assert all(0 < length <= at < 0.05 for at, length in found)
