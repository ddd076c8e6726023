"""Pods that the operator itself deletes: there is nothing to hold, and nothing to end.

That a pod is gone proves nothing: others delete pods, too. So first it is written down that it will be asked for, which
is `asked_at`; then it is asked for, and `injected_at` written down once the API server has taken it. After a crash
in between the pod may be gone without that: by us, where the crash was short.
"""

from stresscampaigns.api.run import FaultPod, FaultRecord
from stresscampaigns.core.actions import Action, KillPod
from stresscampaigns.core.observation import Observation

MOST_LATE = 5.0
"""Seconds after its time at which a pod is left alive, as with faults that a sidecar brings about."""
SURE = MOST_LATE + 2.0
"""Seconds after its time at which a pod that is gone was killed by us though nobody has written down that it was."""


def kill_step(record: FaultRecord, seen: Observation) -> tuple[list[FaultPod], tuple[Action, ...]]:
    """What has become of each pod, and which are to be killed now."""
    alive = {pod.uid for pod in seen.fault_pods.get(record.name, ())}
    pods, kills = [], []
    for pod in record.pods or []:
        start = max(record.starts_at or 0.0, pod.since or 0.0)
        found = _alive(pod, start, seen.now) if pod.uid in alive else _gone(pod, start, seen.now)
        if found.outcome is None and pod.asked_at and start <= seen.now <= start + MOST_LATE:
            kills.append(KillPod(record.name, pod.pod, pod.uid))
        pods.append(found)
    return pods, tuple(kills)


def _alive(pod: FaultPod, start: float, now: float) -> FaultPod:
    if pod.outcome or now < start:
        return pod
    if pod.injected_at:
        if now <= pod.injected_at + MOST_LATE:
            return pod
        after = now - pod.injected_at
        return pod.lost(f"its deletion was accepted, and {after:.1f}s later it is still there")
    if now > start + MOST_LATE:
        late = (
            f"{now - start:.1f}s late, allowed are {MOST_LATE:g}s: the operator was away, or the API server"
        )
        return pod.model_copy(update={"outcome": "Late", "message": late})
    return pod.model_copy(update={"injected_at" if pod.asked_at else "asked_at": now})


def _gone(pod: FaultPod, start: float, now: float) -> FaultPod:
    if pod.outcome:
        return pod
    if pod.asked_at is None:
        return pod.lost(f"the pod was gone before {'its time' if now <= start else 'it was killed'}")
    if pod.injected_at is None and now > start + SURE:
        return pod.lost("the pod is gone; whether by us nobody knows: the operator was away over its time")
    begun = pod.injected_at or pod.asked_at
    done = {"injected_at": begun, "ended_at": now, "harmed": 1, "unit": "pods killed", "outcome": "Ended"}
    return pod.model_copy(update=done)
