"""A PromQL expression over a window: every sample keeps the threshold, and there are samples."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from stresscampaigns.core.checks.query import between, stretches
from stresscampaigns.core.observation import Answer
from stresscampaigns.core.saturation.questions import Question
from tests.unit.core.builders import CUT, T0, check, template
from tests.unit.core.capacity.trials import found, trial, void
from tests.unit.core.measurements import evidence, result

TEMPLATE, RESULT = template(), result()


def asked(answer: Answer | None, **question: Any) -> CheckResult:
    wanted = check(**({"query": "max(x)", "max": "0.9"} | question))
    answers = {} if answer is None else {"it": answer}
    return judge(wanted, evidence(template=TEMPLATE, result=RESULT, answers=answers))


def samples(*values: float, covered: float = 1.0) -> Answer:
    return Answer(values, covered)


@pytest.mark.parametrize(
    ("highest", "verdict"),
    [(math.nextafter(0.9, 0), "Passed"), (0.9, "Passed"), (math.nextafter(0.9, 1), "Failed")],
)
def test_one_sample_above_the_threshold_is_enough_to_fail(highest: float, verdict: str) -> None:
    assert asked(samples(0.1, highest, 0.2)).verdict == verdict


def test_the_answer_names_the_worst_sample_the_threshold_and_how_many_there_were() -> None:
    told = asked(samples(0.1, 0.95, 0.92))
    assert (told.message, told.samples) == ("it: 0.95 whole run breaks <= 0.9", 3)


def test_of_samples_that_keep_a_lower_bound_the_lowest_is_told() -> None:
    told = asked(samples(7, 5, 6), max=None, min=5)
    assert (told.verdict, told.value) == ("Passed", "5")


def test_of_two_bounds_the_sample_that_breaks_one_is_told() -> None:
    told = asked(samples(2, 0.5, 3), min=1, max=4)
    assert (told.verdict, told.message) == ("Failed", "it: 0.5 whole run breaks >= 1, <= 4")


def test_seconds_are_shown_as_their_threshold_was_written() -> None:
    assert asked(samples(0.25), max="300ms").value == "250ms"


def test_a_ratio_is_shown_as_its_threshold_was_written() -> None:
    assert asked(samples(0.5), max="60%").value == "50%"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "was not asked"),
        (Answer(error="prometheus could not be asked: 503"), "503"),
        (samples(), "no data"),
        (samples(0.1, math.nan), "NaN"),
        (samples(0.1, math.inf), "infinity"),
        (samples(0.1, covered=0.94), "only 94% of the window"),
        (samples(0.1, covered=math.nan), "only"),
    ],
)
def test_where_data_is_missing_there_is_no_answer(answer: Answer | None, words: str) -> None:
    told = asked(answer)
    assert (told.verdict, told.value) == ("Inconclusive", None)
    assert words in told.message


def test_nearly_the_whole_window_is_enough() -> None:
    assert asked(samples(0.1, covered=0.95)).verdict == "Passed"


def test_what_was_scraped_before_the_window_tells_nothing_of_it() -> None:
    """The window `cut` is from 50s to 60s; the fault that it is of may have broken what nobody has seen."""
    answers = {"it": samples(0.1), "it/low": samples(0.1)}
    silent = evidence(template=TEMPLATE, answers=answers, silences=((T0 + 45, T0 + 74),))
    told = judge(check(query="max(x)", max=1, during="cut"), silent)
    assert (told.verdict, "scraped nothing" in told.message) == ("Inconclusive", True)
    drift = check(query="max(x)", max="120%", during="cut", compared_to="low")
    assert judge(drift, silent).verdict == "Inconclusive"
    assert judge(check(query="max(x)", max=1, during="low"), silent).verdict == "Passed"


def test_after_a_fault_that_ends_with_the_load_there_is_nothing_to_look_at() -> None:
    """Prometheus has a value for the one moment, from the fault's own time."""
    to_the_end = template(faults=[{**CUT, "at": "90s", "duration": "10s"}])
    known = evidence(template=to_the_end, answers={"it": samples(0.1)})
    told = judge(check(query="max(x)", max=1, after="cut"), known)
    assert (told.verdict, "the window is empty" in told.message) == ("Inconclusive", True)


def test_numbers_of_the_load_that_cannot_be_trusted_do_not_matter_to_prometheus() -> None:
    wanted = check(query="max(x)", max=1)
    doubtful = evidence(answers={"it": samples(0.5)}, untrusted=("a worker was lost",))
    assert judge(wanted, doubtful).verdict == "Passed"


@settings(deadline=None)
@given(st.lists(st.floats(), min_size=1), st.floats(0, 1))
def test_a_pass_means_that_every_sample_kept_the_threshold(values: list[float], covered: float) -> None:
    if asked(Answer(tuple(values), covered)).verdict == "Passed":
        assert all(value <= 0.9 for value in values)
        assert covered >= 0.95


def test_beside_a_search_the_stages_and_every_trial_that_may_change_a_bound_are_asked_for() -> None:
    trials = (trial(10, 105), void(70, 130), trial(60, 155), trial(200, 180, passed=False))
    searched = result(capacity=found(*trials, trial(70, 205, passed=False)))
    whole, low = check(query="max(x)", max=1), check(query="max(x)", max=1, during="low")
    assert stretches(template(), whole, searched) == {
        "it/stages:all": (0, 100),
        "it/trial:1": (105, 125),
        "it/trial:3": (155, 175),
        "it/trial:5": (205, 225),
    }
    assert stretches(template(), low, searched) == {"it": (0, 40)}
    assert stretches(template(), whole, result(finished=T0 + 103.0)) == {"it": (0, 100)}


def test_what_a_number_is_compared_to_is_asked_for_under_a_name_of_its_own() -> None:
    drift = check(query="max(x)", max="120%", during="high", compared_to="low")
    assert stretches(template(), drift, None) == {"it": (40, 100), "it/low": (0, 40)}


@pytest.mark.parametrize(
    ("bounds", "queries"),
    [
        ({"max": 1}, ["max_over_time((alerts\n)[4s:1s])"]),
        ({"max": None, "min": 1}, ["min_over_time((alerts\n)[4s:1s])"]),
        ({"max": 9, "min": 1}, ["max_over_time((alerts\n)[4s:1s])", "min_over_time((alerts\n)[4s:1s])"]),
        ({"max": "120%", "during": "high", "compared_to": "low"}, []),
    ],
)
def test_what_lies_between_long_steps_is_asked_for_too_but_nothing_before_the_window(
    bounds: dict[str, Any], queries: list[str]
) -> None:
    asked = Question("alerts", T0, T0 + 3600, 4)
    found = between(check(**({"query": "alerts"} | bounds)), asked)
    assert found == [Question(query, T0 + 4, T0 + 3600, 4) for query in queries]
    assert between(check(query="alerts", max=1), Question("alerts", T0, T0 + 100, 1)) == []


@pytest.mark.parametrize(
    "answer",
    [samples(), samples(0.1, covered=0.3), Answer((0.1,), 1.0, partial="the series {} for only 30%")],
    ids=["none", "some", "of one series some"],
)
def test_where_there_is_little_of_a_rate_it_is_said_how_long_its_range_should_be(answer: Answer) -> None:
    """Prometheus that scrapes every 15 s has two samples in the last 15 s now and then, or never."""
    told = asked(answer, query="max(rate(errors_total[15s])) + max_over_time(x[1m:5s])")
    assert told.message.endswith(
        "; a rate over `[15s]` takes two scrapes: let it be four scrape intervals long"
    )
    assert "two scrapes" not in asked(answer, query='max(x{a="[b]"})').message


@pytest.mark.parametrize(
    ("bound", "verdict"),
    [({"max": "0.9"}, "Failed"), ({"max": None, "min": 1}, "Inconclusive")],
    ids=["too much", "too little"],
)
def test_too_much_that_was_seen_fails_whatever_was_not_seen_of_others(
    bound: dict[str, Any], verdict: str
) -> None:
    partial = "series of other pods of the target, and none of b"
    assert asked(Answer((0.5, 0.95), 1.0, partial=partial), **bound).verdict == verdict


def test_a_series_that_vanished_half_way_gives_no_answer_though_others_cover_the_window() -> None:
    told = asked(Answer((0.1,), 1.0, partial='the series {pod="b"} for only 50% of the window'))
    assert told.verdict == "Inconclusive"
    assert '{pod="b"} for only 50%' in told.message


def test_of_two_bounds_both_are_to_be_kept() -> None:
    for values, verdict in (((0.5, 0.7), "Passed"), ((0.5, 0.95), "Failed"), ((0.1, 0.7), "Failed")):
        wanted = check(query="max(x)", min="0.2", max="0.9")
        assert judge(wanted, evidence(answers={"it": Answer(values, covered=1.0)})).verdict == verdict
