"""The summary is kept only where nothing was left, in time, in rounds that took place."""

from dataclasses import replace

from tests.torture.choice import chosen
from tests.torture.result import MOST_OVERRUN, Result, Summary

CLEAN = Result(chosen(1, 1), chosen(1, 1).kills, ("Ended",), 0.3, (), 1, 12.0)


def summary(*results: Result) -> Summary:
    return Summary(7, list(results))


def test_rounds_without_anything_left_keep_the_promise() -> None:
    assert summary(CLEAN, CLEAN).kept


def test_no_round_at_all_proves_nothing() -> None:
    assert not summary().kept


def test_one_leak_in_one_round_breaks_it_and_is_named_with_its_round() -> None:
    found = summary(CLEAN, replace(CLEAN, leaks=("table x matches always",)))
    assert not found.kept
    assert "round 1: table x matches always" in found.text()


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
