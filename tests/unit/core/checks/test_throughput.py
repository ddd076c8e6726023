"""How many requests succeed in a second?"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.load_result import OTHER_NAMES, CapacityResult, RequestStats, WindowStats
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import T0, check
from tests.unit.core.measurements import evidence, requests, result, windows


def asked(entries: list[RequestStats], window: str = "whole", **question: Any) -> CheckResult:
    """What completed in the whole run did so in its first stage."""
    wanted = check(**({"throughput": {}, "min": 5} | question))
    counted = {"low": entries, "high": []} if window == "whole" else {}
    return judge(wanted, evidence(result=result(windows=windows(counted | {window: entries}))))


@pytest.mark.parametrize(("count", "verdict"), [(499, "Failed"), (500, "Passed"), (501, "Passed")])
def test_the_threshold_itself_is_enough_and_one_request_less_is_not(count: int, verdict: str) -> None:
    # The whole run lasts 100 s.
    assert asked([requests([10] * count)]).verdict == verdict


def test_only_requests_that_succeed_count() -> None:
    told = asked([requests([10] * 600, failed=101)])
    assert (told.verdict, told.value, told.samples) == ("Failed", "4.99/s", 600)
    assert told.message == "it: 4.99/s whole run breaks >= 5"


def test_a_window_is_as_long_as_it_was_planned() -> None:
    # The fault's window lasts 10 s.
    assert asked([requests([10] * 50)], window="cut", during="cut").value == "5/s"


@pytest.mark.parametrize(("start", "end", "counted"), [(50.9, 52.1, 2), (50.5, 60.5, 10), (50.0, 50.4, 1)])
def test_a_window_of_broken_seconds_is_as_long_as_what_was_counted_in_it(
    start: float, end: float, counted: int
) -> None:
    """Requests are counted by whole seconds: those that begin within the window."""
    found = [
        WindowStats(name="cut", start=start, end=end, requests=[requests([10] * 50 * counted)])
        if one.name == "cut"
        else one
        for one in windows()
    ]
    told = judge(check(throughput={}, min=5, during="cut"), evidence(result=result(windows=found)))
    assert told.value == "50/s"


def test_in_a_window_without_the_beginning_of_a_second_nothing_is_counted() -> None:
    found = [
        one.model_copy(update={"start": 50.2, "end": 50.8, "requests": []}) if one.name == "cut" else one
        for one in windows()
    ]
    told = judge(check(throughput={}, min=5, during="cut"), evidence(result=result(windows=found)))
    assert told.verdict == "Inconclusive"


def test_what_ended_only_after_the_load_did_not_succeed_in_its_time() -> None:
    """A service that is behind works off its queue: that is no throughput which the load has seen."""
    in_time, drained = [requests([10] * 499)], [requests([10] * 100)]
    found = windows({"whole": [*in_time, *drained], "low": in_time, "high": []})
    told = judge(check(throughput={}, min=5), evidence(result=result(windows=found)))
    assert (told.verdict, told.value) == ("Failed", "4.99/s")


def test_beside_a_search_the_stages_are_as_long_as_without_one() -> None:
    """Stages of 100 s, with 2 requests a second, and a search of 300 s without any."""
    found = CapacityResult(lower=60, upper=70, complete=True, trials=[])
    measured = result(capacity=found, finished=T0 + 400.0)
    told = judge(check(throughput={}, min=2), evidence(result=measured))
    assert (told.verdict, told.value) == ("Passed", "2/s")


def test_only_requests_of_the_named_kind_count() -> None:
    entries = [requests([10] * 600, name="GET /"), requests([10] * 100, name="POST /")]
    assert asked(entries, throughput={"name": "POST /"}).value == "1/s"


def test_a_service_that_completes_nothing_fails() -> None:
    told = asked([], window="cut", during="cut")
    assert (told.verdict, told.message) == ("Failed", "it: 0/s during cut breaks >= 5")


@pytest.mark.parametrize("bound", [{"min": None, "max": 5}, {"min": 0}])
def test_where_nothing_completed_no_bound_is_kept(bound: dict[str, Any]) -> None:
    assert asked([], **bound).verdict == "Inconclusive"


REFUSED = [requests([10] * 50, name="GET /limited refused")]
LET_THROUGH = [requests([10] * 50, name="GET /limited")]
NONE_REFUSED: dict[str, Any] = {
    "min": None,
    "max": 0,
    "during": "high",
    "throughput": {"name": "GET /limited refused"},
}


def after_a_refusal(before: list[RequestStats], after: list[RequestStats], **changes: Any) -> CheckResult:
    """Is nothing refused any more?"""
    wanted = check(**(NONE_REFUSED | changes))
    return judge(wanted, evidence(result=result(windows=windows({"low": before, "high": after}))))


def test_that_none_came_any_more_keeps_a_bound_where_others_completed() -> None:
    told = after_a_refusal(REFUSED, LET_THROUGH)
    assert (told.verdict, told.message) == ("Passed", "it: 0/s during high keeps <= 0")


def test_one_that_came_breaks_it() -> None:
    assert after_a_refusal(REFUSED, [*LET_THROUGH, requests([1], name=REFUSED[0].name)]).verdict == "Failed"


def test_a_name_that_never_came_may_be_misspelt() -> None:
    assert after_a_refusal(LET_THROUGH, LET_THROUGH).verdict == "Inconclusive"


def test_where_nothing_else_completed_either_nobody_knows_whether_it_would_have_come() -> None:
    assert after_a_refusal(REFUSED, []).verdict == "Inconclusive"


def test_requests_of_another_scenario_do_not_show_that_this_one_was_there() -> None:
    question = {"throughput": {"name": REFUSED[0].name, "scenario": "http"}}
    others = [requests([10] * 50, scenario="agent-workflow")]
    assert after_a_refusal(REFUSED, others, **question).verdict == "Inconclusive"
    assert after_a_refusal(REFUSED, [*others, *LET_THROUGH], **question).verdict == "Passed"


def test_a_window_that_the_load_never_reached_is_no_answer() -> None:
    told = asked([requests([10] * 600)], during="nowhere")
    assert (told.verdict, told.value) == ("Inconclusive", None)


@settings(deadline=None)
@given(st.integers(1, 2000), st.data())
def test_the_rate_is_not_rounded_before_it_is_judged(count: int, data: st.DataObject) -> None:
    failed = data.draw(st.integers(0, count))
    verdict = asked([requests([10] * count, failed)]).verdict
    assert (verdict == "Passed") == (count - failed >= 500)


def test_a_scenario_that_never_ran_has_no_throughput_to_judge() -> None:
    """Its name is mistaken, or its weight is 0: to fail the target for that would be wrong."""
    told = asked([requests([10] * 600, scenario="http")], throughput={"scenario": "http-2"})
    assert told.verdict == "Inconclusive"
    assert "never ran a scenario http-2" in told.message


def test_a_scenario_that_got_nothing_through_in_a_window_breaks_its_bound() -> None:
    told = asked([], window="cut", during="cut", throughput={"scenario": "http"})
    assert (told.verdict, told.value) == ("Failed", "0/s")


def test_a_name_that_may_be_among_those_counted_as_one_is_not_known_to_be_missing() -> None:
    """Requests of more than 200 names count under one: to fail the target for that would be wrong."""
    others = requests([10] * 600, name=OTHER_NAMES)
    told = asked([others], throughput={"name": "GET /201"})
    assert (told.verdict, "(other names)" in told.message) == ("Inconclusive", True)
    assert asked([others], throughput={"name": "GET /201", "scenario": "elsewhere"}).verdict == "Inconclusive"
    known = requests([10] * 400, name="GET /1")
    assert asked([others, known], throughput={"name": "GET /1"}).verdict == "Failed"
