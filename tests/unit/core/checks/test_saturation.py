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


def test_a_bound_of_90_times_the_limit_is_no_bound() -> None:
    told = asked(pool(8), max=90)
    assert told.verdict == "Inconclusive"
    assert told.message.endswith("90 is no bound of a saturation check: write a ratio, like 5%")


@pytest.mark.parametrize("nothing", [History(), History(error="503")])
def test_without_data_there_is_no_answer(nothing: History) -> None:
    assert asked(nothing).verdict == "Inconclusive"


def test_a_resource_that_was_not_looked_at_has_no_answer() -> None:
    assert asked(pool(1), "another").verdict == "Inconclusive"


@pytest.mark.parametrize(("during", "verdict"), [("low", "Passed"), ("high", "Failed")])
def test_a_stage_can_be_asked_for_alone(during: str, verdict: str) -> None:
    assert asked(pool(lambda t: 8 if t >= 60 else 1), during=during).verdict == verdict


def test_the_time_after_a_fault_can_be_asked_for_alone() -> None:
    assert asked(pool(lambda t: 8 if t < 60 else 1), after="cut").verdict == "Passed"
    assert asked(pool(lambda t: 1 if t < 60 else 8), after="cut").verdict == "Failed"


def test_a_load_that_took_longer_than_planned_is_looked_at_to_its_end() -> None:
    wanted, used = (
        check(saturation={"resource": "db-pool"}, max="90%"),
        pool(lambda t: 8 if t == 105 else 1, range(111)),
    )
    known = evidence(
        result=result(finished=T0 + 110), uses=[use("db-pool", used=used, limit=pool(8, range(111)))]
    )
    assert judge(wanted, known).verdict == "Failed"


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


def test_what_kubernetes_measures_is_there_though_the_target_was_not_scraped() -> None:
    wanted, silences = (
        check(saturation={"resource": "memory"}, max="90%", during="cut"),
        ((T0 + 45, T0 + 74),),
    )
    uses = [replace(use("db-pool", used=pool(1)), name="memory")]
    assert judge(wanted, evidence(template=TEMPLATE, uses=uses, silences=silences)).verdict == "Passed"


def remembered(kills: tuple[float, ...], resource: str = "memory", **question: Any) -> CheckResult:
    """Memory that was seen at half of its limit all the time."""
    wanted = check(saturation={"resource": resource}, **({"max": "90%"} | question))
    known = [replace(use("db-pool", used=pool(4)), name=resource)]
    return judge(wanted, evidence(template=TEMPLATE, result=RESULT, uses=known, oom_kills=kills))


def test_a_container_that_was_killed_for_its_memory_had_reached_its_limit_though_no_sample_shows_it() -> None:
    told = remembered((T0 + 30,))
    assert (told.verdict, told.value, told.source) == ("Failed", "100%", "Kubernetes")
    assert told.message == (
        "it: a container was OOM-killed 30s into the load: it had reached its limit whole run, above 90%"
    )
    assert remembered((T0 + 30,), during="low").verdict == "Failed"
    assert remembered((T0 + 30, T0 + 39.5), during="low").verdict == "Failed"


@pytest.mark.parametrize(
    ("kill", "question"),
    [
        (T0 - 60, {}),
        (T0 + 130, {}),
        (T0 + 70, {"during": "low"}),
        (T0 + 30, {"max": "100%"}),
        (T0 + 30, {"max": None, "min": "10%"}),
        (T0 + 30, {"resource": "cpu"}),
    ],
    ids=["before", "after", "in another stage", "the limit is allowed", "no upper bound", "not memory"],
)
def test_a_kill_of_another_time_or_resource_breaks_no_bound(kill: float, question: dict[str, Any]) -> None:
    assert remembered((kill,), **question).verdict == "Passed"


def test_a_kill_that_may_have_been_in_the_window_is_no_pass() -> None:
    """Kubernetes cuts moments to whole seconds."""
    assert remembered((T0 + 39.5,), during="low").verdict == "Inconclusive"
    assert remembered((T0 + 39.5,), during="high").verdict == "Inconclusive"
