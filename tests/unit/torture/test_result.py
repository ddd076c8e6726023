"""The summary is kept only where nothing was left, in time, in rounds that took place."""

from dataclasses import replace

import pytest

from tests.torture.choice import chosen
from tests.torture.result import MOST_OVERRUN, Result, Summary, came_to
from tests.unit.core.builders import sidecar

CLEAN = Result(chosen(1, 1), chosen(1, 1).kills, ("Ended",), 0.3, (), 1, 12.0)


def summary(*results: Result) -> Summary:
    return Summary(7, list(results))


def test_rounds_without_anything_left_keep_the_promise() -> None:
    assert summary(CLEAN, CLEAN).kept


def test_no_round_at_all_proves_nothing() -> None:
    assert not summary().kept


@pytest.mark.parametrize("came", [(), ("Late, never in force", "Waiting, never in force"), ("Refused",)])
def test_rounds_in_which_no_fault_was_ever_in_force_prove_nothing(came: tuple[str, ...]) -> None:
    never = replace(CLEAN, outcomes=came)
    assert not summary(never, never).kept
    assert summary(never, CLEAN).kept


def test_rounds_in_which_nobody_was_killed_prove_nothing() -> None:
    spared = replace(CLEAN, killed=())
    assert not summary(spared, spared).kept
    assert summary(spared, CLEAN).kept


def test_no_other_outcome_than_one_of_a_fault_that_was_there_counts_as_one_in_force() -> None:
    was = [sidecar("Terminated", injected_at=5.0, outcome=one) for one in ("Ended", "Aborted", None)]
    never = [sidecar("Terminated", outcome=one) for one in ("Aborted", "Late", "Refused", None)]
    assert all(summary(replace(CLEAN, outcomes=(came_to(one),))).kept for one in was)
    assert not any(summary(replace(CLEAN, outcomes=(came_to(one),))).kept for one in never)


def test_one_leak_in_one_round_breaks_it_and_is_named_with_its_round() -> None:
    found = summary(CLEAN, replace(CLEAN, leaks=("table x matches always",)))
    assert not found.kept
    assert "round 1: table x matches always" in found.text()


def test_beside_a_fault_of_another_run_nothing_is_proven_and_it_is_said_whose_it_is() -> None:
    found = summary(CLEAN, replace(CLEAN, others=("fault cut of run staging/mine-g1",)))
    assert not found.kept
    assert found.leaks == []
    assert "leaks: 0" in found.text()
    assert "of another run, so that nothing is proven: round 1: fault cut of run staging/mine" in found.text()
    assert "NOT ITS OWN: fault cut of run staging/mine-g1" in found.results[1].line()


def test_the_worst_overrun_counts() -> None:
    late = replace(CLEAN, overrun=MOST_OVERRUN + 0.1)
    found = summary(CLEAN, late, CLEAN)
    assert found.worst == late.overrun
    assert not found.kept


def test_the_text_says_seed_and_counts() -> None:
    said = summary(CLEAN, CLEAN).text()
    assert "2 rounds" in said
    assert "seed 7" in said
    assert "Ended 2" in said


def test_a_rounds_line_names_its_leaks() -> None:
    assert "LEAKS: burn lives" in replace(CLEAN, leaks=("burn lives",)).line()
