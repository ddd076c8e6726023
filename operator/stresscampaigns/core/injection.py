"""Faults while a run is under way: what is the next step of each, and what is to be done for it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.run import FaultPod, FaultRecord, StressRunStatus
from stresscampaigns.core.actions import Action, Announcement, EndFault, InjectFault, StartInTarget
from stresscampaigns.core.chosen_pods import with_chosen_pods, with_replacements
from stresscampaigns.core.fault_announcements import tell
from stresscampaigns.core.fault_life import LOST_AFTER, followed
from stresscampaigns.core.fault_limits import Bound, Limit
from stresscampaigns.core.killing import kill_step
from stresscampaigns.core.observation import Observation
from stresscampaigns.core.progress import Decision, RunView, shortened
from stresscampaigns.core.rollout import Look, chosen, rollout_step
from stresscampaigns.core.steady_state import AHEAD, decided
from stresscampaigns.core.targeting import choose
from stresscampaigns.core.within import container_of, place

LEAD = 8.0
"""Seconds before its start at which a fault's sidecar is created, so that it runs when the time comes."""
TICK = 0.5
LONGEST_MESSAGE = 500
"""Characters of what is said of a fault in one pod."""


def advance(run: RunView, seen: Observation) -> Decision:
    """The faults' next steps; each fault's pods are written down before anything is put into them."""
    faults = run.template.faults or []
    records = {fault.name: _record(run.status, fault) for fault in faults}
    steps: list[_Step] = []
    for fault in faults:  # one after the other: each counts the pods that those before it have been given
        own = records.pop(fault.name)
        bound = Bound(
            Limit.of(run.template, seen.most_share), (*records.values(), *(s.record for s in steps))
        )
        steps.append(_step(run, fault, own, seen, bound))
    # Nobody waits in the pod for the moment at which it is to be killed.
    kills = [run.started_at + fault.start_seconds - seen.now for fault in faults if place(fault) == "cluster"]
    ends = [run.started_at + fault.end_seconds - seen.now for fault in faults if fault.rolls_out]
    due = [
        run.started_at + fault.start_seconds - AHEAD - seen.now
        for fault in faults
        if fault.needs_steady_state
    ]
    waits = [*(step.wait for step in steps), *(left for left in (*kills, *ends, *due) if left > 0)]
    return replace(_decision(run, steps), wait=min([TICK, *waits]))


def follow(run: RunView, seen: Observation) -> Decision:
    """What becomes of the faults that were put in, once the run is over: none begins any more."""
    faults = {fault.name: fault for fault in run.template.faults or []}
    records = run.status.faults or []
    return _decision(run, [_Step(_at_last(run, one, faults.get(one.name), seen)) for one in records])


def _decision(run: RunView, steps: list["_Step"]) -> Decision:
    steps = [replace(step, record=_bounded(step.record)) for step in steps]
    status = run.status.model_copy(update={"faults": [step.record for step in steps] or None})
    said: list[Announcement] = []
    before = {record.name: record for record in run.status.faults or []}
    for step in steps:
        status, words = tell(run, status, before.get(step.record.name), step.record)
        said += words
    return Decision(status, tuple(action for step in steps for action in step.actions), tuple(said), TICK)


def _bounded(record: FaultRecord) -> FaultRecord:
    """Whoever speaks, a webhook or a program of the user's own, may have much to say."""

    def short(pod: FaultPod) -> FaultPod:
        if not pod.message or len(pod.message) <= LONGEST_MESSAGE:
            return pod
        return pod.model_copy(update={"message": shortened(pod.message, LONGEST_MESSAGE)})

    return record.model_copy(update={"pods": [short(pod) for pod in record.pods or []] or None})


def hindered(status: StressRunStatus, fault: str, why: str) -> StressRunStatus:
    """The status once something was in the way of a fault's sidecars that may pass: why, until they are there."""

    def told(pod: FaultPod) -> FaultPod:
        waits = pod.outcome is None and pod.injected_at is None
        return pod.model_copy(update={"message": shortened(why, LONGEST_MESSAGE)}) if waits else pod

    faults = [
        one.model_copy(update={"pods": [told(pod) for pod in one.pods or []]}) if one.name == fault else one
        for one in status.faults or []
    ]
    return status.model_copy(update={"faults": faults})


def all_over(template: RunTemplate, status: StressRunStatus) -> bool:
    """Has every fault come to its end in every pod?"""
    records = [_record(status, fault) for fault in template.faults or []]
    return all(record.pods and all(pod.outcome for pod in record.pods) for record in records)


@dataclass(frozen=True)
class _Step:
    record: FaultRecord
    actions: tuple[Action, ...] = ()
    wait: float = TICK


def _record(status: StressRunStatus, fault: Fault) -> FaultRecord:
    known = (record for record in status.faults or [] if record.name == fault.name)
    return next(known, _new_record(fault))


def _new_record(fault: Fault) -> FaultRecord:
    return FaultRecord(
        name=fault.name, type=fault.type, settings=fault.words() or None, namespace=fault.namespace
    )


def _step(run: RunView, fault: Fault, record: FaultRecord, seen: Observation, bound: Bound) -> _Step:
    start = run.started_at + fault.start_seconds
    end = run.started_at + fault.end_seconds
    if seen.now < start - LEAD:
        return _Step(record.model_copy(update={"starts_at": start, "ends_at": end}))
    record = decided(run, fault, record, bound.others, seen)
    if record.held_back:
        return _held_back(fault, record, seen)
    if fault.rolls_out:
        return _rollout(run, fault, record, seen, bound, start, end)
    if not record.pods:
        return _Step(with_chosen_pods(record, fault, seen, bound, start, end))
    if place(fault) == "cluster":
        pods, kills = kill_step(with_replacements(record, fault, seen, bound, end), seen)
        # Once it is written down that a pod will be killed, that is to be done at once.
        asked = any(pod.asked_at == seen.now for pod in pods)
        return _Step(record.model_copy(update={"pods": pods}), kills, 0.0 if asked else TICK)
    known = followed(record, fault, seen)
    open_pods = [pod for pod in known.pods or [] if pod.outcome is None and seen.now < end]
    actions = tuple(action for pod in open_pods for action in _put_in(fault, pod, seen, start, end))
    actions = (*actions, *_stopped(fault, seen, end))
    fresh = with_replacements(known, fault, seen, bound, end)
    # Once it is written down which pods they are, it is to be put into them at once.
    return _Step(fresh, actions, TICK if fresh is known else 0.0)


def _stopped(fault: Fault, seen: Observation, end: float) -> Iterator[Action]:
    """Somebody has stopped who should have ended long ago: told to, he goes on, and lets go of what he holds."""
    if seen.now <= end + LOST_AFTER:
        return
    for one in seen.sidecars:
        if one.fault == fault.name and one.state == "Running" and not (one.unheard or one.report.outcome):
            yield EndFault(one.namespace, one.pod, one.container)


def _held_back(fault: Fault, record: FaultRecord, seen: Observation) -> _Step:
    """What waits in the pods for its time is ended; safe to do before it is written down."""
    waiting = [one for one in seen.sidecars if one.fault == fault.name and one.state == "Running"]
    ends = tuple(EndFault(one.namespace, one.pod, one.container) for one in waiting)
    return _Step(followed(record, fault, seen), ends)


def _rollout(
    run: RunView,
    fault: Fault,
    record: FaultRecord,
    seen: Observation,
    bound: Bound,
    start: float,
    end: float,
) -> _Step:
    """Of a Deployment: nothing of ours is in its pods, and all of them are hit."""
    pods = seen.fault_pods.get(fault.name, ())
    look = Look(run.uid, fault, seen.deployments.get(fault.name), pods, seen.now, start, end)
    if record.pods:
        pod, actions = rollout_step(record.pods[0], look)
        # What is written down first is done at once afterwards.
        told = pod.message != record.pods[0].message or (pod.asked_at == seen.now and seen.now >= end)
        return _Step(record.model_copy(update={"pods": [pod]}), actions, 0.0 if told else TICK)
    found = chosen(look, bound.beyond(choose(fault, pods), seen, start, end))
    known = {"starts_at": start, "ends_at": end, "pods": [found] if found else None}
    return _Step(record.model_copy(update=known))


def _at_last(run: RunView, record: FaultRecord, fault: Fault | None, seen: Observation) -> FaultRecord:
    """Once the run is over; what is still out is rolled back as a leftover."""
    if not (fault and fault.rolls_out and record.pods):
        return followed(record, fault, seen)
    found, pods = seen.deployments.get(record.name), seen.fault_pods.get(record.name, ())
    window = (record.starts_at or 0.0, record.ends_at or 0.0)
    look = Look(run.uid, fault, found, pods, seen.now, *window, over=True)
    return record.model_copy(update={"pods": [rollout_step(record.pods[0], look)[0]]})


def _put_in(fault: Fault, pod: FaultPod, seen: Observation, start: float, end: float) -> Iterator[Action]:
    """The sidecar; and where it is to be broken from within, what does that, once the sidecar is there."""
    sidecars = (one for one in seen.sidecars if one.fault == fault.name and one.pod == pod.pod)
    sidecar, start = next(sidecars, None), max(start, pod.since or 0.0)
    found = (one for one in seen.fault_pods.get(fault.name, ()) if one.uid == pod.uid)
    body = next(found, None)
    into = container_of(fault, body) if body and place(fault) == "container" else None
    if into is None and place(fault) == "container":
        return
    if sidecar is None:
        peers = seen.peers.get(fault.name, ()) if fault.peers else None
        yield InjectFault(fault.name, pod.pod, pod.uid, start, end, peers, into)
    elif into and sidecar.state == "Running" and sidecar.report.pid and not sidecar.report.started:
        yield StartInTarget(fault.name, pod.pod, into, sidecar.report.pid, start, end)
