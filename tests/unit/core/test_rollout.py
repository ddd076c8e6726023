"""A bad revision: when it is rolled out, when back, what is said of it, and what keeps it from being rolled out."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.run import FaultPod, FaultRecord
from stresscampaigns.core.actions import RollBack, RollOut
from stresscampaigns.core.deployments import Deployment, NoDeployment, Template, TemplateContainer
from stresscampaigns.core.injection import LEAD, TICK, advance
from stresscampaigns.core.observation import LoadView, Pod
from stresscampaigns.core.progress import Decision
from stresscampaigns.core.rollout import (
    AHEAD,
    MOST_LATE,
    PATIENCE,
    Look,
    chosen,
    rollout_step,
    why_not,
)
from stresscampaigns.core.runs import decide
from tests.unit.core.builders import ERRORS, FAULT_END, FAULT_START, ready_pod, run, seen, under_load
from tests.unit.core.measurements import result
from tests.unit.core.rollouts import (
    AGENTS,
    BAD,
    CHOSEN,
    RUN,
    after,
    asked,
    bad_pod,
    deployment,
    fault,
    look,
    rolled_out,
)

GONE = NoDeployment("there is no Deployment agents in namespace staging", gone=True)
CLOSED = NoDeployment("the operator may not")
OUT = CHOSEN.model_copy(update={"injected_at": FAULT_START, "harmed": 2, "unit": "pods of the bad revision"})
ASKED = OUT.model_copy(update={"asked_at": FAULT_END - AHEAD})
WITHOUT_NOTE = replace(rolled_out(), rollback=None)
BESIDE = TemplateContainer("beside", "beside:1")

OTHERS_NOTE = (rolled_out().rollback or "").replace(RUN, "uid-other")


def images(found: Deployment) -> list[str]:
    return [one.image for one in found.template.containers]


def other_image(found: Deployment) -> Deployment:
    """Somebody deploys another one."""
    (main,) = found.template.containers
    newest = replace(found.template, containers=(replace(main, image="agents:2"),))
    return asked(found, newest, found.rollback)


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
        (
            ASKED,
            CLOSED,
            FAULT_END + PATIENCE + 0.1,
            "nobody can see whether it was rolled back: the operator may",
        ),
    ],
    ids=["undone early", "undone unseen", "made anew", "deleted", "without its note", "rights taken"],
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


def test_a_run_that_is_over_before_it_never_rolls_it_out() -> None:
    pod, actions = rollout_step(CHOSEN, look(deployment(), FAULT_START - 1, over=True))
    assert (pod.outcome, pod.message, actions) == ("Aborted", "the run was over before it was rolled out", ())


def test_what_comes_too_late_is_not_rolled_out() -> None:
    pod, actions = rollout_step(CHOSEN, look(deployment(), FAULT_START + MOST_LATE + 0.1))
    assert (pod.outcome, actions) == ("Late", ())
    assert "5.1s late" in (pod.message or "")


IN_THE_WAY: list[tuple[Any, dict[str, Any], str]] = [
    (GONE, {}, "there is no Deployment agents in namespace staging"),
    (CLOSED, {}, "the operator may not"),
    (None, {}, "was not looked at"),
    (deployment(paused=True), {}, "is paused: nothing would be rolled out"),
    (deployment(replicas=0), {}, "has no replicas"),
    (deployment(updated=1), {}, "1 of 3 pods are of the newest revision"),
    (deployment(total=4), {}, "1 pods of an older revision are still there"),
    (deployment(available=2), {}, "2 of 3 pods are available"),
    (deployment(observed_generation=2), {}, "its controller has not seen its newest state"),
    (deployment(rollback=OTHERS_NOTE), {}, "of fault bad of the run with UID uid-other"),
    (deployment(rollback="by hand"), {}, "has the annotation stresscampaigns.dev/rollback already; wait"),
    (deployment(), {"target": {"container": "main"}}, "has no container main, but agents"),
    (deployment(template=Template((AGENTS, BESIDE))), {}, "has containers agents, beside: say which"),
    (deployment(), {"env": {"URL": "http://$(HOST)"}}, "has all that already"),
    (deployment(), {"env": None, "image": "agents:1"}, "has all that already"),
]


@pytest.mark.parametrize(("found", "changes", "words"), IN_THE_WAY, ids=[one[2][:30] for one in IN_THE_WAY])
def test_what_is_in_the_way_is_waited_for_until_its_time_and_then_told(
    found: Any, changes: dict[str, Any], words: str
) -> None:
    asked_for = fault(**changes)
    assert words in (why_not(asked_for, found) or "")
    early, late = (
        Look(RUN, asked_for, found, (), now, FAULT_START, FAULT_END) for now in (FAULT_START - 1, FAULT_START)
    )
    assert chosen(early, None) is None
    refused = chosen(late, None)
    assert refused
    assert (refused.pod, refused.outcome) == ("agents", "Refused")
    assert words in (refused.message or "")
    pod, actions = rollout_step(CHOSEN, late)
    assert (pod.outcome, actions) == ("Refused", ())


def test_one_of_several_containers_can_be_named() -> None:
    found = deployment(template=Template((BESIDE, AGENTS)))
    named = Look(RUN, fault(target={"container": "agents"}), found, (), FAULT_START, FAULT_START, FAULT_END)
    _, (action,) = rollout_step(CHOSEN, named)
    assert isinstance(action, RollOut)
    assert action.rollback.container == "agents"


def test_where_too_many_pods_would_be_hit_it_is_refused() -> None:
    assert chosen(look(deployment(), FAULT_START - 1), "too many") is None
    refused = chosen(look(deployment(), FAULT_START), "too many")
    assert refused
    assert (refused.outcome, refused.message) == ("Refused", "too many")


def advanced(now: float, found: Deployment, pod: FaultPod | None, *pods: Pod) -> Decision:
    """A run that has such a fault, one step further."""
    record = FaultRecord(name="bad", type="BadRollout", pods=[pod] if pod else None)
    window = {"starts_at": FAULT_START, "ends_at": FAULT_END}
    status = under_load(faults=[record.model_copy(update=window)])
    observation = seen(now, deployments={"bad": found}, fault_pods={"bad": pods})
    return advance(run(status, faults=[BAD], checks=[ERRORS]), observation)


def said(decision: Decision) -> list[str]:
    return [one.message for one in decision.said]


def test_in_a_run_it_is_written_down_ahead_of_its_time_and_told_as_what_it_is() -> None:
    scheduled = advanced(FAULT_START - LEAD, deployment(), None, ready_pod("a"))
    assert scheduled.actions == ()
    assert "goes into agents, from 2027-01-15T08:00:50Z" in said(scheduled)[0]
    begun = advanced(FAULT_START + 0.5, rolled_out(), CHOSEN)
    assert said(begun) == ["fault bad is in force in Deployment agents since 2027-01-15T08:00:50Z"]
    ended = advanced(FAULT_END + 1, deployment(), ASKED)
    assert said(ended) == ["fault bad has ended in Deployment agents; 2 pods of the bad revision"]


def test_the_next_look_comes_when_it_is_due_and_at_once_after_what_had_to_be_written_first() -> None:
    assert advanced(FAULT_END - 0.2, rolled_out(), ASKED).wait == pytest.approx(0.2)
    assert advanced(FAULT_START + 3, rolled_out(), OUT).wait == TICK
    assert advanced(FAULT_END + 3, rolled_out(), OUT).wait == 0.0


def test_all_of_its_pods_count_against_the_share_that_may_be_broken() -> None:
    record = FaultRecord(name="bad", type="BadRollout", starts_at=FAULT_START, ends_at=FAULT_END)
    pods = (ready_pod("a"), ready_pod("b"))
    observation = seen(
        FAULT_START, deployments={"bad": deployment()}, fault_pods={"bad": pods}, most_share=0.5
    )
    decision = advance(run(under_load(faults=[record]), faults=[BAD], checks=[ERRORS]), observation)
    ((refused,),) = [one.pods or [] for one in decision.status.faults or []]
    assert refused.outcome == "Refused"
    assert "break 2 of 2 pods at once (a, b)" in (refused.message or "")


def test_in_a_run_that_is_over_it_is_rolled_back_before_the_record_is_made() -> None:
    record = FaultRecord(name="bad", type="BadRollout", pods=[OUT], starts_at=FAULT_START, ends_at=FAULT_END)
    asked_for = run(under_load(verdict="Aborted", faults=[record]), faults=[BAD], checks=[ERRORS])
    load = LoadView(exists=True, result=result())
    decision = decide(asked_for, seen(FAULT_START + 5, load=load, deployments={"bad": rolled_out()}))
    assert [type(one) for one in decision.actions] == [RollBack]
    assert decision.status.record is None


def undone(found: Deployment) -> Deployment:
    """By `kubectl rollout undo`, which puts the annotations of the older revision back, too."""
    return asked(found, deployment().template, None)


def without_note(found: Deployment) -> Deployment:
    return replace(found, rollback=None)


def other_url(found: Deployment) -> Deployment:
    """Somebody changes the very field that we did."""
    (main,) = found.template.containers
    env = tuple({"name": "URL", "value": "http://new"} if one["name"] == "URL" else one for one in main.env)
    return asked(found, replace(found.template, containers=(replace(main, env=env),)), found.rollback)


OTHERS = {one.__name__: one for one in (undone, without_note, other_url, other_image)}


@dataclass
class Drill:
    """One such fault, its Deployment, its record, and operators that die."""

    now: float = FAULT_START
    found: Deployment = field(default_factory=deployment)
    pod: FaultPod = CHOSEN
    changed_by_others: bool = False

    def happens(self, what: str, seconds: float) -> None:
        """A look, or one after which nothing could be written down, or somebody else's doing."""
        self.now += seconds
        if what in OTHERS:
            if self.found.template.mark:  # what happens once it is rolled back is nobody's business here
                self.found, self.changed_by_others = OTHERS[what](self.found), True
        else:
            pod, actions = rollout_step(self.pod, look(self.found, self.now, bad_pod("a")))
            self.found = after(self.found, actions)
            self.pod = self.pod if what == "crash" else pod


happenings = st.tuples(st.sampled_from(["look", "look", "crash", *OTHERS]), st.floats(0.0, 8.0))


@given(st.lists(happenings, max_size=12))
def test_whatever_happens_the_fields_are_as_before_in_the_end_or_it_is_told_who_else_changed_them(
    chapters: list[tuple[str, float]],
) -> None:
    drill = Drill()
    drill.happens("crash", 0.0)
    for what, seconds in chapters:
        if drill.pod.outcome is None:
            drill.happens(what, seconds)
    drill.now = max(drill.now, FAULT_END)
    for _ in range(4):
        drill.happens("look", 0.5)
    for _ in range(2):
        drill.happens("look", PATIENCE)
    (container,) = drill.found.template.containers
    assert drill.pod.outcome is not None
    assert drill.found.rollback is None
    if drill.pod.outcome == "Ended" or not drill.changed_by_others:
        assert container.env == AGENTS.env
        assert drill.found.template.mark is None
    else:
        assert drill.pod.outcome in ("Lost", "Late", "Refused")
        assert drill.pod.message


@given(st.lists(st.tuples(st.sampled_from(["look", "crash"]), st.floats(0.0, 2.0)), max_size=12))
def test_undisturbed_it_ends_by_us_however_often_the_operator_dies(chapters: list[tuple[str, float]]) -> None:
    drill = Drill()
    drill.happens("look", 0.0)
    for what, seconds in chapters:
        drill.happens(what, seconds)
    drill.now = max(drill.now, FAULT_END)
    for _ in range(4):
        drill.happens("look", 0.5)
    assert (drill.pod.outcome, drill.found.template) == ("Ended", deployment().template)
    assert drill.pod.injected_at == FAULT_START
