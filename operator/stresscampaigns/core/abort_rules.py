"""Abort rules: what Prometheus is asked for, and whether one holds. Those on requests the load watches itself."""

import math
from collections.abc import Iterable

from stresscampaigns.api.abort_rule import AbortRule
from stresscampaigns.api.load_events import AbortWanted, Finished, LoadEvent
from stresscampaigns.api.units import seconds, show_seconds, threshold_value
from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.checks.answer import Show, show_number, show_rate, show_ratio
from stresscampaigns.core.observation import LEAST_COVERED, History, Observation
from stresscampaigns.core.plan import between_trials, longest_load
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.saturation.questions import Question

_MOST_STEPS = 600
_MILLISECOND = 0.001
"""Prometheus knows no less."""
_SHOWN: dict[str, tuple[str, Show]] = {
    "latency": ("latency", show_seconds),
    "errorRate": ("error rate", show_ratio),
    "throughput": ("throughput", show_rate),
    "query": ("query", show_number),
}


def questions(run: RunView, now: float) -> dict[str, Question]:
    """Rule → what to ask Prometheus now: the last `for` of the load, once it has been on for so long."""
    load = run.status.load
    if load is None or load.started_at is None:
        return {}
    asked, end = {}, min(now, _end(run))
    for rule in run.template.abort_when or []:
        length = seconds(rule.for_)
        if rule.query and end - length >= load.started_at:
            asked[rule.name] = Question(rule.query, end - length, end, _step(rule))
    return asked


def holds(run: RunView, seen: Observation) -> str | None:
    """The rule that wants the run to end, with its number, in words; None where there is none."""
    rules = {rule.name: rule for rule in run.template.abort_when or []}
    if (told := wanted(seen.load.events)) is not None:
        return _words(rules[told.rule], told.value) if told.rule in rules else f"abort rule {told.rule}"
    for name, history in seen.abort_answers.items():
        value = _lasting(rules[name], history, _end(run, seen.load.events))
        if value is not None:
            return _words(rules[name], value)
    return None


def unanswered(seen: Observation) -> list[Announcement]:
    """A guard that cannot see is no guard: of which rules nobody knows whether they hold."""
    return [
        Announcement("Warning", "AbortRuleUnanswered", f"abort rule {name} is not looked at: {history.error}")
        for name, history in seen.abort_answers.items()
        if history.error
    ]


def wanted(events: Iterable[LoadEvent]) -> AbortWanted | None:
    """What the load has said of its own rules."""
    return next((event for event in events if isinstance(event, AbortWanted)), None)


def _end(run: RunView, events: Iterable[LoadEvent] = ()) -> float:
    """Of the load, epoch seconds: as planned, or sooner where it says so. What comes then tells nothing of it."""
    load = run.template.load
    planned = run.started_at + longest_load(load) + between_trials(load)
    return min([planned, *(event.at for event in events if isinstance(event, Finished))])


def _step(rule: AbortRule) -> int:
    """Seconds from one sample to the next."""
    return max(1, math.ceil(seconds(rule.for_) / _MOST_STEPS))


def _lasting(rule: AbortRule, history: History, end: float) -> float | None:
    """The last value of a series that was out of bounds at every step."""
    steps = int(seconds(rule.for_) // _step(rule)) + 1
    for one in history.series:
        values = [value for at, value in one.points if at <= end + _MILLISECOND]
        if len(values) >= LEAST_COVERED * steps and all(_out_of_bounds(rule, value) for value in values):
            return values[-1]
    return None


def _out_of_bounds(rule: AbortRule, value: float) -> bool:
    """NaN is out of no bound."""
    over = rule.above is not None and value > threshold_value(rule.above)
    return over or (rule.below is not None and value < threshold_value(rule.below))


def _words(rule: AbortRule, value: float) -> str:
    what, show = _SHOWN[rule.kind]
    bound = f"above {rule.above}" if rule.above is not None else f"below {rule.below}"
    if rule.query and bound.endswith("%"):
        show = show_ratio
    return f"abort rule {rule.name}: {what} {show(value)}, {bound} for {rule.for_}"
