"""How long after a fault's end are as many pods ready as before it? Of the target, and of those that were hit."""

import math
from collections.abc import Iterator

from stresscampaigns.api.check_spec import EVERY, Check
from stresscampaigns.api.pod_watch import TARGET, PodGroup, PodWatch, Stretch, of_fault
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.checks.answer import answered, beyond_max, failed, is_settled, unanswered
from stresscampaigns.core.clocks import MOST
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.pod_watch import LEAD
from stresscampaigns.core.recovery.measure import fault_bounds, other_faults
from stresscampaigns.core.recovery.pods import (
    by_others,
    count_at,
    faults_of,
    groups,
    put_into,
    ready_before,
    unseen,
    window,
)
from stresscampaigns.stats.recovery import alone_until


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a podsReady check: the slowest group, after whichever fault."""
    faults = faults_of(evidence, check.pods_ready.fault if check.pods_ready else "")
    times = [
        (*_time(evidence, evidence.watch, fault, group), fault, group)
        for fault in faults
        if evidence.watch
        for group in _groups(evidence, fault)
    ]
    doubts = [doubt for fault in faults if (doubt := unseen(evidence, fault) or _no_number(evidence, fault))]
    unsure = [one for one in times if one[0] != one[1]]
    open_ = [one for one in unsure if not is_settled(check, *one[:2])]
    if slow := next((one for one in unsure if beyond_max(check, one[0])), None):
        words = (
            f"pods of {slow[3].name} not all ready again {show_seconds(slow[0])} after the end of {slow[2]}"
        )
        return failed(check, "not ready again", words)
    slowest = max((one[1] for one in times if one not in open_), default=0.0)
    if not times or (not beyond_max(check, slowest) and (doubts or open_)):
        late = [_why_open(evidence, *one[2:]) for one in open_]
        return unanswered(check, "; ".join(dict.fromkeys([*doubts, *late])) or "no pod was looked at")
    return answered(check, slowest, show_seconds, len(times))


def _why_open(evidence: Evidence, fault: str, group: PodGroup) -> str:
    late = f"pods of {group.name} were not all ready again when nobody looked any more, or another fault was in force"
    return _fewer_wanted(evidence, fault, group) or late


def _fewer_wanted(evidence: Evidence, fault: str, group: PodGroup) -> str | None:
    """Why fewer may be wanted by now: somebody has taken some of a group that no fault was put into."""
    hit = {uid for name in faults_of(evidence, EVERY) for uid in put_into(evidence, name)}
    bounds, known = fault_bounds(evidence, fault), (evidence.watch.harms if evidence.watch else None) or []
    since = evidence.started_at + (bounds[0] if bounds else 0.0) - MOST - LEAD
    gone = (one for one in known if one.kind == "Gone" and group.name in one.groups and one.since >= since)
    return by_others(evidence, fault, group) if any(one.uid not in hit for one in gone) else None


def _groups(evidence: Evidence, fault: str) -> list[PodGroup]:
    return groups(evidence.watch, (TARGET, of_fault(fault)))


def _no_number(evidence: Evidence, fault: str) -> str | None:
    unknown = [one.name for one in _groups(evidence, fault) if ready_before(evidence, fault, one) is None]
    return f"how many pods of {unknown[0]} were ready before fault {fault} is not known" if unknown else None


def _time(evidence: Evidence, watch: PodWatch, fault: str, group: PodGroup) -> tuple[float, float]:
    """Seconds from the fault's end until enough pods of a group were ready, at least and at most.

    They differ where that was not seen; and where another fault was in force meanwhile, whose doing a shortage may be.
    """
    span, bounds = window(evidence, fault), fault_bounds(evidence, fault)
    wanted = ready_before(evidence, fault, group)
    if span is None or bounds is None or wanted is None:
        return 0.0, 0.0
    end = evidence.started_at + bounds[1]
    alone = max(end, evidence.started_at + alone_until(bounds, other_faults(evidence, fault)))
    ends = [_end(watch, one, span[1]) for one in _short(group, wanted) if one.since <= span[1]]
    late = [(min(soonest, alone), latest) for soonest, latest in ends if latest > end]
    at_least = max((soonest - end for soonest, _ in late), default=0.0)
    at_most = max((latest - end for _, latest in late), default=0.0)
    if at_most == math.inf and _fewer_wanted(evidence, fault, group):
        at_least = min(alone, _all_there_since(group, span[1])) - end
    return max(0.0, at_least), at_most


def _all_there_since(group: PodGroup, limit: float) -> float:
    """Until the limit all that were there were ready from then on; -inf: whenever anybody looked."""
    looks = sorted({one.since for one in [*(group.ready or []), *(group.there or [])] if one.since <= limit})
    short = [at for at in looks if count_at(group.ready, at) != count_at(group.there, at)]
    return next((at for at in looks if short and at > short[-1]), -math.inf)


def _short(group: PodGroup, wanted: int) -> Iterator[Stretch]:
    """When fewer were seen to be ready."""
    since: float | None = None
    for one in group.ready or []:
        if one.number < wanted:
            since = one.since if since is None else since
        elif since is not None:
            yield Stretch(since=since, until=one.since)
            since = None
    if since is not None:
        yield Stretch(since=since)


def _end(watch: PodWatch, short: Stretch, limit: float) -> tuple[float, float]:
    """When a shortage ended at the soonest, and when at the latest: they differ where nobody looked in between."""
    if short.until is None:
        return min(limit, watch.looked_at), math.inf
    blind = (one.since for one in watch.blind or [] if one.until == short.until)
    soonest = max(short.since, next(blind, short.until))
    return min(limit, soonest), math.inf if short.until > limit else short.until
