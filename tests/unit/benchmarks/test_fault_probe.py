"""What probes told becomes times; a fault that none of them saw is never taken for a fast one."""

import math

from benchmarks.fault_probe import Seen, changes_of

PRINTED = "1 100.0\n0 110.2\n1 111.3\n"


def test_the_first_failure_after_a_moment_is_when_the_fault_is_in_force() -> None:
    assert Seen([changes_of(PRINTED)]).cut_after(110.0) == [110.2 - 110.0]


def test_the_first_success_after_the_deadline_is_when_it_is_gone() -> None:
    assert Seen([changes_of(PRINTED)]).good_after(111.0) == [111.3 - 111.0]


def test_where_nothing_was_seen_the_time_is_endless() -> None:
    assert Seen([changes_of("1 100.0\n"), changes_of("")]).cut_after(90.0) == [math.inf, math.inf]


def test_what_was_before_the_moment_does_not_count() -> None:
    assert Seen([changes_of(PRINTED)]).cut_after(112.0) == [math.inf]
