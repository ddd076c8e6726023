"""How long after a fault's end are as many pods ready as before it? Of the target, and of those that were hit."""

import math
from collections.abc import Iterator

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.pod_watch import TARGET, PodGroup, PodWatch, Stretch, of_fault
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.checks.answer import answered, beyond_max, failed, unanswered
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.recovery.measure import fault_bounds
from stresscampaigns.core.recovery.pods import faults_of, groups, ready_before, unseen, window


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a podsReady check: the slowest group, after whichever fault."""
    faults = faults_of(evidence, check.pods_ready.fault if check.pods_ready else "")
    times = [
        (*_time(evidence, evidence.watch, fault, group), fault, group.name)
        for fault in faults
        if evidence.watch
        for group in _groups(evidence, fault)
    ]
    doubts = [doubt for fault in faults if (doubt := unseen(evidence, fault) or _no_number(evidence, fault))]
    open_ = [one for one in times if not one[1]]
    if slow := next((one for one in open_ if beyond_max(check, one[0])), None):
        words = f"pods of {slow[3]} not all ready again {show_seconds(slow[0])} after the end of {slow[2]}"
        return failed(check, "not ready again", words)
    slowest = max((seconds for seconds, ready, *_ in times if ready), default=0.0)
    if not times or (not beyond_max(check, slowest) and (doubts or open_)):
        late = [f"pods of {one[3]} were not all ready again when nobody looked any more" for one in open_]
        return unanswered(check, "; ".join(dict.fromkeys([*doubts, *late])) or "no pod was looked at")
    return answered(check, slowest, show_seconds, len(times))


def _groups(evidence: Evidence, fault: str) -> list[PodGroup]:
    return groups(evidence.watch, (TARGET, of_fault(fault)))


def _no_number(evidence: Evidence, fault: str) -> str | None:
    unknown = [one.name for one in _groups(evidence, fault) if ready_before(evidence, fault, one) is None]
    return f"how many pods of {unknown[0]} were ready before fault {fault} is not known" if unknown else None


def _time(evidence: Evidence, watch: PodWatch, fault: str, group: PodGroup) -> tuple[float, bool]:
    """Seconds from the fault's end until enough pods of a group were ready; False: at least so long, and not seen."""
    span, bounds = window(evidence, fault), fault_bounds(evidence, fault)
    wanted = ready_before(evidence, fault, group)
    if span is None or bounds is None or wanted is None:
        return 0.0, True
    end = evidence.started_at + bounds[1]
    ends = [_end(watch, one, span[1]) for one in _short(group, wanted) if one.since <= span[1]]
    late = [(soonest, latest) for soonest, latest in ends if latest > end]
    at_least = max((soonest - end for soonest, _ in late), default=0.0)
    return max(0.0, at_least), all(soonest == latest for soonest, latest in late)


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
