"""What probes told becomes times; a fault that none of them saw is never taken for a fast one."""

import math
import subprocess

import pytest
from benchmarks.fault_probe import Probes, Seen, changes_of

PRINTED = "1 100.0\n0 110.2\n1 111.3\n"


def test_the_first_failure_after_a_moment_is_when_the_fault_is_in_force() -> None:
    assert Seen([changes_of(PRINTED)]).cut_after(110.0) == [110.2 - 110.0]


def test_the_last_success_after_the_deadline_is_when_it_is_gone() -> None:
    assert Seen([changes_of(PRINTED)]).good_for_good(111.0) == [111.3 - 111.0]


def test_a_fault_that_comes_back_was_not_gone() -> None:
    again = changes_of(PRINTED + "0 112.0\n1 112.5\n")
    assert Seen([again]).good_for_good(111.0) == [112.5 - 111.0]
    assert Seen([again[:-1]]).good_for_good(111.0) == [math.inf]


def test_the_kernel_s_clock_may_end_it_a_moment_early() -> None:
    assert Seen([changes_of(PRINTED)]).good_for_good(111.304) == [pytest.approx(-0.004)]


def test_where_nothing_was_seen_the_time_is_endless() -> None:
    silent = Seen([changes_of("1 100.0\n"), changes_of("")])
    assert silent.cut_after(90.0) == [math.inf, math.inf]
    assert Seen([changes_of("")]).good_for_good(90.0) == [math.inf]


def test_a_probe_that_ends_before_its_time_is_no_fault_that_stays() -> None:
    probes = Probes.__new__(Probes)
    probes.pods = ["agents-a", "agents-b"]
    probes._running = [
        subprocess.Popen(["sh", "-c", f"echo 1 100.0; exit {code}"], stdout=subprocess.PIPE, text=True)
        for code in (0, 1)
    ]
    with pytest.raises(RuntimeError, match="the probes in agents-b ended before their time"):
        probes.seen()


def test_what_was_before_the_moment_does_not_count() -> None:
    assert Seen([changes_of(PRINTED)]).cut_after(112.0) == [math.inf]
