"""Watches over pods, written by hand; times in seconds from the start of the load."""

from typing import Any

from stresscampaigns.api.pod_watch import PodGroup, PodHarm, PodWatch, Stretch
from tests.unit.core.builders import T0


def harm(kind: str, since: float, group: str = "target", **more: Any) -> PodHarm:
    """Something that happened to `agents-0`, or to another."""
    about = {"pod": "agents-0", "groups": [group], "kind": kind, "since": T0 + since} | more
    return PodHarm.model_validate({"uid": f"uid-{about['pod']}"} | about)


def group(name: str, *short: tuple[float, float | None], wanted: int = 3) -> PodGroup:
    """When fewer pods than wanted were ready."""
    stretches = [Stretch(since=T0 + a, until=None if b is None else T0 + b) for a, b in short]
    return PodGroup(name=name, wanted=wanted, short=stretches or None)


def watch(*harms: PodHarm, groups: tuple[PodGroup, ...] = (), **changes: Any) -> PodWatch:
    """A watch that has looked at everything until the end of the load."""
    known = groups or (group("target"), group("fault:cut"), group("neighbour:api"))
    return PodWatch(
        **({"looked_at": T0 + 100, "groups": list(known), "harms": list(harms) or None} | changes)
    )
