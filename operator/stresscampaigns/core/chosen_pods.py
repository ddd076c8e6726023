"""The pods that a fault is given: written down before anything is put into them, and when others take their place."""

from typing import Literal

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.run import FaultPod, FaultRecord
from stresscampaigns.core.fault_limits import Bound, hit_by
from stresscampaigns.core.observation import Observation, Pod
from stresscampaigns.core.sparing import spared
from stresscampaigns.core.targeting import choose, replacements
from stresscampaigns.core.within import cannot

MOST_PODS = 1_000
"""So many pods are named in a run's status, of all its faults together: one that is too large cannot be written, and
then the run could not even be aborted."""
_NOBODY = "-"


def with_chosen_pods(
    record: FaultRecord, fault: Fault, seen: Observation, bound: Bound, start: float, end: float
) -> FaultRecord:
    """The record with the ready pods; one that is refused or lost where that cannot be. Times in epoch seconds."""
    chosen = choose(fault, seen.fault_pods.get(fault.name, ()))
    pods = [_chosen(fault, pod, seen.now) for pod in chosen]
    if chosen and (too_many := bound.beyond(chosen, seen, start, end)):
        pods = [FaultPod(pod=_NOBODY, uid=_NOBODY, outcome="Refused", message=too_many)]
    if len(pods) > _room(bound):
        pods = [_too_many(f"it would be put into {len(pods)} pods")]
    if not pods and seen.now > start:
        lost = "no ready pod to put the fault into"
        pods = [FaultPod(pod=_NOBODY, uid=_NOBODY, outcome="Lost", message=lost)]
    return record.model_copy(update={"starts_at": start, "ends_at": end, "pods": pods or None})


def _room(bound: Bound) -> int:
    return MOST_PODS - sum(len(record.pods or []) for record in bound.others)


def _too_many(what: str) -> FaultPod:
    message = f"{what}: a run's status names {MOST_PODS} at most, of all its faults together"
    return FaultPod(pod=_NOBODY, uid=_NOBODY, outcome="Refused", message=message)


def _chosen(fault: Fault, pod: Pod, now: float, since: float | None = None) -> FaultPod:
    """One in which the fault cannot work, or must not, is told so at once, and left alone."""
    reason = spared(fault, pod) or cannot(fault, pod)
    outcome: Literal["Refused"] | None = "Refused" if reason else None
    return FaultPod(
        pod=pod.name, uid=pod.uid, node=pod.node, chosen_at=now, since=since, outcome=outcome, message=reason
    )


def with_replacements(
    record: FaultRecord, fault: Fault, seen: Observation, bound: Bound, end: float
) -> FaultRecord:
    """The record with those that have come up since in place of pods that were hit, where the fault asks for them."""
    if fault.new_pods == "Ignore" or not record.starts_at or not record.starts_at <= seen.now < end:
        return record
    known = record.pods or []
    if any(pod.uid == _NOBODY for pod in known):
        return record
    fresh = replacements(fault, [pod.uid for pod in known], seen.fault_pods.get(fault.name, ()))
    pods = [_chosen(fault, pod, seen.now, seen.now) for pod in fresh]
    mine = [
        pod for pod in seen.fault_pods.get(fault.name, ()) if pod.uid in {one.uid for one in hit_by(record)}
    ]
    if not pods or bound.beyond([*mine, *fresh], seen, seen.now, end):
        return record  # where it would be too many now, it may not be at the next look
    if len(known) + len(pods) > _room(bound):
        pods = [_too_many("pods that took the place of others were left alone from here on")]
    return record.model_copy(update={"pods": [*known, *pods]})
