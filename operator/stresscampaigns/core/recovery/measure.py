"""One fault's recovery, from the load's own seconds: was the service well before it, when did it break, when heal?"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from stresscampaigns.api.check_spec import EVERY, Check, RecoveryQuestion
from stresscampaigns.api.load_result import Second
from stresscampaigns.api.load_spec import Load
from stresscampaigns.api.recovery_record import RecoveryOutcome
from stresscampaigns.api.units import seconds, show_seconds, threshold_value
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.plan import under_load as planned_load
from stresscampaigns.stats.recovery import (
    Criterion,
    Recovery,
    Sample,
    Span,
    alone_until,
    before,
    chain,
    is_good,
    recovery,
    until,
    within,
)


@dataclass(frozen=True)
class FaultMeasurement:
    """Moments in seconds from the start of the load."""

    start: float
    """In force in the first pod."""
    end: float
    """Ended in the last."""
    found: Recovery
    unsteady: str | None
    """Why nobody can say what the service should recover to."""
    soonest: float
    """Of a service that was not seen to recover by itself: the earliest moment at which it may have."""
    seen_until: float
    """The last second that tells of this fault ends here."""
    last_bad: str
    too_late: str | None
    """A bad second that came so long after the end of a fault under which all was good that it is not its doing."""
    cut_by_fault: bool
    """It was looked at only as far as the next fault, or another one that was in force for longer."""
    under_another: bool
    """It was seen to be good again only when another fault had been in force as well: it may have been so before."""

    @property
    def from_start(self) -> float | None:
        """Time to recovery from the fault's start; 0: never broken; None: not seen, or perhaps another's."""
        return self._time(self.start)

    @property
    def from_end(self) -> float | None:
        """The same from its end."""
        return self._time(self.end)

    @property
    def looked_until(self) -> str:
        """What came then, so that nothing was looked at any more."""
        if not self.cut_by_fault:
            return "the load ended"
        return "the next fault began" if self.seen_until >= self.end else "another fault was in force"

    def _time(self, origin: float) -> float | None:
        if self.unsteady or self.under_another or self.found.recovered_at is None:
            return None
        return 0.0 if self.found.never_broken else max(0.0, self.found.recovered_at - origin)


def measure(evidence: Evidence, question: RecoveryQuestion) -> FaultMeasurement | None:
    """What is known of a fault; None: it was not in force."""
    bounds = fault_bounds(evidence, question.fault)
    if bounds is None:
        return None
    criterion, others = criterion_of(question), other_faults(evidence, question.fault)
    samples, together = _telling(evidence, bounds, criterion), chain(bounds, others)
    limit, alone = until(together, others), alone_until(bounds, others)
    seen = [sample for sample in samples if sample.end <= limit]
    own = [sample for sample in seen if sample.end <= alone]
    bad = [sample for sample in own if not is_good(sample, criterion)]
    by_itself, found = (recovery(some, *bounds, criterion) for some in (own, seen))
    if by_itself.recovered_at is not None:
        found = by_itself
    later = [sample for sample in bad if sample.t >= bounds[1]] if found.never_broken else []
    return FaultMeasurement(
        *bounds,
        found=found,
        unsteady=unsteady(within(samples, before(together, others)), criterion),
        soonest=max([bounds[1], *(sample.end for sample in bad)]),
        seen_until=max((sample.end for sample in own), default=0.0),
        last_bad=f"the last bad second, {_words(bad[-1])}" if bad else "no second was bad",
        too_late=_words(later[0]) if later else None,
        cut_by_fault=min(limit, alone) < math.inf,
        under_another=by_itself.recovered_at is None and None not in (found.recovered_at, found.broken_at),
    )


def measured(evidence: Evidence, fault: str) -> FaultMeasurement | None:
    """The same, by what the run's checks call good."""
    return measure(evidence, question_of(evidence.template.checks, fault)[0])


def fault_bounds(evidence: Evidence, name: str) -> Span | None:
    """When the fault really was in force, in any pod, seconds from the start of the load.

    It began in a pod that was lost, too: where another has taken its place, harm was done since then. And as nobody has
    seen it end there, it may have been in force until it was to end.
    """
    record = evidence.fault(name)
    pods = [pod for pod in (record.pods if record else None) or [] if pod.injected_at]
    starts = [pod.injected_at for pod in pods if pod.injected_at]
    ends = [pod.ended_at for pod in pods if pod.ended_at]
    if record is None or not ends:
        return None
    latest = max([*ends, record.ends_at or 0.0]) if len(ends) < len(pods) else max(ends)
    return min(starts) - evidence.started_at, latest - evidence.started_at


def asked_bounds(evidence: Evidence, name: str) -> Span | None:
    """Of a fault that was in force: from when on it was, and when it was to end; as above."""
    record = evidence.fault(name)
    starts = [pod.injected_at for pod in (record.pods if record else None) or [] if pod.injected_at]
    if record is None or not starts:
        return None
    start = min(starts)
    return start - evidence.started_at, max(start, record.ends_at or 0.0) - evidence.started_at


def no_evidence(evidence: Evidence, name: str) -> str | None:
    """Why a fault tells nothing of whom it was meant for, in words that follow its name; None: it has hit somebody."""
    record = evidence.fault(name)
    if record is None or asked_bounds(evidence, name) is None:
        return "was not in force"
    if fault_bounds(evidence, name) is None:
        return "is not known to have ended"
    return None if any(pod.harmed for pod in record.pods or []) else "met nothing to break"


def question_of(checks: Iterable[Check], fault: str) -> tuple[RecoveryQuestion, Check | None]:
    """What good means for a fault, and which check bounds it: its own, the one for all, else the defaults."""
    asked = [
        (check.recovery, check)
        for check in checks
        if check.recovery and check.recovery.fault in (fault, EVERY)
    ]
    own = sorted(asked, key=lambda one: one[0].fault == EVERY)
    question, check = own[0] if own else (RecoveryQuestion(fault=fault), None)
    return question.model_copy(update={"fault": fault}), check


def outcome(
    found: FaultMeasurement | None, question: RecoveryQuestion, bound: float | None
) -> RecoveryOutcome:
    """In one word. Not recovered is certain only beyond the bound; without one, when recovery could have been seen.

    Args:
        bound: seconds that the recovery may take.
    """
    if found is None:
        return "NotInForce"
    if found.unsteady:
        return "Unsteady"
    origin = found.start if question.since == "faultStart" else found.end
    if found.found.recovered_at is not None:
        at_most = found.found.recovered_at - origin
        open_ = found.under_another and bound is not None and found.soonest - origin <= bound < at_most
        return "Censored" if open_ else "Recovered"
    if bound is None:
        return "NotRecovered" if found.seen_until - found.end >= question.good_seconds else "Censored"
    return "NotRecovered" if found.soonest - origin > bound else "Censored"


def _telling(evidence: Evidence, bounds: Span, criterion: Criterion) -> list[Sample]:
    """Those seconds under load that tell of a fault.

    A search after the stages overloads on purpose: it shows only how what was broken before it heals.
    """
    stages, search = under_load(evidence)
    found = recovery(stages, *bounds, criterion)
    broken = found.broken_at is not None and found.recovered_at is None
    return [*stages, *search] if broken else stages


def under_load(evidence: Evidence) -> tuple[list[Sample], list[Sample]]:
    """The seconds under load, of the stages and of a search after them.

    One in which requests completed is under load, even where nobody counted the users. Those who are there in a stage
    without load do nothing: of an open load, or of a closed one for a moment. What ends after the stages is of no
    second of theirs; those of a search in which the generator was at its limit say nothing.
    """
    total, told = evidence.template.load.total_seconds, evidence.result.seconds
    tells = evidence.searches and not evidence.search_strain
    search = [one for one in told if one.t + one.length > total and one.users and tells]
    return [*map(_sample, seconds_under_load(evidence))], [*map(_sample, search)]


def seconds_under_load(evidence: Evidence) -> list[Second]:
    """Those of the stages, as above."""
    load = evidence.template.load
    inside = (one for one in evidence.result.seconds if one.t + one.length <= load.total_seconds)
    return [one for one in inside if one.completed or (one.users and _is_planned(one, load))]


def _is_planned(second: Second, load: Load) -> bool:
    return any(second.t < end and second.t + second.length > start for start, end in planned_load(load))


def _sample(second: Second) -> Sample:
    return Sample(float(second.t), second.completed, second.failed, second.p95_us, second.length)


def criterion_of(question: RecoveryQuestion) -> Criterion:
    """What a good second is."""
    return Criterion(
        max_error_ratio=threshold_value(question.good_error_rate),
        max_p95_us=seconds(question.good_p95) * 1e6,
        seconds=question.good_seconds,
        breaks_within=seconds(question.breaks_within),
    )


def other_faults(evidence: Evidence, name: str) -> list[Span]:
    """When all others were in force; of one that has no proven end, until when it was to be."""
    others = (record.name for record in evidence.faults if record.name != name)
    spans = (fault_bounds(evidence, other) or asked_bounds(evidence, other) for other in others)
    return [span for span in spans if span]


def unsteady(samples: list[Sample], criterion: Criterion) -> str | None:
    """Why these seconds before a fault are no steady state, with the last bad one; None: they are."""
    if not samples:
        return "nothing was seen of the service before the fault: let it begin later"
    bad = [sample for sample in samples if not is_good(sample, criterion)]
    if not bad:
        return None
    seen = sum(sample.length for sample in samples)
    return (
        f"the service was not steady before the fault: {sum(one.length for one in bad):g} of the {seen:g} seconds "
        f"before it were bad, the last of them {_words(bad[-1])}"
    )


def _words(one: Sample) -> str:
    """One second in numbers: so that nobody must believe it unseen."""
    shown = f"{one.completed} completed, {one.failed} of them failed, p95 {show_seconds(one.p95_us / 1e6)}"
    return f"{one.t:.0f}: {shown}"
