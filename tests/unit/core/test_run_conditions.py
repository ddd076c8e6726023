"""The conditions that people and pipelines wait for: Passed, Completed, AllRecovered, ResultsValid."""

import pytest

from stresscampaigns.api.run import FaultRecord, StressRunStatus
from stresscampaigns.api.status import CheckResult, Verdict
from stresscampaigns.core.run_conditions import run_conditions
from tests.unit.core.builders import run, under_load

KINDS = ["Passed", "Completed", "AllRecovered", "ResultsValid"]
CHECK = CheckResult(
    name="p95", verdict="Passed", threshold="<= 1s", window="whole run", source="", message=""
)
RECOVERED = FaultRecord(name="cut", recovered_from_end="3s")


def judged(verdict: Verdict = "Passed", **changes: object) -> StressRunStatus:
    fields = {"verdict": verdict, "checks": [CHECK], "faults": [RECOVERED], "message": "as it went"}
    return under_load(**(fields | changes))


def told(status: StressRunStatus, **template: object) -> dict[str, str]:
    return {entry.type: entry.status for entry in run_conditions(run(status, **template), status)}


def words(status: StressRunStatus, kind: str) -> tuple[str, str]:
    (found,) = [entry for entry in run_conditions(run(status), status) if entry.type == kind]
    return found.reason, found.message


@pytest.mark.parametrize("status", [StressRunStatus(), under_load(), judged()])
def test_all_four_are_there_from_the_first_moment(status: StressRunStatus) -> None:
    assert [entry.type for entry in run_conditions(run(status), status)] == KINDS


def test_before_the_verdict_nothing_is_known() -> None:
    assert told(under_load()) == {
        "Passed": "Unknown",
        "Completed": "False",
        "AllRecovered": "Unknown",
        "ResultsValid": "Unknown",
    }


@pytest.mark.parametrize(
    ("verdict", "passed"),
    [("Passed", "True"), ("Failed", "False"), ("Inconclusive", "Unknown"), ("Aborted", "Unknown")],
)
def test_only_a_passed_run_has_passed(verdict: Verdict, passed: str) -> None:
    status = judged(verdict)
    assert told(status)["Passed"] == passed
    assert words(status, "Passed") == (verdict, "as it went")


def test_a_run_is_completed_only_when_nothing_of_it_is_left_behind() -> None:
    assert told(judged())["Completed"] == "False"
    assert words(judged(), "Completed")[0] == "CleaningUp"
    assert told(judged(phase="Finished"))["Completed"] == "True"


def test_a_service_that_was_good_after_every_fault_has_recovered() -> None:
    assert told(judged())["AllRecovered"] == "True"


@pytest.mark.parametrize("faults", [[FaultRecord(name="cut")], [], None])
def test_a_fault_whose_recovery_was_not_seen_is_named(faults: list[FaultRecord] | None) -> None:
    status = judged("Failed", faults=faults)
    assert told(status)["AllRecovered"] == "False"
    assert words(status, "AllRecovered")[1] == "not seen to be good again: cut"


def test_without_results_nobody_knows_whether_it_recovered_and_they_are_not_valid() -> None:
    status = judged("Inconclusive", checks=None, invalid_because=["the load's results are gone"])
    assert told(status)["AllRecovered"] == "Unknown"
    assert told(status)["ResultsValid"] == "False"
    assert words(status, "ResultsValid") == ("NoResults", "the load's results are gone")


def test_without_a_fault_there_is_nothing_to_recover_from() -> None:
    assert told(judged(faults=None), faults=None)["AllRecovered"] == "True"
    unread = judged("Inconclusive", faults=None, checks=None)
    assert told(unread, faults=None)["AllRecovered"] == "Unknown"


def test_results_are_valid_until_there_is_a_reason_for_doubt() -> None:
    assert told(judged())["ResultsValid"] == "True"
    doubtful = judged("Inconclusive", invalid_because=["a worker was lost", "too busy"])
    assert told(doubtful)["ResultsValid"] == "False"
    assert words(doubtful, "ResultsValid")[1] == "a worker was lost; too busy"
