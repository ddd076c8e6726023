"""A rule on a resource holds when one place's share of its limit was out of bounds all along."""

from typing import Any

import pytest

from stresscampaigns.core.abort_rules import asks_for_pods, questions, unanswered
from stresscampaigns.core.observation import Container, History, LoadView, Observation, Pod, Series
from stresscampaigns.core.progress import Decision
from stresscampaigns.core.runs import decide
from tests.unit.core.builders import T0, run, seen, under_load

MEMORY: dict[str, Any] = {"name": "full", "saturation": {"resource": "memory"}, "above": "90%", "for": "5s"}
POOL: dict[str, Any] = {"name": "pool", "saturation": {"resource": "db-pool"}, "above": "90%", "for": "5s"}
DB_POOL = [{"name": "db-pool", "used": "in_use", "limit": "size"}]
NOW = T0 + 55.7
WHOLE = T0 + 55
LIMITED = Pod("agents-0", "uid", ready=True, containers=(Container("main", memory_limit=200.0),))
UNLIMITED = Pod("agents-0", "uid", ready=True, containers=(Container("main"),))


def series(*values: float, **labels: str) -> Series:
    return Series(labels, tuple((WHOLE - 5 + number, value) for number, value in enumerate(values)))


def of_memory(*values: float) -> Series:
    return series(*values, pod="agents-0", container="main")


def surroundings(answers: dict[str, History], *pods: Pod) -> Observation:
    return seen(NOW, load=LoadView(exists=True), abort_answers=answers, target_pods=pods or (LIMITED,))


def step(rule: dict[str, Any], answers: dict[str, History], *pods: Pod) -> Decision:
    asked = run(under_load(), abort_when=[rule], saturation=DB_POOL, faults=None)
    return decide(asked, surroundings(answers, *pods))


def test_prometheus_is_asked_for_the_pods_that_are_there_at_whole_seconds() -> None:
    asked = run(under_load(), abort_when=[MEMORY, POOL], saturation=DB_POOL, faults=None)
    assert asks_for_pods(asked)
    found = questions(asked, (LIMITED,), NOW)
    assert sorted(found) == ["full/used", "pool/limit", "pool/used"]
    assert 'pod=~"agents\\\\-0"' in found["full/used"].query
    assert {(one.start, one.end, one.step) for one in found.values()} == {(WHOLE - 5, WHOLE, 1)}


def test_a_container_that_was_near_its_limit_all_along_is_the_end() -> None:
    decision = step(MEMORY, {"full/used": History((of_memory(*[190.0] * 6),))})
    assert decision.status.message == (
        "aborted: abort rule full: memory at 95% of its limit in agents-0/main, above 90% for 5s"
    )


def test_a_resource_of_the_services_own_is_laid_beside_its_limit() -> None:
    answers = {"pool/used": History((series(*[10] * 6),)), "pool/limit": History((series(*[10] * 6),))}
    assert step(POOL, answers).status.message == (
        "aborted: abort rule pool: db-pool at 100% of its limit, above 90% for 5s"
    )
    half = step(POOL, {"pool/used": answers["pool/used"]})
    assert (half.status.verdict, half.said) == (None, ())


@pytest.mark.parametrize(
    "values", [[190.0] * 3, [190, 190, 180, 190, 190, 190]], ids=["too short", "once within"]
)
def test_one_that_was_not_all_along_goes_on(values: list[float]) -> None:
    decision = step(MEMORY, {"full/used": History((of_memory(*values),))})
    assert (decision.status.verdict, decision.said) == (None, ())


@pytest.mark.parametrize(
    ("answer", "pod", "words"),
    [
        (History(error="timed out"), LIMITED, "timed out"),
        (History(), LIMITED, "no source"),
        (History((of_memory(*[190.0] * 6),)), UNLIMITED, "no limit is set"),
    ],
)
def test_one_of_which_nothing_can_be_known_ends_nothing_and_is_said_to_be_blind(
    answer: History, pod: Pod, words: str
) -> None:
    decision = step(MEMORY, {"full/used": answer}, pod)
    assert decision.status.verdict is None
    assert [said.reason for said in decision.said] == ["AbortRuleUnanswered"]
    assert words in decision.said[0].message


def test_one_that_has_no_answer_yet_is_not_said_to_be_blind() -> None:
    asked = run(under_load(), abort_when=[MEMORY], faults=None)
    assert unanswered(asked, surroundings({})) == []
