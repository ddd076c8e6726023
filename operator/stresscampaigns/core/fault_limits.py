"""How many pods may be broken at once. The same law before the start, for the plan, and at each injection.

Of the pods that any fault's selector picks, no more than a share is hit at once, by whichever faults; a pod that
several faults hit counts once; a rollout hits all pods of its Deployment. Pods that are not ready for another reason do
not count: they serve nobody either way.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from stresscampaigns.api.base import MAX_FAULT_SHARE_ANNOTATION
from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.run import FaultPod, FaultRecord
from stresscampaigns.api.units import threshold_value
from stresscampaigns.core.observation import Observation, Pod
from stresscampaigns.core.targeting import choose

_OVER = ("Ended", "Refused", "Late", "Aborted", "HeldBack")
"""Outcomes after which a pod is certainly hit no more. A fault whose sidecar died lasts until its deadline."""


@dataclass(frozen=True)
class Limit:
    """The share, and who set it."""

    share: float
    whose: str

    @staticmethod
    def of(template: RunTemplate, owners: float) -> "Limit":
        """The lower of the campaign's and the namespace's owner's."""
        own = threshold_value(template.fault_limits.max_share)
        if owners < own:
            return Limit(owners, f"the namespace's annotation {MAX_FAULT_SHARE_ANNOTATION}")
        return Limit(own, "spec.faultLimits.maxShare")

    def pods(self, of: int) -> int:
        """Of so many pods."""
        return math.floor(self.share * of + 1e-9)


def beyond_plan(template: RunTemplate, limit: Limit, pods: Mapping[str, Sequence[Pod]]) -> str | None:
    """Which faults would break too many pods, if they chose now; in words, or None.

    Args:
        pods: fault → the pods that its selector picks.
    """
    faults = template.faults or []
    chosen = {fault.name: [pod.uid for pod in choose(fault, pods.get(fault.name, ()))] for fault in faults}
    for moment in sorted({fault.start_seconds for fault in faults}):
        now = [fault for fault in faults if fault.start_seconds <= moment < fault.end_seconds]
        hit = {uid for fault in now for uid in chosen[fault.name]}
        if (problem := _beyond(limit, hit, pods)) is not None:
            return f"{_named(now)} would {problem}"
    return None


def beyond(
    limit: Limit,
    chosen: Iterable[Pod],
    others: Iterable[FaultRecord],
    pods: Mapping[str, Sequence[Pod]],
    window: tuple[float, float],
) -> str | None:
    """Would these pods be too many, beside those that other faults have been given? In words, or None.

    Args:
        window: in which they are hit, epoch seconds.
    """
    mine, (start, end) = {pod.uid for pod in chosen}, window
    known = [(one.starts_at or 0.0, one.ends_at or 0.0, one) for one in others]
    for moment in sorted({start, *(begin for begin, _, _ in known if start < begin < end)}):
        theirs = {uid for begin, over, one in known if begin <= moment < over for uid in _uids(one, pods)}
        if (problem := _beyond(limit, mine | theirs, pods)) is not None:
            return f"it would {problem}"
    return None


@dataclass(frozen=True)
class Bound:
    """How many pods may be hit at once, and what the other faults hit."""

    limit: Limit
    others: tuple[FaultRecord, ...]

    def beyond(self, chosen: Sequence[Pod], seen: Observation, start: float, end: float) -> str | None:
        """Why these pods would be too many, or None."""
        return beyond(self.limit, chosen, self.others, seen.fault_pods, (start, end))


def hit_by(record: FaultRecord) -> list[FaultPod]:
    """The pods in which a fault is, or may be, or is about to be."""
    return [pod for pod in record.pods or [] if pod.outcome not in _OVER]


def _uids(record: FaultRecord, pods: Mapping[str, Sequence[Pod]]) -> set[str]:
    """Of the pods that a fault hits; a rollout replaces them, all of them."""
    hit = {pod.uid for pod in hit_by(record)}
    return {pod.uid for pod in pods.get(record.name, ())} if hit and record.type == "BadRollout" else hit


def _beyond(limit: Limit, hit: Collection[str], pods: Mapping[str, Sequence[Pod]]) -> str | None:
    for picked in pods.values():
        known = [pod for pod in picked if pod.ready or pod.uid in hit]
        broken = sorted(pod.name for pod in known if pod.uid in hit)
        allowed = limit.pods(len(known))
        if len(broken) > allowed:
            return (
                f"break {len(broken)} of {len(known)} pods at once ({', '.join(broken[:5])}"
                f"{', …' if len(broken) > 5 else ''}); {limit.whose} allows {allowed} ({limit.share * 100:.4g}%)"
            )
    return None


def _named(faults: Sequence[Fault]) -> str:
    return f"fault{'s' if len(faults) > 1 else ''} {', '.join(fault.name for fault in faults)}"
