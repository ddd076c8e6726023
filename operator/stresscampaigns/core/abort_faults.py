"""Abort rules about a fault: what is known by now already breaks the bound, whatever else may come.

They are judged as checks are when all is over, from the evidence so far: a fault that may still be in force counts as
one that ends at this moment, so that no time after its end has passed yet. What is in doubt, or not known, ends none.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from stresscampaigns.api.abort_rule import AbortRule
from stresscampaigns.api.check_spec import Check, RecoveryQuestion
from stresscampaigns.api.load_events import LoadEvent, NotGood
from stresscampaigns.api.load_result import LoadResult, Second
from stresscampaigns.api.pod_watch import PodWatch
from stresscampaigns.api.run import FaultRecord
from stresscampaigns.api.units import show_seconds, threshold_value
from stresscampaigns.core.checks import judge
from stresscampaigns.core.clocks import skews
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.observation import Observation
from stresscampaigns.core.pod_watch import looked
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.recovery.measure import fault_bounds, measure, outcome
from stresscampaigns.core.recovery.pods import faults_of
from stresscampaigns.stats.recovery import STEADY_SECONDS


def holding(run: RunView, seen: Observation, now: float) -> str | None:
    """The first rule that holds, with its number, in words.

    Args:
        now: or the end of the load, where that is over; epoch seconds.
    """
    rules = [rule for rule in run.template.abort_when or [] if rule.about or rule.recovery]
    if not rules:
        return None
    evidence = so_far(run, seen, now)
    found = (_harm(rule, evidence) or _not_recovered(rule, evidence, seen.load.events) for rule in rules)
    return next(filter(None, found), None)


def so_far(run: RunView, seen: Observation, now: float) -> Evidence:
    """What has been measured by now."""
    result = LoadResult(
        started=run.started_at, finished=now, workers_expected=0, workers_lost=0, windows=[], seconds=[]
    )
    records = [_until_now(run, record, seen.now) for record in run.status.faults or []]
    return Evidence(
        run.template,
        run.started_at,
        result,
        records,
        watch=_watch(run, seen),
        skews=skews(run.status.clocks),
    )


def _watch(run: RunView, seen: Observation) -> PodWatch | None:
    """Pods as they are at this very look."""
    if not seen.near_fault:
        return run.status.pod_watch
    return looked(run.status.pod_watch, seen).model_copy(update={"looked_at": seen.now})


def _until_now(run: RunView, record: FaultRecord, now: float) -> FaultRecord:
    """A fault that may still be in force, or go into pods in place of others, ends now at the soonest."""
    fault = next((one for one in run.template.faults or [] if one.name == record.name), None)
    pods = record.pods or []
    goes_on = fault is not None and fault.new_pods != "Ignore" and now < (record.ends_at or 0.0)
    goes_on = goes_on or any(pod.outcome is None for pod in pods)
    if not goes_on:
        return record
    return record.model_copy(
        update={
            "pods": [pod.model_copy(update={"ended_at": now}) if pod.injected_at else pod for pod in pods]
        }
    )


def _harm(rule: AbortRule, evidence: Evidence) -> str | None:
    """Of pods around a fault."""
    if rule.about is None:
        return None
    told = judge(_as_check(rule), evidence)
    if told.verdict != "Failed":
        return None
    bound, broken = f", above {rule.above}", f" breaks {told.threshold}"
    return told.message.replace(broken, bound) if broken in told.message else f"{told.message}{bound}"


def _as_check(rule: AbortRule) -> Check:
    return Check(
        name=rule.name,
        restarts=rule.restarts,
        pods_ready=rule.pods_ready,
        containment=rule.containment,
        max=rule.above,
    )


def _not_recovered(rule: AbortRule, evidence: Evidence, events: Iterable[LoadEvent]) -> str | None:
    """Of the service, by the load's seconds, which are told as soon as they are not good."""
    told = [event for event in events if isinstance(event, NotGood) and event.rule == rule.name]
    if rule.recovery is None or not told or evidence.faults_untold:
        return None
    known = seconds_of(max(told, key=lambda event: event.bad[-1][1]), _edges(evidence))
    evidence = replace(evidence, result=evidence.result.model_copy(update={"seconds": known}))
    bound = threshold_value(rule.above if rule.above is not None else 0)
    late = (
        _late(evidence, rule.recovery, fault, bound) for fault in faults_of(evidence, rule.recovery.fault)
    )
    words = next(filter(None, late), None)
    return f"{rule.name}: {words}, above {rule.above}" if words else None


def _late(evidence: Evidence, asked: RecoveryQuestion, fault: str, bound: float) -> str | None:
    question = asked.model_copy(update={"fault": fault})
    found = measure(evidence, question)
    if found is None or found.found.broken_at is None:
        return None
    at_start = question.since == "faultStart"
    since = f"after the {'start' if at_start else 'end'} of {fault}"
    value = found.from_start if at_start else found.from_end
    if value is not None:
        return f"good again only {show_seconds(value)} {since}" if value > bound else None
    if outcome(found, question, bound) != "NotRecovered":
        return None
    at_least = found.soonest - (found.start if at_start else found.end)
    return f"not good again {show_seconds(at_least)} {since} ({found.last_bad})"


def _edges(evidence: Evidence) -> set[int]:
    """Whole seconds at which what is joined must be parted: around the faults' bounds, each second counts by itself.

    And at the end of the stages, behind which a search is another matter.
    """
    spans = [span for record in evidence.faults if (span := fault_bounds(evidence, record.name))]
    before = math.ceil(STEADY_SECONDS)
    starts = {math.floor(start) + step for start, _ in spans for step in range(-before, 2)}
    stages = math.floor(evidence.template.load.total_seconds)
    return starts | {math.floor(end) + step for _, end in spans for step in (0, 1)} | {stages}


def seconds_of(told: NotGood, edges: Iterable[int]) -> list[Second]:
    """The load's seconds as far as they are known, joined but for the last one and at the edges."""
    end = told.bad[-1][1]
    inner = {end - 1, *edges, *(edge for stretch in told.bad for edge in stretch)}
    cuts = sorted({told.since, end, *(edge for edge in inner if told.since < edge < end)})
    return [_joined(told, start, stop - start) for start, stop in pairwise(cuts)]


def _joined(told: NotGood, start: int, length: int) -> Second:
    bad = any(since <= start < until for since, until in told.bad)
    completed, failed, p95 = (told.completed, told.failed, told.p95_us) if bad else (1, 0, 0)
    return Second(t=start, length=length, completed=completed, failed=failed, p95_us=p95, users=1)
