"""Abort rules: does one hold? Those on requests the load watches itself; the others are judged at every look.

By what: those that ask Prometheus in `abort_queries`, those about a fault in `abort_faults`.
"""

from collections.abc import Iterable, Sequence

from stresscampaigns.api.abort_rule import AbortRule
from stresscampaigns.api.load_events import AbortWanted, Finished, LoadEvent
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core import abort_faults, abort_queries
from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.checks.answer import Show, show_rate, show_ratio
from stresscampaigns.core.observation import Observation, Pod
from stresscampaigns.core.plan import between_trials, longest_load
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.saturation.questions import Question

_SHOWN: dict[str, tuple[str, Show]] = {
    "latency": ("latency", show_seconds),
    "errorRate": ("error rate", show_ratio),
    "throughput": ("throughput", show_rate),
}


def questions(run: RunView, pods: Sequence[Pod], now: float) -> dict[str, Question]:
    """What to ask Prometheus now, by keys of which only these modules know.

    Args:
        pods: of the target, where a rule is about them.
    """
    return abort_queries.questions(run, pods, min(now, _end(run)))


def asks_for_pods(run: RunView) -> bool:
    """Is there a rule on the resources of the target's pods?"""
    return any(rule.saturation for rule in run.template.abort_when or [])


def holds(run: RunView, seen: Observation) -> str | None:
    """The rule that wants the run to end, with its number, in words; None where there is none."""
    rules = run.template.abort_when or []
    if (told := wanted(seen.load.events)) is not None:
        rule = next((one for one in rules if one.name == told.rule), None)
        return _words(rule, told.value) if rule else f"abort rule {told.rule}"
    if run.status.load is None or run.status.load.started_at is None:
        return None
    end = _end(run, seen.load.events)
    found = abort_queries.holding(run, seen, end) or abort_faults.holding(run, seen, min(seen.now, end))
    return f"abort rule {found}" if found else None


def unanswered(run: RunView, seen: Observation) -> list[Announcement]:
    """A guard that cannot see is no guard: of which rules nobody knows whether they hold."""
    return [
        Announcement("Warning", "AbortRuleUnanswered", f"abort rule {name} is not looked at: {why}")
        for name, why in abort_queries.blind(run, seen)
    ]


def wanted(events: Iterable[LoadEvent]) -> AbortWanted | None:
    """What the load has said of its own rules."""
    return next((event for event in events if isinstance(event, AbortWanted)), None)


def _end(run: RunView, events: Iterable[LoadEvent] = ()) -> float:
    """Of the load, epoch seconds: as planned, or sooner where it says so. What comes then tells nothing of it."""
    load = run.template.load
    if run.status.load is None or run.status.load.started_at is None:
        return 0.0
    planned = run.started_at + longest_load(load) + between_trials(run.template)
    return min([planned, *(event.at for event in events if isinstance(event, Finished))])


def _words(rule: AbortRule, value: float) -> str:
    what, show = _SHOWN[rule.kind]
    return f"abort rule {rule.name}: {what} {show(value)}, {abort_queries.bound_words(rule)}"
