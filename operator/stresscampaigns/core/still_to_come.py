"""What was asked for before a run's end and has not been seen yet: until it cannot come any more, the run is not over.

A connection may break while the API server works on what it was asked for, or the operator may die there: what comes of
it nobody has heard. Whether it was asked for at all is not known either, only that it was to be: its pods are written
down before. How long it can still come is bounded at its own end, so no new operator need know when it was asked for:

- A sidecar that first starts `MAX_LATE` after its fault's time refuses by itself. One that is in no pod's spec by then
  comes too late whenever it comes; one that is, is seen, and told to end like any other.
- A bad revision is asked for until `MOST_LATE` after its time, and the API server gives up `TAKES_AT_MOST` later. Where
  its Deployment cannot be seen, it may be out.
- What is to break a container from within is started there by the operator: a run that is over starts nothing.
- A pod that is killed late is not held: there is nothing to end.
"""

from stresscampaigns.api.fault_protocol import MAX_LATE
from stresscampaigns.api.run import FaultPod, FaultRecord, StressRunStatus
from stresscampaigns.core.deployments import NoDeployment
from stresscampaigns.core.fault_life import CLOCKS_APART
from stresscampaigns.core.observation import Observation
from stresscampaigns.core.rollout import NEVER_LATER, PATIENCE


def still_to_come(status: StressRunStatus, seen: Observation) -> bool:
    """May a fault of this run, which is over, still come up anywhere?"""
    there = {(one.fault, one.uid) for one in seen.sidecars}
    return any(
        _may_roll_out(record, pod, seen) if record.type == "BadRollout" else _may_come(record, pod, seen.now)
        for record in status.faults or []
        for pod in record.pods or []
        if record.type != "PodKill" and (record.name, pod.uid) not in there
    )


def _may_come(record: FaultRecord, pod: FaultPod, now: float) -> bool:
    """Of one that was held back it is said at once, whatever may have been asked for before."""
    unknown = pod.outcome is None or (pod.outcome == "HeldBack" and pod.uid != "-")
    begins = max(record.starts_at or 0.0, pod.since or 0.0)
    return unknown and pod.injected_at is None and now <= begins + MAX_LATE + CLOCKS_APART


def _may_roll_out(record: FaultRecord, pod: FaultPod, seen: Observation) -> bool:
    """Of one that is late or refused it is said at once, too, though it was asked for just before. A look tells that it
    is out; where there is none, it is so until nobody waits for its end any more.
    """
    begins, found = record.starts_at or 0.0, seen.deployments.get(record.name)
    if pod.outcome not in (None, "Late", "Refused") or pod.uid == "-" or seen.now < begins:
        return False
    if isinstance(found, NoDeployment) and not found.gone and pod.outcome is None:
        return seen.now <= max(record.ends_at or 0.0, begins + NEVER_LATER) + PATIENCE
    return pod.injected_at is None and seen.now <= begins + NEVER_LATER
