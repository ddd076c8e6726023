"""A check of the whole run beside a search: of the stages and of what is sustained, not of overload on purpose."""

from typing import Any

import pytest

from stresscampaigns.api.load_result import CapacityResult, LoadResult, RequestStats
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from stresscampaigns.core.observation import Answer
from stresscampaigns.core.saturation.uses import Line, Sample, Use
from tests.unit.core.builders import T0, check
from tests.unit.core.capacity.trials import found, trial, trial_windows
from tests.unit.core.measurements import evidence, requests, result, windows

GOOD, BAD = [requests([10.0] * 100)], [requests([900.0] * 100, failed=50)]
LOWER, ABOVE = (5, 6), 4
"""Trials of 60 users, the lower bound, and of 70."""
COUNTED: list[dict[str, Any]] = [
    {"error_rate": {}, "max": "1%"},
    {"latency": {"percentile": 50}, "max": "100ms"},
    {"throughput": {}, "min": 2},
]
by_kind = pytest.mark.parametrize("question", COUNTED, ids=lambda one: next(iter(one)))


def load(
    trials: dict[int, list[RequestStats]], search: CapacityResult | None = None, **stages: list[RequestStats]
) -> LoadResult:
    """Where nothing is said, all is well."""
    counted = [*windows({"low": GOOD, "high": GOOD, **stages}), *trial_windows(trials, GOOD)]
    return result(windows=counted, capacity=search or found(), finished=T0 + 240.0)


def asked(measured: LoadResult, **question: Any) -> CheckResult:
    return judge(check(**question), evidence(result=measured))


@by_kind
def test_what_broke_above_the_lower_bound_is_no_failure_of_the_run(question: dict[str, Any]) -> None:
    assert asked(load({ABOVE: BAD}, whole=BAD), **question).verdict == "Passed"


@by_kind
@pytest.mark.parametrize("number", LOWER)
def test_what_broke_in_any_trial_at_the_lower_bound_is_one(question: dict[str, Any], number: int) -> None:
    bad = [requests([900.0] * 30, failed=15)]
    told = asked(load({number: bad}), **question)
    assert told.verdict == "Failed"
    assert f"in trial {number} breaks" in told.message


@by_kind
def test_what_broke_in_the_stages_is_one(question: dict[str, Any]) -> None:
    bad = [requests([900.0] * 100, failed=60)]
    told = asked(load({}, low=bad, high=bad), **question)
    assert (told.verdict, "in the stages breaks" in told.message) == ("Failed", True)


@by_kind
def test_a_stage_that_is_asked_for_is_judged_alone(question: dict[str, Any]) -> None:
    throughput = {"min": 1} if "throughput" in question else {}
    told = asked(load({5: BAD}, low=BAD), **(question | throughput), during="high")
    assert (told.verdict, told.window) == ("Passed", "during high")


def test_the_answer_is_that_of_the_last_trial_at_the_lower_bound_and_says_where_it_looked() -> None:
    told = asked(load({6: [requests([20.0] * 100)]}), latency={"percentile": 95}, max="1s")
    assert (told.value, told.window) == ("20.02ms", "stages, 2 trials at 60 users")
    assert told.message == "it: 20.02ms in trial 6 keeps <= 1s"


def test_a_trial_without_an_answer_is_no_pass() -> None:
    few = [requests([10.0] * 5)]
    assert asked(load({5: few}), latency={"percentile": 95}, max="1s").verdict == "Inconclusive"


def test_where_even_the_lowest_load_broke_it_the_check_has_failed() -> None:
    lowest = found(trial(10, passed=False), lower=None, upper=10)
    told = asked(load({1: BAD}, lowest), error_rate={}, max="1%")
    assert (told.verdict, told.window) == ("Failed", "stages, 1 trial at 10 users")


def test_where_no_load_was_confirmed_the_highest_that_held_tells() -> None:
    unconfirmed = found(*found().trials[:5], lower=None)
    assert asked(load({5: BAD}, unconfirmed), error_rate={}, max="1%").verdict == "Failed"
    assert asked(load({3: BAD}, unconfirmed), error_rate={}, max="1%").verdict == "Passed"


def answers(**values: float) -> dict[str, Answer]:
    parts = {"stages:all": 0.5} | {f"trial:{number}": 0.5 for number in range(1, 7)} | values
    return {f"it/{part}": Answer((value,), covered=1.0) for part, value in parts.items()}


@pytest.mark.parametrize(
    ("where", "verdict"),
    [
        ({}, "Passed"),
        ({"trial:4": 2.0}, "Passed"),
        ({"trial:6": 2.0}, "Failed"),
        ({"stages:all": 2.0}, "Failed"),
    ],
)
def test_a_query_is_judged_where_the_load_is_sustained(where: dict[str, float], verdict: str) -> None:
    known = evidence(result=load({}), answers=answers(**where))
    assert judge(check(query="max(x)", max=1), known).verdict == verdict


@pytest.mark.parametrize(("full", "verdict"), [(70, "Passed"), (110, "Failed"), (30, "Failed")])
def test_a_resource_is_judged_where_the_load_is_sustained(full: int, verdict: str) -> None:
    """In second 70 there is the trial that fails; the stages last to second 40 here, the last trial to 120."""
    samples = tuple(Sample(float(t), 10.0 if t == full else 1.0, 10.0) for t in range(121))
    search = found(*(trial(one.users, round(one.start)) for one in found().trials))
    measured = load({}, search).model_copy(update={"finished": T0 + 120.0})
    known = evidence(result=measured, uses=[Use("cpu", (Line(None, "", samples),))])
    short = known.template.load.model_copy(update={"stages": known.template.load.course[:1]})
    known = evidence(
        template=known.template.model_copy(update={"load": short, "faults": None}),
        result=known.result,
        uses=known.uses,
    )
    assert judge(check(saturation={"resource": "cpu"}, max="90%"), known).verdict == verdict


def test_without_a_search_the_whole_run_is_the_whole_run() -> None:
    whole = result(windows=windows({"whole": BAD}))
    told = judge(check(error_rate={}, max="1%"), evidence(result=whole))
    assert (told.verdict, told.window) == ("Failed", "whole run")
