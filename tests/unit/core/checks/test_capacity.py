"""How many users are sustained?"""

from typing import Any

import pytest

from stresscampaigns.api.load_result import CapacityResult, CapacityTrial
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import check
from tests.unit.core.capacity.trials import void
from tests.unit.core.measurements import evidence, result

TRIAL = CapacityTrial(users=40, start=20, end=50, passed=True, reason="0% failed", throughput=100.0)


def asked(found: CapacityResult | None, **bounds: Any) -> CheckResult:
    wanted = check(**({"capacity": {}, "min": 50} | bounds))
    return judge(wanted, evidence(result=result(capacity=found)))


def bracket(
    lower: int | None, upper: int | None, *notes: str, trials: tuple[CapacityTrial, ...] = (TRIAL,)
) -> CapacityResult:
    return CapacityResult(
        lower=lower, upper=upper, complete=not notes, notes=list(notes), trials=list(trials)
    )


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (50, 52, "Passed"),
        (50, None, "Passed"),
        (47, 49, "Failed"),
        (None, 49, "Failed"),
        (49, 50, "Failed"),
        (49, 51, "Inconclusive"),
        (None, 60, "Inconclusive"),
        (40, None, "Inconclusive"),
    ],
)
def test_only_a_bound_that_was_measured_decides(lower: int | None, upper: int | None, verdict: str) -> None:
    assert asked(bracket(lower, upper)).verdict == verdict


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (40, 50, "Passed"),
        (40, 52, "Inconclusive"),
        (40, None, "Inconclusive"),
        (50, 52, "Inconclusive"),
        (51, 52, "Failed"),
        (51, None, "Failed"),
        (None, 50, "Passed"),
    ],
)
def test_that_it_is_no_more_is_known_from_a_load_that_was_not_sustained(
    lower: int | None, upper: int | None, verdict: str
) -> None:
    assert asked(bracket(lower, upper), min=None, max=50).verdict == verdict


def test_where_nothing_was_measured_no_bound_is_kept_however_low_it_is() -> None:
    assert asked(bracket(None, None), min=0).verdict == "Inconclusive"


def test_the_answer_is_the_confirmed_number() -> None:
    told = asked(bracket(64, 66))
    assert (told.value, told.samples, told.window) == ("64 users", 1, "search")


def test_where_nobody_knows_it_is_said_why() -> None:
    told = asked(bracket(None, 80, "the lower bound was confirmed once, not twice"))
    assert "80 not; the lower bound was confirmed once" in told.message


def test_without_a_search_there_is_no_answer() -> None:
    assert asked(None).verdict == "Inconclusive"


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [(None, None, "Inconclusive"), (40, None, "Inconclusive"), (60, None, "Passed"), (None, 40, "Failed")],
)
def test_where_the_generator_was_the_limit_only_what_was_measured_before_decides(
    lower: int | None, upper: int | None, verdict: str
) -> None:
    told = asked(bracket(lower, upper, "the generator is the limit at 64 users", trials=(TRIAL, void(64))))
    assert told.verdict == verdict
    assert verdict != "Inconclusive" or "the generator is the limit at 64 users" in told.message


def test_trials_that_were_left_out_are_no_samples() -> None:
    assert asked(bracket(64, 66, trials=(void(64), TRIAL, void(66)))).samples == 1


def at(users: int, passed: bool, length: float = 60) -> CapacityTrial:
    return TRIAL.model_copy(update={"users": users, "passed": passed, "end": TRIAL.start + length})


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ([at(47, False)], "Failed"),
        ([at(47, False), at(47, False)], "Failed"),
        ([at(47, False), at(47, True)], "Inconclusive"),
        ([at(47, False, 20), at(47, True)], "Inconclusive"),
        ([at(47, False), at(60, True)], "Inconclusive"),
        ([at(47, True, 20), at(47, False)], "Failed"),
    ],
    ids=["once", "twice", "then held", "then held for longer", "more held", "held for less long"],
)
def test_what_failed_once_and_held_as_long_is_not_known_to_be_too_much(
    more: list[CapacityTrial], verdict: str
) -> None:
    note = "load 47 failed, though it passed"
    told = asked(bracket(45, 47, note, trials=(at(45, True), *more)))
    assert told.verdict == verdict
    assert (note in told.message) == (verdict == "Inconclusive")


def test_where_the_upper_bound_held_once_a_higher_load_that_failed_decides() -> None:
    trials = (at(45, True), at(80, False, 20), at(47, False, 20), at(47, True))
    assert asked(bracket(45, 47, trials=trials), min=79).verdict == "Inconclusive"
    assert asked(bracket(45, 47, trials=trials), min=80).verdict == "Failed"


def test_what_is_sustained_counts_also_where_the_upper_bound_is_contested() -> None:
    trials = (at(45, True), at(47, False), at(47, True))
    assert asked(bracket(45, 47, trials=trials), min=45).verdict == "Passed"
