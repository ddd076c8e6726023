"""Faults while a run is under way: choose pods, inject ahead of time, follow each to its proven end."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.run import FaultPod, FaultRecord, StressRunStatus
from stresscampaigns.core.actions import Action, Announcement, InjectFault, StartInTarget
from stresscampaigns.core.clocktime import to_rfc3339
from stresscampaigns.core.fault_limits import Limit, beyond, hit_by
from stresscampaigns.core.killing import kill_step
from stresscampaigns.core.observation import Observation, Pod, Sidecar
from stresscampaigns.core.progress import Decision, RunView, note
from stresscampaigns.core.rollout import Look, chosen, rollout_step
from stresscampaigns.core.sparing import spared
from stresscampaigns.core.targeting import choose, replacements
from stresscampaigns.core.within import cannot, container_of, died, place

LEAD = 8.0
"""Seconds before its start at which a fault's sidecar is created, so that it runs when the time comes."""
LOST_AFTER = 20.0
"""Seconds after its end at which a sidecar that has reported nothing counts as lost."""
TICK = 0.5


def container_prefix(run_uid: str) -> str:
    """Every sidecar of one run begins so."""
    return f"stress-{hashlib.sha256(run_uid.encode()).hexdigest()[:8]}-"


def container_name(run_uid: str, fault: str) -> str:
    """One run, one fault, one name: putting it in twice is impossible."""
    return f"{container_prefix(run_uid)}{fault}"


def advance(run: RunView, seen: Observation) -> Decision:
    """The faults' next steps; each fault's pods are written down before anything is put into them."""
    faults = run.template.faults or []
    records = {fault.name: _record(run.status, fault) for fault in faults}
    steps: list[_Step] = []
    for fault in faults:  # one after the other: each counts the pods that those before it have been given
        own = records.pop(fault.name)
        bound = _Bound(
            Limit.of(run.template, seen.most_share), (*records.values(), *(s.record for s in steps))
        )
        steps.append(_step(run, fault, own, seen, bound))
    # Nobody waits in the pod for the moment at which it is to be killed.
    kills = [run.started_at + fault.start_seconds - seen.now for fault in faults if place(fault) == "cluster"]
    ends = [run.started_at + fault.end_seconds - seen.now for fault in faults if fault.rolls_out]
    waits = [*(step.wait for step in steps), *(left for left in (*kills, *ends) if left > 0)]
    return replace(_decision(run, steps), wait=min([TICK, *waits]))


def follow(run: RunView, seen: Observation) -> Decision:
    """What becomes of the faults that were put in, once the run is over: none begins any more."""
    faults = {fault.name: fault for fault in run.template.faults or []}
    records = run.status.faults or []
    return _decision(run, [_Step(_at_last(run, one, faults.get(one.name), seen)) for one in records])


def may_hold(status: StressRunStatus, sidecar: Sidecar, now: float) -> bool:
    """Can a fault be in force in it, now or later? One that first starts after its time refuses by itself."""
    if sidecar.state != "Waiting":
        return sidecar.state == "Running"
    known = (record.ends_at for record in status.faults or [] if record.name == sidecar.fault)
    ends_at = next(known, None)
    return ends_at is None or now <= ends_at + LOST_AFTER


def _decision(run: RunView, steps: list["_Step"]) -> Decision:
    status = run.status.model_copy(update={"faults": [step.record for step in steps] or None})
    said: list[Announcement] = []
    before = {record.name: record for record in run.status.faults or []}
    for step in steps:
        status, words = _tell(run, status, before.get(step.record.name), step.record)
        said += words
    return Decision(status, tuple(action for step in steps for action in step.actions), tuple(said), TICK)


def hindered(status: StressRunStatus, fault: str, why: str) -> StressRunStatus:
    """The status once something was in the way of a fault's sidecars that may pass: why, until they are there."""

    def told(pod: FaultPod) -> FaultPod:
        waits = pod.outcome is None and pod.injected_at is None
        return pod.model_copy(update={"message": why}) if waits else pod

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


@dataclass(frozen=True)
class _Bound:
    """How many pods may be hit at once, and what the other faults hit."""

    limit: Limit
    others: tuple[FaultRecord, ...]

    def beyond(self, chosen: Sequence[Pod], seen: Observation, start: float, end: float) -> str | None:
        """Why these pods would be too many, or None."""
        return beyond(self.limit, chosen, self.others, seen.fault_pods, (start, end))


def _step(run: RunView, fault: Fault, record: FaultRecord, seen: Observation, bound: _Bound) -> _Step:
    start = run.started_at + fault.start_seconds
    end = run.started_at + fault.end_seconds
    if seen.now < start - LEAD:
        return _Step(record.model_copy(update={"starts_at": start, "ends_at": end}))
    if fault.rolls_out:
        return _rollout(run, fault, record, seen, bound, start, end)
    if not record.pods:
        return _Step(_with_pods(record, fault, seen, bound, start, end))
    if place(fault) == "cluster":
        pods, kills = kill_step(_with_replacements(record, fault, seen, bound, end), seen)
        # Once it is written down that a pod will be killed, that is to be done at once.
        asked = any(pod.asked_at == seen.now for pod in pods)
        return _Step(record.model_copy(update={"pods": pods}), kills, 0.0 if asked else TICK)
    followed = _with_replacements(_followed(record, fault, seen), fault, seen, bound, end)
    open_pods = [pod for pod in followed.pods or [] if pod.outcome is None and seen.now < end]
    actions = tuple(action for pod in open_pods for action in _put_in(fault, pod, seen, start, end))
    return _Step(followed, actions)


def _rollout(
    run: RunView,
    fault: Fault,
    record: FaultRecord,
    seen: Observation,
    bound: _Bound,
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
        return _followed(record, fault, seen)
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
        peers = seen.peers.get(fault.name) if fault.peers else None
        yield InjectFault(fault.name, pod.pod, pod.uid, start, end, peers, into)
    elif into and sidecar.state == "Running" and sidecar.report.pid and not sidecar.report.started:
        yield StartInTarget(fault.name, pod.pod, into, sidecar.report.pid, start, end)


def _followed(record: FaultRecord, fault: Fault | None, seen: Observation) -> FaultRecord:
    sidecars = {sidecar.pod: sidecar for sidecar in seen.sidecars if sidecar.fault == record.name}
    pods = [_follow(pod, sidecars.get(pod.pod), seen, record, fault) for pod in record.pods or []]
    return record.model_copy(update={"pods": pods or None})


def _with_pods(
    record: FaultRecord, fault: Fault, seen: Observation, bound: _Bound, start: float, end: float
) -> FaultRecord:
    chosen = choose(fault, seen.fault_pods.get(fault.name, ()))
    pods = [_chosen(fault, pod, seen.now) for pod in chosen]
    if chosen and (too_many := bound.beyond(chosen, seen, start, end)):
        pods = [FaultPod(pod="-", uid="-", outcome="Refused", message=too_many)]
    if not pods and seen.now > start:
        pods = [FaultPod(pod="-", uid="-", outcome="Lost", message="no ready pod to put the fault into")]
    return record.model_copy(update={"starts_at": start, "ends_at": end, "pods": pods or None})


def _chosen(fault: Fault, pod: Pod, now: float, since: float | None = None) -> FaultPod:
    """One in which the fault cannot work, or must not, is told so at once, and left alone."""
    reason = spared(fault, pod) or cannot(fault, pod)
    outcome: Literal["Refused"] | None = "Refused" if reason else None
    return FaultPod(
        pod=pod.name, uid=pod.uid, node=pod.node, chosen_at=now, since=since, outcome=outcome, message=reason
    )


def _with_replacements(
    record: FaultRecord, fault: Fault, seen: Observation, bound: _Bound, end: float
) -> FaultRecord:
    if fault.new_pods == "Ignore" or not record.starts_at or not record.starts_at <= seen.now < end:
        return record
    known = record.pods or []
    fresh = replacements(fault, [pod.uid for pod in known], seen.fault_pods.get(fault.name, ()))
    pods = [_chosen(fault, pod, seen.now, seen.now) for pod in fresh]
    mine = [
        pod for pod in seen.fault_pods.get(fault.name, ()) if pod.uid in {one.uid for one in hit_by(record)}
    ]
    if not pods or bound.beyond([*mine, *fresh], seen, seen.now, end):
        return record  # where it would be too many now, it may not be at the next look
    return record.model_copy(update={"pods": [*known, *pods]})


def _follow(
    pod: FaultPod, sidecar: Sidecar | None, seen: Observation, record: FaultRecord, fault: Fault | None
) -> FaultPod:
    end = record.ends_at or 0.0
    if pod.outcome:
        return pod
    if pod.asked_at and pod.injected_at:
        return pod.lost("its deletion was accepted; the run was over before it was seen to be gone")
    if sidecar is None and pod.injected_at is None:
        never = "nothing of it was seen in its time: the operator was away, or the pod is gone"
        return pod.lost(pod.message or never) if seen.now > end + LOST_AFTER else pod
    if sidecar is None or sidecar.uid != pod.uid:
        return pod.lost("the pod or its sidecar is gone; the fault ended with it")
    if sidecar.unheard:
        unknown = "its node does not answer: what the sidecar has reported is not known"
        return pod.lost(unknown) if seen.now > end + LOST_AFTER else pod
    report = sidecar.report
    seen_so_far = pod.model_copy(
        update={
            "injected_at": report.injected_at,
            "ended_at": report.ended_at,
            "harmed": report.harmed,
            "unit": report.unit,
            "outcome": report.outcome,
            "message": report.message or sidecar.trouble,
        }
    )
    if report.outcome:
        return seen_so_far
    if sidecar.state == "Terminated" and sidecar.target:
        return died(seen_so_far, sidecar, fault, record.starts_at or 0.0, seen.now)
    if sidecar.state == "Terminated":
        return seen_so_far.lost(_death(sidecar, fault))
    if seen.now > end + LOST_AFTER:
        return seen_so_far.lost(_silence(sidecar, fault))
    return seen_so_far


def _death(sidecar: Sidecar, fault: Fault | None) -> str:
    if fault and fault.image and sidecar.report.pid is None:
        return _silence(sidecar, fault)
    return "the sidecar died; the kernel ended the fault at its deadline"


def _silence(sidecar: Sidecar, fault: Fault | None) -> str:
    own = f"; {fault.image} must be built FROM the operator's fault image" if fault and fault.image else ""
    return f"the sidecar never reported: {sidecar.trouble or 'no reason known'}{own}"


def _tell(
    run: RunView, status: StressRunStatus, old: FaultRecord | None, new: FaultRecord
) -> tuple[StressRunStatus, list[Announcement]]:
    """Timeline and events for what has newly happened to one fault."""
    before = {pod.uid: pod for pod in (old.pods if old else None) or []}
    said: list[Announcement] = []
    asked = [pod for pod in new.pods or [] if pod.chosen_at and pod.outcome is None]
    if fresh := [pod for pod in asked if pod.uid not in before]:
        text = _who_what_where_when(run, new, fresh)
        said.append(Announcement("Normal", "FaultScheduled", text))
        status = note(status, fresh[0].chosen_at or 0.0, "FaultScheduled", text)
    for pod in new.pods or []:
        known = before.get(pod.uid)
        if pod.injected_at and not (known and known.injected_at):
            text = f"fault {new.name} is in force in {new.into} {pod.pod} since {to_rfc3339(pod.injected_at)}"
            said.append(Announcement("Normal", "FaultInjected", text))
            status = note(status, pod.injected_at, "FaultInjected", text)
        if pod.outcome and not (known and known.outcome):
            announcement = _end_words(new, pod)
            said.append(announcement)
            at = pod.ended_at or new.ends_at or 0.0
            status = note(status, at, f"Fault{pod.outcome}", announcement.message)
    return status, said


def _who_what_where_when(run: RunView, record: FaultRecord, pods: Sequence[FaultPod]) -> str:
    who = f"campaign {run.spec.campaign}, generation {run.spec.campaign_generation}"
    what = ": ".join(filter(None, (record.type, record.settings)))
    where = ", ".join(f"{pod.pod} on {pod.node}" if pod.node else pod.pod for pod in pods)
    where += f" in namespace {record.namespace}" if record.namespace else ""
    begin = max(record.starts_at or 0.0, pods[0].since or 0.0)
    when = f"from {to_rfc3339(begin)} to {to_rfc3339(record.ends_at or 0.0)}"
    return f"fault {record.name} of {who} ({what}) goes into {where}, {when}"


def _end_words(record: FaultRecord, pod: FaultPod) -> Announcement:
    if pod.outcome == "Ended":
        did = f"; {pod.harmed} {pod.unit or 'harmed'}" if pod.harmed is not None else ""
        text = f"fault {record.name} has ended in {record.into} {pod.pod}{did}"
        return Announcement("Normal", "FaultEnded", text)
    text = f"fault {record.name} in {record.into} {pod.pod}: {pod.outcome}: {pod.message}"
    return Announcement("Warning", f"Fault{pod.outcome}", text)
