"""Whatever becomes of a bad revision and of its operators, it is gone in the end, or it is told who changed it."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.run import FaultPod
from stresscampaigns.core.deployments import Deployment
from stresscampaigns.core.rollout import PATIENCE, rollout_step
from tests.unit.core.builders import FAULT_END, FAULT_START
from tests.unit.core.rollouts import (
    AGENTS,
    CHOSEN,
    after,
    asked,
    bad_pod,
    deployment,
    look,
    other_image,
)


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
