"""A bad revision: when it is rolled out, when back, and what is said of its end."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.run import FaultPod
from stresscampaigns.core.actions import RollBack, RollOut
from stresscampaigns.core.deployments import Deployment, Template
from stresscampaigns.core.rollout import AHEAD, MOST_LATE, NEVER_LATER, PATIENCE, rollout_step
from tests.unit.core.builders import FAULT_END, FAULT_START
from tests.unit.core.rollouts import (
    AGENTS,
    ASKED,
    CHOSEN,
    CLOSED,
    GONE,
    OUT,
    RUN,
    after,
    asked,
    bad_pod,
    deployment,
    look,
    other_image,
    rolled_out,
)

WITHOUT_NOTE = replace(rolled_out(), rollback=None)


def images(found: Deployment) -> list[str]:
    return [one.image for one in found.template.containers]


def test_at_its_time_it_is_rolled_out_with_what_was_there_before_noted() -> None:
    pod, (action,) = rollout_step(CHOSEN, look(deployment(), FAULT_START))
    assert pod == CHOSEN
    assert isinstance(action, RollOut)
    note = action.rollback
    assert (note.run, note.fault, note.at, note.deadline) == (RUN, "bad", FAULT_START, FAULT_END)
    assert (note.container, note.image) == ("agents", None)
    assert [(one.name, one.before, one.after) for one in note.env] == [
        ("URL", dict(AGENTS.env[1]), "http://nowhere")
    ]
    assert rollout_step(CHOSEN, look(deployment(), FAULT_START - 0.01)) == (CHOSEN, ())


def test_it_is_in_force_from_the_moment_that_its_note_tells() -> None:
    pods = [bad_pod("a"), bad_pod("b"), bad_pod("c", began=False)]
    pod, actions = rollout_step(CHOSEN, look(rolled_out(), FAULT_START + 3, *pods))
    assert (pod.injected_at, pod.harmed, pod.unit) == (FAULT_START, 2, "pods of the bad revision")
    assert (pod.outcome, actions) == (None, ())


def test_pods_of_the_bad_revision_that_are_gone_again_still_count() -> None:
    pod, _ = rollout_step(OUT, look(rolled_out(), FAULT_START + 5, bad_pod("a")))
    assert pod.harmed == 2


def test_at_its_end_it_is_rolled_back_once_that_is_written_down() -> None:
    told, actions = rollout_step(OUT, look(rolled_out(), FAULT_END - AHEAD))
    assert (told.asked_at, actions) == (FAULT_END - AHEAD, ())
    assert rollout_step(told, look(rolled_out(), FAULT_END - 0.01)) == (told, ())
    again, (action,) = rollout_step(told, look(rolled_out(), FAULT_END))
    assert again == told
    assert isinstance(action, RollBack)
    assert after(rolled_out(), [action]).template == deployment().template


def test_its_end_is_proven_by_the_controller_that_has_seen_it() -> None:
    back = replace(deployment(), generation=5, observed_generation=4)
    assert rollout_step(ASKED, look(back, FAULT_END + 1)) == (ASKED, ())
    ended, _ = rollout_step(ASKED, look(replace(back, observed_generation=5), FAULT_END + 2))
    assert (ended.outcome, ended.ended_at, ended.message) == ("Ended", FAULT_END + 2, None)
    lost, _ = rollout_step(ASKED, look(back, FAULT_END + PATIENCE + 0.1))
    assert (lost.outcome, lost.message) == (
        "Lost",
        "rolled back, but the Deployment's controller has not seen it",
    )


@pytest.mark.parametrize("over", [False, True])
def test_one_that_somebody_paused_is_rolled_back_and_its_pods_stay_which_is_told(over: bool) -> None:
    paused = replace(deployment(), generation=5, observed_generation=5, paused=True, updated=1)
    pod, _ = rollout_step(ASKED, look(paused, FAULT_END + 1, over=over))
    assert (pod.outcome, pod.ended_at) == ("Lost", None)
    assert "`kubectl rollout resume deployment/agents`" in (pod.message or "")


def test_what_its_controller_has_not_seen_of_a_paused_one_is_nobodys_proof() -> None:
    unseen = replace(deployment(), generation=5, observed_generation=4, paused=True)
    assert rollout_step(ASKED, look(unseen, FAULT_END + 1)) == (ASKED, ())
    pod, _ = rollout_step(ASKED, look(unseen, FAULT_END + 1, over=True))
    assert pod.outcome == "Lost"


def test_a_paused_one_without_pods_of_the_bad_revision_has_ended() -> None:
    paused = replace(deployment(), generation=5, observed_generation=5, paused=True)
    pod, _ = rollout_step(ASKED, look(paused, FAULT_END + 1))
    assert pod.outcome == "Ended"


def test_an_operator_that_comes_back_late_finds_it_by_its_note_and_rolls_it_back() -> None:
    pod, _ = rollout_step(CHOSEN, look(rolled_out(), FAULT_END + 100))
    assert (pod.injected_at, pod.outcome) == (FAULT_START, None)
    again, (action,) = rollout_step(pod, look(rolled_out(), FAULT_END + 101))
    ended, _ = rollout_step(again, look(after(rolled_out(), [action]), FAULT_END + 102))
    assert (ended.outcome, ended.ended_at) == ("Ended", FAULT_END + 102)


def test_what_cannot_be_rolled_back_is_told_with_what_to_do_and_tried_on() -> None:
    pod, (action,) = rollout_step(ASKED, look(rolled_out(), FAULT_END + PATIENCE + 0.1))
    assert pod.outcome == "Lost"
    assert "by hand: `kubectl rollout undo deployment/agents`" in (pod.message or "")
    assert isinstance(action, RollBack)
    assert rollout_step(pod, look(rolled_out(), FAULT_END + 100)) == (pod, (action,))


def test_somebody_elses_change_of_it_ends_it_and_stays() -> None:
    (main,) = rolled_out().template.containers
    theirs = replace(main, env=(*main.env[:-1], {"name": "URL", "value": "http://new"}))
    found = asked(rolled_out(), replace(rolled_out().template, containers=(theirs,)), rolled_out().rollback)
    told, none = rollout_step(OUT, look(found, FAULT_START + 4))
    assert none == ()
    again, (action,) = rollout_step(told, look(found, FAULT_START + 4.1))
    back = after(found, [action])
    assert back.template == Template((theirs,))
    lost, _ = rollout_step(again, look(back, FAULT_START + 4.6))
    assert (lost.outcome, lost.ended_at) == ("Lost", FAULT_START + 4.6)
    assert lost.message == "somebody else changed env URL of Deployment agents; that was left as it is"


def test_somebody_elses_change_of_something_else_is_none_of_its_business() -> None:
    found = other_image(rolled_out())
    assert rollout_step(OUT, look(found, FAULT_START + 4)) == (OUT, ())
    _, (action,) = rollout_step(ASKED, look(found, FAULT_END))
    assert images(after(found, [action])) == ["agents:2"]
    assert after(found, [action]).template.mark is None


@pytest.mark.parametrize(
    ("pod", "found", "now", "words"),
    [
        (OUT, deployment(), FAULT_START + 4, "somebody else rolled Deployment agents back, or changed it"),
        (OUT, deployment(), FAULT_END + 40, "somebody else rolled Deployment agents back, or changed it"),
        (OUT, deployment(uid="u-2"), FAULT_START + 4, "deleted and made anew"),
        (OUT, GONE, FAULT_START + 4, "the Deployment was deleted: there is no Deployment agents"),
        (OUT, WITHOUT_NOTE, FAULT_START + 4, "somebody took the annotation away"),
        (CHOSEN, WITHOUT_NOTE, FAULT_START + 1, "somebody took the annotation away"),
        (
            ASKED,
            CLOSED,
            FAULT_END + PATIENCE + 0.1,
            "nobody can see whether it was rolled back: the operator may",
        ),
    ],
    ids=[
        "undone early",
        "undone unseen",
        "made anew",
        "deleted",
        "without its note",
        "without its note before it was seen",
        "rights taken",
    ],
)
def test_an_end_that_was_not_ours_is_told(pod: FaultPod, found: Any, now: float, words: str) -> None:
    lost, actions = rollout_step(pod, look(found, now))
    assert (lost.outcome, actions) == ("Lost", ())
    assert words in (lost.message or "")


def test_rights_that_are_missing_for_a_while_prove_nothing() -> None:
    assert rollout_step(ASKED, look(CLOSED, FAULT_END + 5)) == (ASKED, ())


@pytest.mark.parametrize("pod", [CHOSEN, OUT], ids=["not seen yet", "in force"])
def test_a_run_that_is_over_ends_it_before_its_time(pod: FaultPod) -> None:
    told, (action,) = rollout_step(pod, look(rolled_out(), FAULT_START + 3, over=True))
    back = after(rolled_out(), [action])
    ended, _ = rollout_step(told, look(back, FAULT_START + 3.2, over=True))
    assert (ended.outcome, ended.message) == ("Aborted", "rolled back before its time")
    assert ended.ended_at == FAULT_START + 3.2


@pytest.mark.parametrize("passed", [-1, NEVER_LATER + 0.1])
def test_a_run_that_is_over_before_it_never_rolls_it_out(passed: float) -> None:
    pod, actions = rollout_step(CHOSEN, look(deployment(), FAULT_START + passed, over=True))
    assert (pod.outcome, pod.message, actions) == ("Aborted", "the run was over before it was rolled out", ())


@pytest.mark.parametrize("passed", [0, NEVER_LATER])
def test_what_may_have_been_asked_for_just_before_the_runs_end_may_still_come(passed: float) -> None:
    assert rollout_step(CHOSEN, look(deployment(), FAULT_START + passed, over=True)) == (CHOSEN, ())
    told, _ = rollout_step(CHOSEN, look(rolled_out(), FAULT_START + passed, over=True))
    _, (action,) = rollout_step(told, look(rolled_out(), FAULT_START + passed, over=True))
    assert isinstance(action, RollBack)


def test_what_comes_too_late_is_not_rolled_out() -> None:
    pod, actions = rollout_step(CHOSEN, look(deployment(), FAULT_START + MOST_LATE + 0.1))
    assert (pod.outcome, actions) == ("Late", ())
    assert "5.1s late" in (pod.message or "")
