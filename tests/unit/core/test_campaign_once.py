"""Law 4: at most once, never lost. However often a campaign is looked at, and whatever dies in between."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.status import SlotOutcome
from stresscampaigns.core.campaign_status import campaign_status
from stresscampaigns.core.campaigns import CampaignView, RunView, plan_runs
from stresscampaigns.core.clocktime import from_rfc3339
from tests.unit.core.orders import CREATED, order

STEP = 600.0


@dataclass
class Life:
    """A campaign, all that was ever made for it, and every outcome that was written down."""

    campaign: CampaignView
    now: float = CREATED
    runs: dict[str, RunView] = field(default_factory=dict)
    made: list[tuple[str, float]] = field(default_factory=list)
    noted: list[SlotOutcome] = field(default_factory=list)

    def look(self, dies_before: str | None = None) -> None:
        """One pass over the campaign; the operator may die before it creates, or before it writes."""
        plan = plan_runs(self.campaign, list(self.runs.values()), self.now)
        if dies_before == "creating":
            return
        if plan.run:
            assert not any(not run.finished for run in self.runs.values()), "two runs at a time"
            self.made.append((plan.run.name, plan.run.intended))
            self.runs[plan.run.name] = RunView(plan.run.name, plan.run.intended, finished=False)
        if dies_before == "writing":
            return
        status = campaign_status(self.campaign, plan, list(self.runs.values()), self.now)
        self.noted += plan.slots
        self.campaign = replace(self.campaign, status=status)

    def end_runs(self) -> None:
        """Whatever is active comes to its end."""
        self.runs = {name: replace(run, finished=True) for name, run in self.runs.items()}

    def change(self, **changes: Any) -> None:
        """Somebody edits the campaign."""
        self.campaign = replace(self.campaign, **changes)


STEPS = st.one_of(
    st.just(("look", None)),
    st.sampled_from([("look", "creating"), ("look", "writing"), ("end", None)]),
    st.tuples(st.just("wait"), st.floats(1, 1.3 * STEP)),
    st.tuples(st.just("ask"), st.sampled_from("abc")),
    st.tuples(st.just("edit"), st.booleans()),
)


def live(life: Life, steps: list[tuple[str, Any]]) -> None:
    for kind, value in [*steps, ("look", None)]:
        match kind:
            case "look":
                life.look(dies_before=value)
            case "end":
                life.end_runs()
            case "wait":
                life.now += value
            case "ask":
                life.change(run_now=value)
            case "edit":
                spec = life.campaign.spec.model_copy(update={"suspend": value})
                life.change(spec=spec, generation=life.campaign.generation + 1)


@settings(deadline=None, max_examples=150)
@given(st.lists(STEPS, max_size=15), st.sampled_from(["*/10 * * * *", None]))
def test_no_run_is_ever_made_twice_and_never_two_at_a_time(
    steps: list[tuple[str, Any]], schedule: str | None
) -> None:
    life = Life(order(schedule=schedule))
    live(life, steps)
    names = [name for name, _ in life.made]
    assert len(names) == len(set(names))


@settings(deadline=None, max_examples=150)
@given(st.lists(STEPS, max_size=15), st.sampled_from([60, 3600]))
def test_every_slot_is_noted_once_and_none_in_between_is_lost(
    steps: list[tuple[str, Any]], deadline: int
) -> None:
    life = Life(order(schedule="*/10 * * * *", starting_deadline_seconds=deadline))
    live(life, [("look", None), *steps])
    slots = [CREATED - 9 * 60, *(from_rfc3339(slot.time) for slot in life.noted)]
    assert all(later - earlier == STEP for earlier, later in pairwise(slots))


@settings(deadline=None, max_examples=150)
@given(st.lists(STEPS, max_size=15))
def test_a_slot_that_ran_names_a_run_that_was_made_for_it(steps: list[tuple[str, Any]]) -> None:
    life = Life(order(schedule="*/10 * * * *"))
    live(life, steps)
    ran = {(slot.run, from_rfc3339(slot.time)) for slot in life.noted if slot.outcome == "Ran"}
    assert ran <= set(life.made)
