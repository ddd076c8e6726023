"""Whatever happens to a check, it has an answer; only numbers make it a pass."""

from typing import Any

import pytest

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.load_result import CapacityResult
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import CHECKS, check
from tests.unit.core.measurements import evidence, result

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


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ({"throughput": {}, "min": "90%"}, "Inconclusive"),
        ({"throughput": {}, "min": "500ms"}, "Inconclusive"),
        ({"throughput": {}, "min": "0.5"}, "Passed"),
        ({"throughput": {}, "min": 1, "max": "10s"}, "Inconclusive"),
        ({"throughput": {}, "min": "50%", "during": "high", "comparedTo": "low"}, "Passed"),
        ({"capacity": {}, "min": "100%"}, "Inconclusive"),
        ({"capacity": {}, "min": "50"}, "Passed"),
    ],
)
def test_a_bound_in_a_unit_that_the_number_has_not_is_no_bound(
    question: dict[str, Any], verdict: str
) -> None:
    """90 % of nothing in particular would be 0.9 requests a second, which nearly any service keeps."""
    searched = result(capacity=CapacityResult(lower=60, upper=70, complete=True, trials=[]))
    measured = searched if "capacity" in question else result()
    wanted = Check.model_validate({"name": "it", **question})
    assert judge(wanted, evidence(result=measured)).verdict == verdict


def test_a_check_that_crashes_is_no_answer_and_says_how() -> None:
    told = judge(check(error_rate={}, max="much"), evidence())
    assert told.verdict == "Inconclusive"
    assert "the check itself failed: ValueError" in told.message
