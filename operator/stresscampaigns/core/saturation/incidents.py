"""Restarts, OOM kills and losses of the target's pods while the load was on, from Kubernetes itself.

Kubernetes counts a container's restarts, and tells why and when it ended last. The counts at the load's start are
written down in the run's status; what has been counted since happened under load.
"""

from collections.abc import Iterator, Sequence

from stresscampaigns.api.saturation import Incident, TargetPod
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.observation import Container, Pod

OOM_KILLED = "OOMKilled"
MOST_PODS = 100
"""As many as a status keeps."""


def at_start(pods: Sequence[Pod]) -> list[TargetPod]:
    """What is written down of the pods when the load is created; one on its way out is no part of the target."""
    return [
        TargetPod(
            name=pod.name, uid=pod.uid, restarts={one.name: one.restarts for one in pod.containers} or None
        )
        for pod in pods[:MOST_PODS]
        if not pod.ended and not pod.deleting
    ]


def oom_kills(pods: Sequence[Pod]) -> list[float]:
    """When containers were OOM-killed, epoch seconds, as far as Kubernetes still tells: of each, its last end."""
    ends = ((one.ended_reason, one.ended_at) for pod in pods for one in pod.containers)
    return [at for reason, at in ends if reason == OOM_KILLED and at is not None]


def steady(before: Sequence[TargetPod], pods: Sequence[Pod]) -> list[str]:
    """Names of the pods that were there from start to end."""
    uids = {pod.uid for pod in pods}
    return [one.name for one in before if one.uid in uids]


def incidents(before: Sequence[TargetPod], pods: Sequence[Pod], start: float, end: float) -> list[Incident]:
    """Everything that happened between these moments, epoch seconds."""
    known = {one.uid: one.restarts or {} for one in before}
    found = [
        incident
        for pod in pods
        if pod.uid in known or not pod.deleting
        for container in pod.containers
        if (incident := _incident(pod, container, known.get(pod.uid, {}).get(container.name), (start, end)))
    ]
    return [*found, *_gone(before, pods)]


def _incident(
    pod: Pod, container: Container, before: int | None, window: tuple[float, float]
) -> Incident | None:
    ended = container.ended_at
    # Kubernetes tells whole seconds, cut off.
    inside = ended is not None and window[0] - 1 <= ended <= window[1]
    count = container.restarts - before if before is not None else None
    if not inside and not count:
        return None
    after = show_seconds(max(0.0, ended - window[0])) if ended is not None and inside else None
    killed = container.ended_reason == OOM_KILLED
    return Incident(
        pod=pod.name,
        container=container.name,
        kind="OOMKilled" if killed else "Restarted",
        count=count,
        after=after,
        message=_words(pod, container, count, after),
    )


def _words(pod: Pod, container: Container, count: int | None, after: str | None) -> str:
    killed = container.ended_reason == OOM_KILLED
    what = "was OOM-killed" if killed else "restarted" if count else "ended"
    times = f", {count} restarts" if count and count > 1 else ""
    reason = "" if killed or not container.ended_reason else f" ({container.ended_reason})"
    when = f" {after} into the load" if after else ""
    return f"{pod.name}/{container.name} {what}{when}{reason}{times}"


def _gone(before: Sequence[TargetPod], pods: Sequence[Pod]) -> Iterator[Incident]:
    there = {pod.uid for pod in pods}
    for one in before:
        if one.uid not in there:
            message = f"{one.name} is gone: whether it was killed is not known any more"
            yield Incident(pod=one.name, kind="Gone", message=message)
