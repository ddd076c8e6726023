"""The highest share of a resource's limit: a sample above the threshold fails, a hole is no answer."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from stresscampaigns.core.observation import History
from tests.unit.core.builders import CUT, T0, check, template
from tests.unit.core.measurements import evidence, result
from tests.unit.core.saturation.histories import history, use

TEMPLATE, RESULT = template(), result()


def asked(used: History, resource: str = "db-pool", **question: Any) -> CheckResult:
    wanted = check(saturation={"resource": resource}, **({"max": "90%"} | question))
    uses = [use("db-pool", used=used)]
    return judge(wanted, evidence(template=TEMPLATE, result=RESULT, uses=uses))


def pool(value: Any, seconds: range = range(101)) -> History:
    return history(value, seconds, app="agents")


@pytest.mark.parametrize(("used", "verdict"), [(7.2, "Passed"), (7.3, "Failed")])
def test_the_highest_share_decides(used: float, verdict: str) -> None:
    assert asked(pool(lambda t: used if t == 50 else 1)).verdict == verdict


def test_the_answer_holds_the_number_and_its_samples() -> None:
    told = asked(pool(4))
    assert (told.value, told.samples, told.source) == ("50%", 101, "Prometheus")


def test_a_hole_is_no_pass_but_what_was_seen_above_the_threshold_fails() -> None:
    assert asked(pool(4, range(60))).verdict == "Inconclusive"
    assert asked(pool(8, range(60))).verdict == "Failed"


def test_what_was_not_seen_may_have_been_more_than_what_was() -> None:
    assert asked(pool(4), max=None, min="60%").verdict == "Failed"
    assert asked(pool(4, range(60)), max=None, min="60%").verdict == "Inconclusive"


@pytest.mark.parametrize("nothing", [History(), History(error="503")])
def test_without_data_there_is_no_answer(nothing: History) -> None:
    assert asked(nothing).verdict == "Inconclusive"


def test_a_resource_that_was_not_looked_at_has_no_answer() -> None:
    assert asked(pool(1), "another").verdict == "Inconclusive"


@pytest.mark.parametrize(("during", "verdict"), [("low", "Passed"), ("high", "Failed")])
def test_a_stage_can_be_asked_for_alone(during: str, verdict: str) -> None:
    assert asked(pool(lambda t: 8 if t >= 60 else 1), during=during).verdict == verdict


@pytest.mark.parametrize("resource", ["db-pool", "memory"])
def test_after_a_fault_that_ends_with_the_load_there_is_nothing_to_look_at(resource: str) -> None:
    to_the_end = template(faults=[{**CUT, "at": "90s", "duration": "10s"}])
    wanted = check(saturation={"resource": resource}, max="90%", after="cut")
    uses = [replace(use("db-pool", used=pool(1)), name=resource)]
    assert judge(wanted, evidence(template=to_the_end, uses=uses)).verdict == "Inconclusive"


@pytest.mark.parametrize("value", [1, 8])
def test_what_was_scraped_before_the_window_tells_nothing_of_it(value: float) -> None:
    wanted = check(saturation={"resource": "db-pool"}, max="90%", during="cut")
    uses, silences = [use("db-pool", used=pool(value))], ((T0 + 45, T0 + 74),)
    assert judge(wanted, evidence(template=TEMPLATE, uses=uses, silences=silences)).verdict == "Inconclusive"
