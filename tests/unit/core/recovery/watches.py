"""Watches over pods, written by hand; times in seconds from the start of the load."""

from typing import Any

from stresscampaigns.api.pod_watch import PodGroup, PodHarm, PodWatch, ReadyPods
from tests.unit.core.builders import T0


def harm(kind: str, since: float, group: str = "target", **more: Any) -> PodHarm:
    """Something that happened to `agents-0`, or to another."""
    about = {"pod": "agents-0", "groups": [group], "kind": kind, "since": T0 + since} | more
    return PodHarm.model_validate({"uid": f"uid-{about['pod']}"} | about)


def group(name: str, *short: tuple[float, float | None], wanted: int = 3) -> PodGroup:
    """When one pod less than wanted was ready."""
    fewer = [
        (at, number) for a, b in short for at, number in ((a, wanted - 1), (b, wanted)) if at is not None
    ]
    return counts(name, (0, wanted), *fewer)


def counts(name: str, *ready: tuple[float, int]) -> PodGroup:
    """How many pods were ready from when on."""
    return PodGroup(name=name, ready=[ReadyPods(since=T0 + at, number=number) for at, number in ready])


def watch(*harms: PodHarm, groups: tuple[PodGroup, ...] = (), **changes: Any) -> PodWatch:
    """A watch that has looked at everything until the end of the load."""
    known = groups or (group("target"), group("fault:cut"), group("neighbour:api"))
    return PodWatch(
        **({"looked_at": T0 + 100, "groups": list(known), "harms": list(harms) or None} | changes)
    )
