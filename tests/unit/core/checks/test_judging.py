"""Whatever happens to a check, it has an answer; only numbers make it a pass."""

from typing import Any

import pytest

from stresscampaigns.core.checks import judge
from tests.unit.core.builders import CHECKS, check
from tests.unit.core.measurements import evidence

OF_THE_LOAD = [one for one in CHECKS if "query" not in one]


@pytest.mark.parametrize("question", CHECKS, ids=lambda one: one["name"])
def test_with_all_its_evidence_each_kind_of_check_can_pass(question: dict[str, Any]) -> None:
    told = judge(check(**question), evidence())
    assert told.verdict == "Passed"
    assert told.value is not None
    assert told.value in told.message
    assert told.threshold in told.message


@pytest.mark.parametrize("question", OF_THE_LOAD, ids=lambda one: one["name"])
def test_numbers_that_cannot_be_trusted_are_no_answer(question: dict[str, Any]) -> None:
    told = judge(check(**question), evidence(untrusted=("1 of 2 workers were lost", "too busy")))
    assert (told.verdict, told.value) == ("Inconclusive", None)
    assert told.message.endswith("cannot be trusted: 1 of 2 workers were lost; too busy")


def test_a_check_that_crashes_is_no_answer_and_says_how() -> None:
    told = judge(check(error_rate={}, max="much"), evidence())
    assert told.verdict == "Inconclusive"
    assert "the check itself failed: ValueError" in told.message
