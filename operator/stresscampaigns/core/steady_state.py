"""Before a fault: is the service in its steady state? Where it is not, the fault is held back.

Of the seconds that measuring calls the steady state, those are judged that are known when it must be decided. So no
fault is held back whose recovery could have been measured. One that the campaign itself lets meet a service that may
still suffer from another is none of this module's business.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.load_events import BeforeFault, LoadEvent
from stresscampaigns.api.run import FaultPod, FaultRecord, SteadyState
from stresscampaigns.api.units import threshold_value
from stresscampaigns.core.observation import Observation
from stresscampaigns.core.plan import looked_at
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.recovery.measure import criterion_of, question_of, unsteady
from stresscampaigns.core.rollout import rollback_of
from stresscampaigns.stats.recovery import Sample, is_good, within

AHEAD = 1.5
"""Seconds before its start at which it is decided whether it may begin: a look may take long."""
LAST = 0.4
"""Seconds before its start until which that is taken back where a later second is not good: sidecars must be ended."""
KNOWN = 1.0
"""Seconds after its end before which the load tells nothing of a second: the `SETTLED` of its watch."""
EXCUSED = "by the campaign's own times the service need not have got over {} by then"
_GOOD = "the service was good in all that was known by then of the 5s before it: {}s"
_UNTOLD = (
    "the load told nothing of the service in the seconds before it: it begins too early (let it begin 5s into the "
    "load, or later), there was no load, or the load's coordinator is silent"
)
_AWAY = "nobody looked in time: the operator was away, or the API server"


def decided(
    run: RunView, fault: Fault, record: FaultRecord, others: Iterable[FaultRecord], seen: Observation
) -> FaultRecord:
    """The record with what is to become of the fault, once that is known. What was held back stays so.

    Args:
        others: what has become of the run's other faults by now.
    """
    if not fault.needs_steady_state or _is_settled(run, fault, record, seen):
        return record
    if _has_begun(run, fault, record, seen):
        found: SteadyState | None = _free("NotLookedAt", seen, _AWAY)
    else:
        found = _found(run, fault, {one.name: one for one in others}, seen)
    if found is None or (record.steady_state and found.service != "NotGood"):
        return record
    start, end = run.started_at + fault.start_seconds, run.started_at + fault.end_seconds
    known = record.model_copy(update={"starts_at": start, "ends_at": end, "steady_state": found})
    return held_back(known, found.detail) if found.held_back else known


def _is_settled(run: RunView, fault: Fault, record: FaultRecord, seen: Observation) -> bool:
    """Is it over, or can what was decided not be taken back any more?"""
    if record.pods and all(pod.outcome for pod in record.pods):
        return True
    if record.steady_state is None:
        return False
    too_late = seen.now > run.started_at + fault.start_seconds - LAST
    return too_late or record.steady_state.service != "Good"


def excused_by(template: RunTemplate, fault: Fault, records: Mapping[str, FaultRecord]) -> Fault | None:
    """An earlier fault that, by the campaign's own times, the service need not have got over before this one."""
    since, _ = looked_at(fault)
    earlier = (one for one in template.faults or [] if one.start_seconds < fault.start_seconds)
    return next(
        (
            one
            for one in earlier
            if since < allowed_until(template, one) and not _never_was(records.get(one.name))
        ),
        None,
    )


def allowed_until(template: RunTemplate, fault: Fault) -> float:
    """Until when the service may suffer from it: its recovery check says so; without one, until its end."""
    question, check = question_of(template.checks, fault.name)
    bound = threshold_value(check.max) if check and check.max is not None else 0.0
    origin = fault.start_seconds if question.since == "faultStart" else fault.end_seconds
    return max(fault.end_seconds, origin + bound)


def known_seconds(fault: Fault, events: Iterable[LoadEvent]) -> list[Sample]:
    """Of the seconds before it those that the load has told of by now, in order."""
    told = {event.t: event for event in events if isinstance(event, BeforeFault)}
    samples = [Sample(float(t), one.completed, one.failed, one.p95_us) for t, one in sorted(told.items())]
    return within(samples, looked_at(fault))


def _found(
    run: RunView, fault: Fault, others: Mapping[str, FaultRecord], seen: Observation
) -> SteadyState | None:
    """None: more may yet be known."""
    due = seen.now >= run.started_at + fault.start_seconds - AHEAD
    if excuse := excused_by(run.template, fault, others):
        return _free("Excused", seen, EXCUSED.format(excuse.name)) if due else None
    criterion = criterion_of(question_of(run.template.checks, fault.name)[0])
    samples = known_seconds(fault, seen.load.events)
    if not all(is_good(sample, criterion) for sample in samples):
        return _held("NotGood", seen, unsteady(samples, criterion) or "")
    if not due:
        return None
    return _free("Good", seen, _GOOD.format(len(samples))) if samples else _held("Unknown", seen, _UNTOLD)


def _held(service: Literal["NotGood", "Unknown"], seen: Observation, words: str) -> SteadyState:
    return SteadyState(service=service, held_back=True, at=seen.now, detail=words)


def _free(service: Literal["Good", "Excused", "NotLookedAt"], seen: Observation, words: str) -> SteadyState:
    return SteadyState(service=service, held_back=False, at=seen.now, detail=words)


def _has_begun(run: RunView, fault: Fault, record: FaultRecord, seen: Observation) -> bool:
    """Or is over, or about to be done: then nobody holds it back any more."""
    pods = any(pod.injected_at or pod.asked_at for pod in record.pods or [])
    sidecars = any(one.report.injected_at for one in seen.sidecars if one.fault == fault.name)
    out = rollback_of(run.uid, fault.name, seen.deployments.get(fault.name)) is not None
    return pods or sidecars or out or seen.now >= run.started_at + fault.end_seconds


def _never_was(record: FaultRecord | None) -> bool:
    """It came to its end in every pod, and was in force in none: the service has nothing to get over."""
    pods = (record.pods if record else None) or []
    return bool(pods) and all(pod.outcome and pod.injected_at is None for pod in pods)


def held_back(record: FaultRecord, why: str) -> FaultRecord:
    """The record of a fault that is not injected in any pod."""
    pods = [
        pod if pod.outcome else pod.model_copy(update={"outcome": "HeldBack", "message": why})
        for pod in record.pods or []
    ]
    nowhere = FaultPod(pod="-", uid="-", outcome="HeldBack", message=why)
    return record.model_copy(update={"pods": pods or [nowhere]})
