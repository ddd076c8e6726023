"""How far a fault reached: requests that failed, pods that suffered, among them those that it was not meant for."""

import math
from collections import Counter
from collections.abc import Sequence

from stresscampaigns.api.pod_watch import TARGET, PodHarm, of_fault
from stresscampaigns.api.recovery_record import Impact
from stresscampaigns.core.checks.answer import show_ratio
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.recovery.measure import FaultMeasurement
from stresscampaigns.core.recovery.pods import harms, put_into, unseen, words

SHOWN = 32


def harmed_until(found: FaultMeasurement) -> float:
    """Until then requests count as the fault's: its end, or the recovery, or as far as was seen."""
    recovered = found.found.recovered_at
    return max(found.end, found.seen_until if recovered is None else recovered)


def requests_of(evidence: Evidence, found: FaultMeasurement) -> tuple[int, int]:
    """Requests that ended from a fault's start to the recovery, and failed ones among them: of whole seconds."""
    start, end = math.floor(found.start), harmed_until(found)
    seconds = [one for one in evidence.result.seconds if one.t + one.length > start and one.t < end]
    return sum(one.completed for one in seconds), sum(one.failed for one in seconds)


def impact(evidence: Evidence, fault: str, found: FaultMeasurement) -> Impact:
    """Requests and pods that a fault has harmed."""
    requests, failed = requests_of(evidence, found)
    return Impact(
        requests=requests,
        failed=failed,
        share=show_ratio(failed / requests) if requests else None,
        failed_by_name=_by_name(evidence, found) or None,
        pods=_told(own_harms(evidence, fault)),
        neighbours=_told(neighbours_harms(evidence, fault)),
        unknown=unseen(evidence, fault),
    )


def own_harms(evidence: Evidence, fault: str) -> list[PodHarm]:
    """What happened to the target's pods, and to those that the fault's selector names."""
    own = {TARGET, of_fault(fault)}
    return harms(evidence, fault, lambda harm: bool(own & set(harm.groups)))


def neighbours_harms(evidence: Evidence, fault: str) -> list[PodHarm]:
    """What happened to neighbours' pods that the fault was not put into."""
    hit = put_into(evidence, fault)
    return harms(
        evidence,
        fault,
        lambda harm: harm.uid not in hit and any(one.startswith("neighbour:") for one in harm.groups),
    )


def _told(found: Sequence[PodHarm]) -> list[str] | None:
    return list(dict.fromkeys(map(words, found)))[:SHOWN] or None


def _by_name(evidence: Evidence, found: FaultMeasurement) -> dict[str, int]:
    slots = evidence.result.slots
    if slots is None:
        return {}
    first, last = int(found.start // slots.length), math.ceil(harmed_until(found) / slots.length)
    failed = Counter({f"{one.scenario}: {one.name}": sum(one.failures[first:last]) for one in slots.requests})
    return {name: number for name, number in failed.most_common(10) if number}
