"""Which share of requests fails?"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.load_result import RequestStats
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import check
from tests.unit.core.measurements import evidence, requests, result, task_errors, windows


def asked(entries: list[RequestStats], window: str = "whole", **question: Any) -> CheckResult:
    wanted = check(**({"error_rate": {}, "max": "1%"} | question))
    return judge(wanted, evidence(result=result(windows=windows({window: entries}))))


@pytest.mark.parametrize(("failed", "verdict"), [(9, "Passed"), (10, "Passed"), (11, "Failed")])
def test_one_per_cent_is_allowed_and_one_request_more_is_not(failed: int, verdict: str) -> None:
    assert asked([requests([10] * 1000, failed)]).verdict == verdict


def test_the_answer_names_the_share_the_threshold_and_the_requests_behind_it() -> None:
    told = asked([requests([10] * 1000, failed=25)])
    assert told.message == "it: 2.5% whole run breaks <= 1%"
    assert (told.value, told.samples) == ("2.5%", 1000)
    assert asked([requests([10] * 1000)]).message == "it: 0% whole run keeps <= 1%"


@pytest.mark.parametrize(("bound", "verdict"), [("5", "Inconclusive"), ("1", "Passed"), ("500%", "Passed")])
def test_a_number_above_one_that_is_not_called_per_cent_is_no_bound(bound: str, verdict: str) -> None:
    """`5` would be 500 %: all requests may fail, and it is kept."""
    told = asked([requests([10] * 10, failed=10)], max=bound)
    assert told.verdict == verdict
    assert ("5 is no bound of a errorRate check: write a ratio, like 5%" in told.message) == (bound == "5")


def test_requests_of_all_names_count_together() -> None:
    told = asked([requests([10] * 300, name="GET /"), requests([10] * 100, failed=4, name="POST /")])
    assert told.value == "1%"


def test_only_requests_of_the_named_kind_count() -> None:
    entries = [requests([10] * 300, name="GET /"), requests([10] * 100, failed=4, name="POST /")]
    assert asked(entries, error_rate={"name": "POST /"}).value == "4%"


def test_only_the_window_in_question_counts() -> None:
    broken = [requests([10] * 100, failed=100)]
    assert asked(broken, window="cut").verdict == "Passed"
    assert asked(broken, window="cut", during="cut").verdict == "Failed"
    assert asked(broken, window="after:cut", after="cut").verdict == "Failed"


def test_a_task_that_raises_outside_of_a_request_counts_as_one_more_that_fails() -> None:
    told = asked([requests([10] * 95, failed=5), task_errors(5)])
    assert (told.value, told.samples, told.verdict) == ("10%", 100, "Failed")


def test_where_tasks_only_raise_all_of_it_fails() -> None:
    assert asked([task_errors(3)]).value == "100%"


def test_what_tasks_raise_is_not_asked_for_by_a_requests_name() -> None:
    entries = [requests([10] * 100), task_errors(5)]
    assert asked(entries, error_rate={"name": "GET /"}).value == "0%"
    assert asked(entries, error_rate={"name": "task visit"}).value == "100%"


@pytest.mark.parametrize(
    ("entries", "question"),
    [
        ([], {}),
        ([requests([])], {}),
        ([requests([10])], {"error_rate": {"name": "GET /misspelt"}}),
        ([requests([10])], {"during": "nowhere"}),
    ],
    ids=["no entry", "an empty entry", "no such name", "no such window"],
)
def test_no_request_is_no_answer(entries: list[RequestStats], question: dict[str, Any]) -> None:
    told = asked(entries, **question)
    assert (told.verdict, told.value) == ("Inconclusive", None)
    assert "no request completed" in told.message


def test_that_few_requests_did_not_fail_is_said_to_prove_little() -> None:
    told = asked([requests([10] * 12)])
    assert told.verdict == "Passed"
    assert told.message == (
        "it: 0% whole run keeps <= 1%; of only 12 requests: where 22.1% fail, none is seen to in 1 of 20 such windows"
    )


@pytest.mark.parametrize(
    ("count", "changes"), [(299, {}), (12, {"max": "0%"}), (12, {"max": 0}), (12, {"max": "30%"})]
)
def test_by_the_rule_of_three_three_hundred_are_enough_for_one_per_cent(
    count: int, changes: dict[str, Any]
) -> None:
    assert "only" not in asked([requests([10] * count)], **changes).message


def test_a_failure_that_was_seen_needs_no_such_words() -> None:
    assert "only" not in asked([requests([10] * 12, failed=1)], max="10%").message


@settings(deadline=None)
@given(st.integers(1, 3000), st.data())
def test_the_share_is_not_rounded_before_it_is_judged(count: int, data: st.DataObject) -> None:
    failed = data.draw(st.integers(0, count))
    verdict = asked([requests([10] * count, failed)]).verdict
    assert (verdict == "Passed") == (failed / count <= 0.01)
