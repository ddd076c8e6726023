"""One window against another: drift, as a share of what it was."""

import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from stresscampaigns.core.observation import Answer
from stresscampaigns.stats.slots import GrowingSlots
from tests.unit.core.builders import check
from tests.unit.core.measurements import evidence, requests, result, windows

DRIFT: dict[str, Any] = {"during": "high", "compared_to": "low", "max": "120%"}
LATENCY: dict[str, Any] = DRIFT | {"latency": {"percentile": 95}}
# `low` lasts 40 s, `high` 60 s.
THROUGHPUT: dict[str, Any] = DRIFT | {"throughput": {}, "max": None, "min": "90%"}
QUERY: dict[str, Any] = DRIFT | {"query": "sum(process_open_fds)"}


def of_the_load(question: dict[str, Any], before: list[float], after: list[float]) -> CheckResult:
    entries = {"low": [requests(before)], "high": [requests(after)]}
    return judge(check(**question), evidence(result=result(windows=windows(entries))))


def of_prometheus(before: Answer | None, after: Answer, **changes: Any) -> CheckResult:
    answers = {"it": after} | ({"it/low": before} if before else {})
    return judge(check(**(QUERY | changes)), evidence(answers=answers))


def samples(*values: float) -> Answer:
    return Answer(values, 1.0)


@pytest.mark.parametrize(("after", "verdict"), [(0.6, "Passed"), (0.606, "Failed"), (0.1, "Passed")])
def test_a_latency_may_grow_by_a_fifth_and_no_more(after: float, verdict: str) -> None:
    # Below 1 ms, where the histogram's steps are whole microseconds.
    assert of_the_load(LATENCY, [0.5] * 100, [after] * 100).verdict == verdict


def test_the_answer_names_the_share_and_both_numbers() -> None:
    told = of_the_load(LATENCY, [0.5] * 100, [0.8] * 80)
    value = "160% (0.8ms, 0.5ms during low; 95% interval 160% to 160%)"
    assert (told.value, told.samples) == (value, 180)
    assert told.message == f"it: {value} during high, compared to low breaks <= 120%"


def in_slots(before: Sequence[float], after: Sequence[float], **question: Any) -> CheckResult:
    """Requests of 10 times each of these latencies, in ms, a second: 40 s of them, then 60 s."""
    course = [*before, *after]
    slots, entries = GrowingSlots(), {}
    for second, latency in enumerate(course):
        one = requests([latency] * 10)
        slots.add(second, ("http", "GET /"), one.count, 0, one.histogram)
    for name, part in (("low", before), ("high", after)):
        entries[name] = [requests([latency for latency in part for _ in range(10)])]
    measured = result(windows=windows(entries), slots=slots.packed())
    return judge(check(**(LATENCY | question)), evidence(result=measured))


def test_what_differs_by_chance_alone_is_no_answer() -> None:
    """One pause of 1 s within 40 s, and one of 6 s within 60 s: the 95th percentile has doubled."""
    before, after = [1.0] * 40, [1.0] * 60
    before[10], after[20:26] = 2.0, [2.0] * 6
    told = in_slots(before, after)
    assert told.verdict == "Inconclusive"
    assert told.message.startswith("it: no answer: 200% (2ms, 1ms during low; 95% interval ")
    assert told.message.endswith(
        "against <= 120% may be chance: let both windows be longer, or have more requests"
    )


def test_what_is_so_all_the_time_is_an_answer() -> None:
    assert in_slots([1.0] * 40, [1.3] * 60).verdict == "Failed"
    assert in_slots([1.0] * 40, [1.1] * 60).verdict == "Passed"


def test_too_few_requests_to_see_a_fifth_more_are_no_pass() -> None:
    """The 95th of 40 may lie above all of them."""
    assert of_the_load(LATENCY, [1.0] * 40, [1.0] * 40).verdict == "Inconclusive"


def test_the_slowest_of_all_is_nothing_to_compare() -> None:
    told = of_the_load(LATENCY | {"latency": {"percentile": 100}}, [1.0] * 400, [1.0] * 400)
    assert told.message == "it: no answer: the slowest of all is chance: compare a percentile below 100"


@pytest.mark.parametrize(("rate", "verdict"), [(8, "Failed"), (10, "Passed")])
def test_throughput_is_compared_by_the_second_not_by_the_window(rate: int, verdict: str) -> None:
    """10 a second for 40 s, then for 60 s."""
    slots = GrowingSlots()
    for second in range(100):
        one = requests([1.0] * (10 if second < 40 else rate))
        slots.add(second, ("http", "GET /"), one.count, 0, one.histogram)
    entries = {"low": [requests([1.0] * 400)], "high": [requests([1.0] * 60 * rate)]}
    measured = result(windows=windows(entries), slots=slots.packed())
    told = judge(check(**THROUGHPUT), evidence(result=measured))
    assert told.verdict == verdict


@pytest.mark.parametrize(("count", "verdict"), [(400, "Failed"), (560, "Inconclusive"), (700, "Passed")])
def test_without_slots_what_ends_may_vary_as_independent_requests_do(count: int, verdict: str) -> None:
    # 400 in 40 s are 10 a second; of that, 90 % over 60 s are 540.
    assert of_the_load(THROUGHPUT, [1.0] * 400, [1.0] * count).verdict == verdict


def test_a_service_that_completes_nothing_any_more_has_no_share_of_its_throughput_left() -> None:
    assert of_the_load(THROUGHPUT, [1.0] * 40, []).verdict == "Failed"


@pytest.mark.parametrize("question", [LATENCY, THROUGHPUT], ids=["latency", "throughput"])
def test_without_the_window_to_compare_with_there_is_no_answer(question: dict[str, Any]) -> None:
    told = of_the_load(question, [], [1.0] * 100)
    assert (told.verdict, told.value) == ("Inconclusive", None)
    assert "during low" in told.message


def test_each_window_needs_enough_requests_for_the_percentile() -> None:
    told = of_the_load(LATENCY, [1.0] * 19, [1.0] * 100)
    assert (
        told.message == "it: no answer: during low: 19 requests are too few for this percentile; it takes 20"
    )


def test_of_a_query_the_means_are_compared() -> None:
    told = of_prometheus(samples(90, 110), samples(100, 100, 160))
    assert (told.verdict, told.value, told.samples) == ("Passed", "120% (120, 100 during low)", 5)
    assert of_prometheus(samples(90, 110), samples(100, 100, 161)).verdict == "Failed"


@pytest.mark.parametrize(("strange", "bounds"), [(-math.inf, {}), (math.inf, {"max": None, "min": "90%"})])
def test_what_is_not_finite_is_no_share_of_anything(strange: float, bounds: dict[str, Any]) -> None:
    told = of_prometheus(samples(100), samples(100, strange), **bounds)
    assert told.message == f"it: no answer: {strange:g} is nothing to compare"


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (None, "was not asked"),
        (Answer(error="503"), "503"),
        (Answer(), "no data"),
        (samples(1, math.nan), "NaN"),
        (samples(0, 0), "nothing to compare with"),
        (samples(-5), "nothing to compare with"),
        (samples(math.inf), "nothing to compare with"),
    ],
)
def test_what_cannot_be_compared_with_is_no_answer(before: Answer | None, words: str) -> None:
    told = of_prometheus(before, samples(5))
    assert told.verdict == "Inconclusive"
    assert words in told.message


positive = st.floats(1e-3, 1e6)


@settings(deadline=None)
@given(positive, positive)
def test_the_share_is_not_rounded_before_it_is_judged(before: float, after: float) -> None:
    verdict = of_prometheus(samples(before), samples(after)).verdict
    assert (verdict == "Passed") == (after / before <= 1.2)
