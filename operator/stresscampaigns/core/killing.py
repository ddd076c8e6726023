"""Pods that the operator itself deletes: there is nothing to hold, and nothing to end."""

from stresscampaigns.api.run import FaultPod, FaultRecord
from stresscampaigns.core.actions import Action, KillPod
from stresscampaigns.core.observation import Observation

MOST_LATE = 5.0
"""Seconds after its time at which a pod is left alive, as with faults that a sidecar brings about."""


def kill_step(record: FaultRecord, seen: Observation) -> tuple[list[FaultPod], tuple[Action, ...]]:
    """What has become of each pod, and which are to be killed now."""
    alive = {pod.uid for pod in seen.fault_pods.get(record.name, ())}
    start = record.starts_at or 0.0
    pods = [_followed(pod, pod.uid in alive, start, seen.now) for pod in record.pods or []]
    due = [pod for pod in pods if pod.outcome is None and seen.now >= start]
    return pods, tuple(KillPod(record.name, pod.pod, pod.uid) for pod in due)


def _followed(pod: FaultPod, alive: bool, start: float, now: float) -> FaultPod:
    start = max(start, pod.since or 0.0)
    if pod.outcome or (alive and now <= start + MOST_LATE):
        return pod
    if alive:
        message = (
            f"{now - start:.1f}s late, allowed are {MOST_LATE:g}s: the operator was away, or the API server"
        )
        return pod.model_copy(update={"outcome": "Late", "message": message})
    if now <= start:
        return pod.model_copy(update={"outcome": "Lost", "message": "the pod was gone before its time"})
    done = {"injected_at": now, "ended_at": now, "harmed": 1, "unit": "pods killed", "outcome": "Ended"}
    return pod.model_copy(update=done)
