"""A service that hangs to the end of a window answers nobody in it: what is seen there is from before it hung."""

from typing import Any

import pytest

from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.slots import SlotRequests, Slots
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import check
from tests.unit.core.measurements import evidence, requests, result, seconds, windows

LATENCY: dict[str, Any] = {"latency": {"percentile": 95}, "max": "1s"}
ERROR_RATE: dict[str, Any] = {"error_rate": {}, "max": "1%"}
BOTH = pytest.mark.parametrize("question", [LATENCY, ERROR_RATE], ids=["latency", "errorRate"])
HUNG = "+" * 52 + "." * 8 + "+" * 40
"""Of 10 requests a second, from 52 s to the end of the fault at 60 s none completed."""


def load(picture: str, cut: int = 20, **changes: Any) -> LoadResult:
    """In the fault's window what completed was good."""
    of_cut = windows({"cut": [requests([10.0] * cut)]})
    return result(**{"seconds": seconds(picture), "windows": of_cut} | changes)


def asked(question: dict[str, Any], measured: LoadResult, window: str | None = "cut") -> CheckResult:
    return judge(check(**question | ({"during": window} if window else {})), evidence(result=measured))


@BOTH
def test_what_hung_to_the_end_of_a_fault_is_no_pass_by_what_was_answered_before(
    question: dict[str, Any],
) -> None:
    told = asked(question, load(HUNG))
    assert told.verdict == "Inconclusive"
    assert told.message == (
        "it: no answer: nothing completed in its last 8s: how some 20 requests ended that were under way then is not "
        "in this window"
    )


@BOTH
@pytest.mark.parametrize(
    "picture",
    ["+" * 100, "+" * 51 + "." * 8 + "+" * 41, "+" * 59 + "." + "+" * 40, "+" * 60 + "." * 8 + "+" * 32],
    ids=["never", "but for its last second", "for a second", "after it"],
)
def test_where_it_answered_to_the_end_nothing_is_hidden(question: dict[str, Any], picture: str) -> None:
    assert asked(question, load(picture)).verdict == "Passed"


@BOTH
def test_the_whole_load_lacks_nothing_for_it_has_what_ends_after_it(question: dict[str, Any]) -> None:
    hung = load("+" * 92 + "." * 8)
    assert asked(question, hung, window=None).verdict == "Passed"
    assert asked(question, hung, window="high").verdict == "Inconclusive"


@BOTH
def test_so_few_that_they_could_not_break_the_bound_hide_nothing(question: dict[str, Any]) -> None:
    """20 users wait: of 10,000 requests that is no five, nor one, in a hundred."""
    assert asked(question, load(HUNG, cut=10_000)).verdict == "Passed"
    assert asked(question, load(HUNG, cut=300)).verdict == "Inconclusive"


def test_with_those_that_wait_the_percentile_is_a_higher_one_of_those_that_are_known() -> None:
    """Of 1,000 requests 40 were too slow; with 20 more that is one in 17."""
    slow = windows({"cut": [requests([10.0] * 960 + [2000.0] * 40)]})
    assert asked(LATENCY, load("+" * 100, windows=slow)).verdict == "Passed"
    assert asked(LATENCY, load(HUNG, windows=slow)).verdict == "Inconclusive"


def test_those_that_wait_are_slower_still_so_a_lower_bound_is_kept() -> None:
    assert asked({"latency": {"percentile": 95}, "min": "5ms"}, load(HUNG)).verdict == "Passed"


def test_some_that_failed_within_the_bound_do_not_hide_those_that_wait() -> None:
    few = windows({"cut": [requests([10.0] * 300, failed=1)]})
    assert asked(ERROR_RATE, load(HUNG, windows=few)).verdict == "Inconclusive"


@BOTH
def test_of_a_load_of_few_requests_a_silence_may_be_chance(question: dict[str, Any]) -> None:
    """One a second: that none ended in 8 s shows no hang."""
    few = [one.model_copy(update={"completed": min(one.completed, 1)}) for one in seconds(HUNG)]
    assert asked(question, load(HUNG, seconds=few)).verdict == "Passed"


def test_in_the_open_model_as_many_wait_as_arrive() -> None:
    told = asked(ERROR_RATE, load(HUNG, model="open"))
    assert "some 80 requests" in told.message


def test_what_took_no_longer_than_the_bound_by_then_may_keep_it() -> None:
    assert asked(LATENCY | {"max": "8s"}, load(HUNG)).verdict == "Passed"
    assert asked(LATENCY | {"max": "7s"}, load(HUNG)).verdict == "Inconclusive"


@BOTH
def test_users_who_all_wait_between_their_requests_hide_nothing(question: dict[str, Any]) -> None:
    """Every eighth second some requests complete, before the fault as under it."""
    together = "".join("+" if t % 8 == 5 else "." for t in range(100))
    assert asked(question, load(together)).verdict == "Passed"


@BOTH
def test_where_there_is_no_load_to_the_end_of_the_window_nobody_waits(question: dict[str, Any]) -> None:
    assert asked(question, load("+" * 52 + " " * 8 + "+" * 40)).verdict == "Passed"


def test_what_breaks_the_bound_without_them_has_failed() -> None:
    slow = windows({"cut": [requests([5000.0] * 20, failed=5)]})
    for question in (LATENCY, ERROR_RATE):
        assert asked(question, load(HUNG, windows=slow)).verdict == "Failed"


def of_scenario(counts: list[int], scenario: str) -> SlotRequests:
    return SlotRequests(
        scenario=scenario, name="GET /", counts=counts, failures=[0] * len(counts), histograms=""
    )


@BOTH
@pytest.mark.parametrize(("scenario", "verdict"), [("writes", "Inconclusive"), ("http", "Passed")])
def test_a_scenario_that_hangs_is_seen_though_others_are_answered(
    scenario: str, verdict: str, question: dict[str, Any]
) -> None:
    hung = [0 if 52 <= t < 60 else 10 for t in range(100)]
    kept = Slots(
        length=1, number=100, requests=[of_scenario(hung, "writes"), of_scenario([10] * 100, "http")]
    )
    good = [requests([10.0] * 20, scenario=one) for one in ("writes", "http")]
    measured = load("+" * 100, slots=kept, windows=windows({"cut": good}))
    kind = "latency" if "latency" in question else "error_rate"
    wanted = question | {kind: question[kind] | {"scenario": scenario}}
    assert asked(wanted, measured).verdict == verdict


def test_nor_is_a_window_that_hung_compared_to_another() -> None:
    alike = windows({"cut": [requests([5000.0] * 20)], "low": [requests([5000.0] * 100)]})
    wanted = LATENCY | {"max": "150%", "compared_to": "low"}
    assert "nothing completed in its last 8s" in asked(wanted, load(HUNG, windows=alike)).message
    assert "nothing completed" not in asked(wanted, load("+" * 100, windows=alike)).message
    many = windows({"cut": [requests([5000.0] * 10_000)], "low": [requests([5000.0] * 100)]})
    assert "nothing completed" not in asked(wanted, load(HUNG, windows=many)).message
