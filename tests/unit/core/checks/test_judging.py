"""Whatever happens to a check, it has an answer; only numbers make it a pass."""

from typing import Any

import pytest

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.load_result import CapacityResult
from stresscampaigns.core.checks import judge
from stresscampaigns.core.observation import Answer
from tests.unit.core.builders import CHECKS, check, template
from tests.unit.core.measurements import ended_pod, evidence, fault_record, result
from tests.unit.core.recovery.watches import watch

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


@pytest.mark.parametrize("kind", ["restarts", "pods_ready", "containment"])
def test_what_kubernetes_tells_has_its_answer_whatever_the_load_has_counted(kind: str) -> None:
    neighbours = [{"name": "api", "selector": {"match_labels": {"app": "api"}}}]
    known = evidence(template=template(neighbours=neighbours), watch=watch(), untrusted=("too busy",))
    wanted = check(**{kind: {"fault": "cut"}}, max="0s" if kind == "pods_ready" else 0)
    assert judge(wanted, known).verdict == "Passed"


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


UNDER_THE_FAULT = [
    {"error_rate": {}, "max": "0%", "during": "cut"},
    {"throughput": {}, "max": 0, "during": "cut"},
    {"error_rate": {}, "max": "1%", "after": "cut"},
    {"latency": {"percentile": 50}, "max": "100%", "during": "high", "compared_to": "cut"},
    {"query": "max(x)", "max": "0.1", "during": "cut"},
]
"""Some would be kept and some broken by what was measured."""
ANSWERS = {"it": Answer((0.5,), covered=1.0)}


@pytest.mark.parametrize("question", UNDER_THE_FAULT, ids=lambda one: " ".join(one))
@pytest.mark.parametrize("pod", [{"outcome": "Refused"}, {"outcome": "Late"}, {"outcome": None}])
def test_what_was_measured_at_the_time_of_a_fault_that_never_was_is_no_answer(
    pod: dict[str, Any], question: dict[str, Any]
) -> None:
    never = fault_record(ended_pod(**pod, injected_at=None, ended_at=None))
    told = judge(check(**question), evidence(faults=[never], answers=ANSWERS))
    assert (told.verdict, told.value) == ("Inconclusive", None)
    assert "fault cut was not in force" in told.message
    assert judge(check(**question), evidence(answers=ANSWERS)).verdict != "Inconclusive"


def test_in_one_pod_of_several_is_in_force() -> None:
    refused = ended_pod(outcome="Refused", injected_at=None, ended_at=None)
    told = judge(
        check(error_rate={}, max="0%", during="cut"), evidence(faults=[fault_record(refused, ended_pod())])
    )
    assert told.verdict == "Passed"


def test_a_check_that_crashes_is_no_answer_and_says_how() -> None:
    told = judge(check(error_rate={}, max="much"), evidence())
    assert told.verdict == "Inconclusive"
    assert "the check itself failed: ValueError" in told.message
