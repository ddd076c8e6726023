"""A search in which the generator was at its limit: what was counted meanwhile decides nothing."""

from typing import Any

import pytest

from stresscampaigns.api.load_result import CapacityResult, LoadResult
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import T0, check, template
from tests.unit.core.capacity.trials import TRIALS, trial_windows, void
from tests.unit.core.measurements import ended_pod, evidence, fault_record, requests, result, seconds, windows
from tests.unit.core.recovery.watches import harm, watch

STRAINED = "load-0 used 93% of its core"
COUNTED: list[dict[str, Any]] = [
    {"error_rate": {}, "max": "1%"},
    {"latency": {"percentile": 50}, "max": "1s"},
    {"throughput": {}, "max": 2},
]


def searched(strained: str = STRAINED, **changes: Any) -> LoadResult:
    """A load whose stages are over at second 100, and a search after them."""
    trials = [void(64, 110), *TRIALS]
    found = CapacityResult(lower=60, upper=70, complete=True, trials=trials, strained=strained)
    return result(capacity=found, **changes)


def verdict(measured: LoadResult, **question: Any) -> str:
    return judge(check(**question), evidence(result=measured)).verdict


@pytest.mark.parametrize("question", COUNTED, ids=lambda one: next(iter(one)))
def test_what_was_counted_in_void_trials_and_between_trials_decides_nothing(question: dict[str, Any]) -> None:
    bad, good = [requests([5000.0] * 100, failed=50)], [requests([10.0] * 19)]
    measured = searched(windows=[*windows({"whole": bad}), *trial_windows({1: bad}, good)])
    assert verdict(measured, **question) == "Passed"


@pytest.mark.parametrize("question", COUNTED[:2], ids=lambda one: next(iter(one)))
@pytest.mark.parametrize("where", [{"during": "high"}, {"during": "cut"}, {"after": "cut"}])
def test_a_check_on_a_stage_or_a_fault_has_its_answer(
    question: dict[str, Any], where: dict[str, str]
) -> None:
    assert verdict(searched(), **question, **where) == "Passed"


def test_the_capacity_has_its_answer_from_the_trials_that_count() -> None:
    assert verdict(searched(), capacity={}, min=20) == "Passed"
    assert verdict(searched(), capacity={}, min=80) == "Failed"


@pytest.mark.parametrize(("strained", "says"), [(STRAINED, "Inconclusive"), ("", "Failed")])
def test_a_recovery_that_only_the_search_could_show_is_not_known(strained: str, says: str) -> None:
    """Broken to the end of the stages, and for 10 s of the search."""
    late = seconds("+" * 51 + "-" * 59 + "+" * 10)
    measured = searched(strained, seconds=late)
    assert verdict(measured, recovery={"fault": "cut"}, max="45s") == says


@pytest.mark.parametrize("stages", ["+" * 100, "+" * 51 + "-" * 10 + "+" * 39], ids=["stays good", "heals"])
def test_what_a_search_breaks_on_purpose_is_no_faults_doing(stages: str) -> None:
    measured = searched("", seconds=seconds(stages + "+" * 20 + "-" * 20))
    assert verdict(measured, recovery={"fault": "cut"}, max="45s") == "Passed"


@pytest.mark.parametrize(("at", "says"), [(90, "Failed"), (110, "Passed")])
@pytest.mark.parametrize("kind", ["restarts", "containment"])
def test_pods_that_a_search_overloads_are_no_faults_doing(kind: str, at: float, says: str) -> None:
    over = watch(harm("Restarted", at, groups=["target", "neighbour:api"]), looked_at=T0 + 360)
    neighbours = [{"name": "api", "selector": {"match_labels": {"app": "api"}}}]
    known = evidence(
        result=searched("", finished=T0 + 400), watch=over, template=template(neighbours=neighbours)
    )
    assert judge(check(**{kind: {"fault": "cut"}}, max=0), known).verdict == says


def test_between_trials_nobody_is_there_to_whom_the_service_could_be_bad() -> None:
    paused = seconds("+" * 51 + "-" * 49 + "++" + " " * 8 + "+" * 20)
    told = judge(check(recovery={"fault": "cut"}, max="45s"), evidence(result=searched("", seconds=paused)))
    assert (told.verdict, told.value) == ("Passed", "40s")


def test_a_recovery_within_the_stages_is_known() -> None:
    late = seconds("+" * 51 + "-" * 10 + "+" * 39 + "-" * 20)
    assert verdict(searched(seconds=late), recovery={"fault": "cut"}, max="45s") == "Passed"


def test_what_stayed_good_to_the_end_of_the_stages_is_not_broken_by_the_search() -> None:
    """Two seconds after the fault are too few to say that all is well; what is broken on purpose says no more."""
    late = [fault_record(ended_pod(ended_at=T0 + 98))]
    measured = searched("", seconds=seconds("+" * 120 + "-" * 20))
    told = judge(check(recovery={"fault": "cut"}, max="20s"), evidence(result=measured, faults=late))
    assert told.verdict == "Inconclusive"
    assert told.message.endswith("no second was bad, allowed are 20s: let the load go on for longer")
