"""How long do requests take?"""

from typing import Any

import pytest

from stresscampaigns.api.load_result import RequestStats
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import check
from tests.unit.core.measurements import evidence, requests, result, windows


def asked(entries: list[RequestStats], window: str = "whole", **question: Any) -> CheckResult:
    wanted = check(**({"latency": {"percentile": 95}, "max": "1s"} | question))
    return judge(wanted, evidence(result=result(windows=windows({window: entries}))))


@pytest.mark.parametrize(("slow", "verdict"), [(4, "Passed"), (5, "Passed"), (6, "Failed")])
def test_five_in_a_hundred_may_be_slower_than_the_95th_percentile(slow: int, verdict: str) -> None:
    assert asked([requests([10] * (100 - slow) + [5000] * slow)]).verdict == verdict


def test_a_percentile_that_is_a_ratio_is_none() -> None:
    """0.95 of a hundred would be nearly the fastest. It is refused at apply; older versions took it."""
    told = asked([requests([5000] * 900 + [10] * 100)], latency={"percentile": 0.95})
    assert (told.verdict, "write 95" in told.message) == ("Inconclusive", True)


@pytest.mark.parametrize(("latency", "verdict"), [(0.9, "Passed"), (1.0, "Passed"), (1.1, "Failed")])
def test_a_latency_at_the_threshold_keeps_it(latency: float, verdict: str) -> None:
    # 1 ms: where the histogram's steps are whole microseconds.
    assert asked([requests([latency] * 100)], max="1ms").verdict == verdict


def test_the_answer_names_the_latency_the_threshold_and_the_requests_behind_it() -> None:
    told = asked([requests([1.5] * 100)], max="1ms", during="high", window="high")
    assert told.message == "it: 1.5ms during high breaks <= 1ms"
    assert (told.value, told.samples) == ("1.5ms", 100)


def test_percentiles_of_two_kinds_of_requests_are_merged_as_counts() -> None:
    # Averaged, the two 95th percentiles would give 250 ms.
    entries = [requests([0.5] * 9900, name="GET /"), requests([500] * 100, name="POST /")]
    assert asked(entries, max="10ms").verdict == "Passed"
    assert asked(entries, max="10ms", latency={"percentile": 95, "name": "POST /"}).verdict == "Failed"


def test_failed_requests_count_too() -> None:
    assert asked([requests([5000] * 10 + [10] * 90, failed=10)]).verdict == "Failed"


@pytest.mark.parametrize("percentile", [50, 95.5, 99, 99.9, 100])
def test_with_just_enough_requests_one_lies_above_the_percentile(percentile: float) -> None:
    needed = {50: 2, 95.5: 23, 99: 100, 99.9: 1000, 100: 1}[percentile]
    question: dict[str, Any] = {"latency": {"percentile": percentile}}
    assert asked([requests([10] * needed)], **question).verdict == "Passed"
    told = asked([requests([10] * (needed - 1))], **question)
    assert told.verdict == "Inconclusive"


def test_too_few_requests_are_told_with_how_many_it_takes() -> None:
    told = asked([requests([10] * 19)])
    assert told.message == "it: no answer: 19 requests are too few for this percentile; it takes 20"


@pytest.mark.parametrize(
    ("entries", "question"),
    [
        ([], {}),
        ([requests([])], {}),
        ([requests([10] * 100)], {"latency": {"percentile": 95, "name": "GET /misspelt"}}),
        ([requests([10] * 100)], {"during": "nowhere"}),
    ],
    ids=["no entry", "an empty entry", "no such name", "no such window"],
)
def test_no_request_is_no_answer(entries: list[RequestStats], question: dict[str, Any]) -> None:
    told = asked(entries, **question)
    assert (told.verdict, told.value) == ("Inconclusive", None)
    assert "no request completed" in told.message


def test_a_histogram_that_cannot_be_read_is_no_answer() -> None:
    damaged = requests([10] * 100).model_copy(update={"histogram": "HISTFAAAAAA="})
    told = asked([damaged])
    assert told.verdict == "Inconclusive"
    assert "damaged" in told.message


def test_one_scenario_can_be_asked_for_by_itself_though_its_requests_have_the_names_of_others() -> None:
    entries = [
        requests([0.5] * 100, scenario="agent-workflow"),
        requests([500] * 100, scenario="agent-workflow-2"),
    ]

    def of(scenario: str) -> CheckResult:
        return asked(entries, max="10ms", latency={"percentile": 95, "scenario": scenario})

    assert (of("agent-workflow").verdict, of("agent-workflow-2").verdict) == ("Passed", "Failed")
    assert of("agent-workflow").samples == 100
    assert of("database-pool").verdict == "Inconclusive"
