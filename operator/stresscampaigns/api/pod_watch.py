"""What a run notes of pods around its faults: who was not ready, restarted, or vanished, and when."""

from typing import Literal

from pydantic import Field

from stresscampaigns.api.base import Model
from stresscampaigns.api.selection import LabelSelector, Name, Namespace

TARGET = "target"
"""The group of the campaign's own target."""
AFTERMATH = 300.0
"""Seconds after a fault's end in which its surroundings are looked at."""
MOST_HARMS = 64
MOST_STRETCHES = 32
MOST_CHANGES = 100
MOST_PODS = 100
MOST_REVISIONS = 16


def of_fault(name: str) -> str:
    """The group of pods that a fault's selector names."""
    return f"fault:{name}"


def of_neighbour(name: str) -> str:
    """The group of a neighbour's pods."""
    return f"neighbour:{name}"


class Neighbour(Model):
    """Pods beside the target that no fault may harm."""

    name: Name = Field(description="Containment checks and the record call it so.")
    namespace: Namespace | None = Field(
        default=None, description="Theirs, in which the operator must have rights; left out: the target's."
    )
    selector: LabelSelector = Field(description="Its pods.")


class Stretch(Model):
    """From when until when, epoch seconds; without an end it goes on."""

    since: float
    until: float | None = None


class ReadyPods(Model):
    """So many were seen to be ready from then on, epoch seconds."""

    since: float
    number: int


class Revision(Model):
    """One that pods are of, as their controller tells it, and since when it is seen, epoch seconds."""

    since: float
    name: str


class PodGroup(Model):
    """Pods that belong together."""

    name: str = Field(description="target, fault:NAME or neighbour:NAME.")
    ready: list[ReadyPods] | None = Field(
        default=None,
        max_length=MOST_CHANGES,
        description="How many were seen to be ready, whenever that changed.",
    )
    there: list[ReadyPods] | None = Field(
        default=None,
        max_length=MOST_CHANGES,
        description="How many were there, ready or not, but for those on their way out.",
    )
    revisions: list[Revision] | None = Field(
        default=None, max_length=MOST_REVISIONS, description="Of the pods that were seen."
    )
    wanted: int | None = Field(default=None, description="Of runs of older versions.")
    short: list[Stretch] | None = Field(
        default=None, max_length=MOST_STRETCHES, description="Of runs of older versions."
    )


class WatchedPod(Model):
    """One pod as it was last seen."""

    name: str
    uid: str
    groups: list[str]
    restarts: int = 0
    ready: bool = False


class PodHarm(Model):
    """Something that happened to one pod."""

    pod: str
    uid: str
    groups: list[str]
    kind: Literal["Unready", "Restarted", "Gone"]
    count: int | None = Field(default=None, description="Restarts.")
    since: float = Field(description="When it was seen, epoch seconds.")
    after: float | None = Field(
        default=None,
        description="Nobody had looked since then: it happened at some moment in between. Left out where somebody just "
        "had.",
    )
    until: float | None = Field(default=None, description="When it was seen to be ready again.")


class PodWatch(Model):
    """Pods around the faults, looked at twice a second."""

    looked_at: float = Field(description="The last look, to within 5 s.")
    blind: list[Stretch] | None = Field(
        default=None, max_length=MOST_STRETCHES, description="When nobody looked: nothing is known of then."
    )
    groups: list[PodGroup] | None = Field(default=None, max_length=64)
    pods: list[WatchedPod] | None = Field(default=None, max_length=MOST_PODS)
    harms: list[PodHarm] | None = Field(default=None, max_length=MOST_HARMS)
    left_out: bool | None = Field(
        default=None, description="More happened, or to more pods, than is kept here."
    )
