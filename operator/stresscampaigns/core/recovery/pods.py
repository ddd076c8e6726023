"""What the watch over pods tells of one fault: from its start on, as far as it was looked at."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence

from stresscampaigns.api.check_spec import EVERY
from stresscampaigns.api.pod_watch import AFTERMATH, PodGroup, PodHarm, PodWatch, ReadyPods, Stretch
from stresscampaigns.core.clocks import MOST
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.pod_watch import BLIND, LEAD, UNCLEAR
from stresscampaigns.core.recovery.measure import asked_bounds, fault_bounds, no_evidence, other_faults
from stresscampaigns.stats.recovery import Span, chain, until


def faults_of(evidence: Evidence, asked: str) -> list[str]:
    """The names of the faults that a question is about."""
    return [fault.name for fault in evidence.template.faults or []] if asked == EVERY else [asked]


def window(evidence: Evidence, fault: str) -> Span | None:
    """From its start, epoch seconds, until the load is over, the next fault begins, or nobody looks any more.

    A search after the stages overloads on purpose: what happens to pods then is no fault's doing.

    What has happened to pods is a fact though the fault has no proven end: it was to end at its time.
    """
    bounds = fault_bounds(evidence, fault) or asked_bounds(evidence, fault)
    if bounds is None:
        return None
    others = other_faults(evidence, fault)
    together = chain(bounds, others)
    stages = evidence.template.load.total_seconds
    load = stages if evidence.searches else evidence.result.finished - evidence.started_at
    end = max(bounds[1], min(until(together, others), load, bounds[1] + AFTERMATH))
    return evidence.started_at + bounds[0], evidence.started_at + end


def unseen(evidence: Evidence, fault: str) -> str | None:
    """Why nobody can say what happened to pods from this fault on."""
    span, watch = window(evidence, fault), evidence.watch
    reason = no_evidence(evidence, fault)
    if span is None or reason:
        return f"fault {fault} {reason}"
    if watch is None:
        return "nobody has looked at the pods"
    blind = [*(watch.blind or []), Stretch(since=watch.looked_at, until=span[1])]
    longest = max(min(one.until or span[1], span[1]) - max(one.since, span[0]) for one in blind)
    if longest > BLIND:
        return f"for {longest:.0f}s around fault {fault} nobody looked at the pods: the operator was away"
    if harm := next((one for one in watch.harms or [] if _perhaps(one, span)), None):
        return f"{words(harm)}, but whether in the time of fault {fault} nobody saw: the operator was away"
    return "more happened to pods than could be written down" if watch.left_out else None


def harms(evidence: Evidence, fault: str, about: Callable[[PodHarm], bool]) -> list[PodHarm]:
    """What happened to pods from this fault on; what had begun before is none of its doing.

    It was seen by the operator's clock, of which that of a fault's node may be a little ahead.
    """
    span = window(evidence, fault)
    known = (evidence.watch.harms if evidence.watch else None) or []
    if span is None:
        return []
    return [harm for harm in known if about(harm) and _certainly(harm, span)]


def _certainly(harm: PodHarm, span: Span) -> bool:
    """Did it happen in that time, whenever it was since the last look before?"""
    earliest = harm.since if harm.after is None else harm.after
    return span[0] - MOST < earliest and harm.since <= span[1]


def _perhaps(harm: PodHarm, span: Span) -> bool:
    """May it have, and may it not? A last look is noted up to some seconds too early."""
    if harm.after is None or _certainly(harm, span):
        return False
    return harm.since > span[0] - MOST and harm.after + UNCLEAR < span[1]


def put_into(evidence: Evidence, fault: str) -> set[str]:
    """UIDs of the pods that the fault was put into."""
    record = evidence.fault(fault)
    return {pod.uid for pod in (record.pods if record else None) or []}


def groups(watch: PodWatch | None, names: Iterable[str]) -> list[PodGroup]:
    """Groups by their names, as far as they are there."""
    wanted = set(names)
    return [group for group in (watch.groups if watch else None) or [] if group.name in wanted]


def ready_before(evidence: Evidence, fault: str, group: PodGroup) -> int | None:
    """How many of a group were ready before a fault, and before those that overlap with it; None: nobody looked.

    The most at a time in the seconds before: where clocks differ a little, what the fault has done is not before it.
    """
    return _before(evidence, fault, group.ready or [])


def _before(evidence: Evidence, fault: str, seen: Sequence[ReadyPods]) -> int | None:
    bounds = fault_bounds(evidence, fault)
    if bounds is None or not seen:
        return None
    start = evidence.started_at + chain(bounds, other_faults(evidence, fault))[0]
    ends = [*(one.since for one in seen[1:]), math.inf]
    before = [
        one.number
        for one, end in zip(seen, ends, strict=True)
        if one.since <= start - MOST and end > start - MOST - LEAD
    ]
    return max(before) if before else seen[0].number if seen[0].since <= start else None


def without_pods(evidence: Evidence, fault: str, wanted: set[str]) -> str | None:
    """Groups of which no pod was ready before a fault, so that nothing could happen to them, in words."""
    there = {one.name for one in groups(evidence.watch, wanted) if ready_before(evidence, fault, one)}
    empty = ", ".join(sorted(wanted - there))
    return f"no pod of {empty} was ready before fault {fault}" if empty else None


def by_others(evidence: Evidence, fault: str, group: PodGroup) -> str | None:
    """Why pods of a group that are gone may have been taken by somebody, in words; None: nothing says so.

    Where one is lost to a fault, another of the same revision takes its place.
    """
    span, revisions = window(evidence, fault), group.revisions or []
    if span is None:
        return None
    known = min((one.since for one in revisions), default=math.inf)
    if any(one.since > max(known, span[0] - MOST - LEAD) and one.since <= span[1] for one in revisions):
        return f"a new revision of {group.name} came around fault {fault}: somebody rolled it out"
    there, before = count_at(group.there, span[1]), _before(evidence, fault, group.there or [])
    if not there or before is None or there >= before or there != count_at(group.ready, span[1]):
        return None
    return (
        f"of {group.name} fewer pods are there than before fault {fault}, all of them ready: somebody scaled it down, "
        "or nobody makes new ones"
    )


def taken(evidence: Evidence, fault: str, wanted: Collection[str]) -> str | None:
    """Why pods of these groups that are gone may be none of a fault's doing; None: none is, or nothing says so."""
    gone = harms(evidence, fault, lambda harm: harm.kind == "Gone")
    names = {name for harm in gone if harm.uid not in put_into(evidence, fault) for name in harm.groups}
    found = groups(evidence.watch, names & set(wanted))
    return next(filter(None, (by_others(evidence, fault, one) for one in found)), None)


def count_at(numbers: Sequence[ReadyPods] | None, moment: float) -> int | None:
    """How many there were at a moment; None: nobody had looked by then."""
    return next((one.number for one in reversed(numbers or []) if one.since <= moment), None)


def words(harm: PodHarm) -> str:
    """What happened to whom."""
    what = {"Unready": "was not ready", "Restarted": "restarted", "Gone": "is gone"}[harm.kind]
    return f"{harm.pod} {what}"
