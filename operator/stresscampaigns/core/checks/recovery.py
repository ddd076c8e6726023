"""How long until the service is good again? Counted in the load's own seconds."""

import math

from stresscampaigns.api.check_spec import Check, RecoveryQuestion
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import seconds, show_seconds, threshold_value
from stresscampaigns.core.checks.answer import answered, failed, unanswered
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.stats.recovery import Criterion, Recovery, Sample, is_good, recovery


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a recovery check."""
    question = check.recovery
    bounds = fault_bounds(evidence, question.fault) if question else None
    if question is None or bounds is None:
        return unanswered(check, "the fault was not in force")
    found = measure(evidence, question)
    count = sum(second.length for second in evidence.result.seconds)
    origin = bounds[0] if question.since == "faultStart" else bounds[1]
    if found is None or found.recovered_at is None:
        at_least = _soonest(evidence, question, bounds[1]) - origin
        return _not_recovered(check, count, at_least, _last_bad(evidence, question))
    value = 0.0 if found.never_broken else max(0.0, found.recovered_at - origin)
    return answered(check, value, show_seconds, count)


def measure(evidence: Evidence, question: RecoveryQuestion) -> Recovery | None:
    """The moments of breaking and recovery, seconds from the start of the load."""
    bounds = fault_bounds(evidence, question.fault)
    if bounds is None:
        return None
    return recovery(_samples(evidence), *bounds, _criterion(question))


def _samples(evidence: Evidence) -> list[Sample]:
    """The seconds under load; one in which requests completed was, even where nobody counted the users.

    Those of a search in which the generator was at its limit say nothing.
    """
    total = evidence.template.load.total_seconds
    until = total if evidence.search_strain else math.inf
    return [
        Sample(float(second.t), second.completed, second.failed, second.p95_us, second.length)
        for second in evidence.result.seconds
        if (second.users > 0 and second.t < until) or (second.completed and second.t < total)
    ]


def _criterion(question: RecoveryQuestion) -> Criterion:
    return Criterion(
        max_error_ratio=threshold_value(question.good_error_rate),
        max_p95_us=seconds(question.good_p95) * 1e6,
        seconds=question.good_seconds,
    )


def _soonest(evidence: Evidence, question: RecoveryQuestion, end: float) -> float:
    """The earliest moment at which a service may have recovered that the load did not see recover."""
    criterion = _criterion(question)
    return max([end, *(sample.end for sample in _samples(evidence) if not is_good(sample, criterion))])


def _last_bad(evidence: Evidence, question: RecoveryQuestion) -> str:
    """The last second that was not good, in numbers: so that nobody must believe it unseen."""
    criterion = _criterion(question)
    bad = [sample for sample in _samples(evidence) if not is_good(sample, criterion)]
    if not bad:
        return "no second was bad"
    last = bad[-1]
    shown = f"{last.completed} completed, {last.failed} of them failed, p95 {show_seconds(last.p95_us / 1e6)}"
    return f"the last bad second, {last.t:.0f}: {shown}"


def _not_recovered(check: Check, count: int, at_least: float, last_bad: str) -> CheckResult:
    """Failed only where the recovery certainly took too long; else the load ended before anyone could tell."""
    words = f"not good again when the load ended; it takes {show_seconds(at_least)} at least; {last_bad}"
    if check.max is not None and at_least <= threshold_value(check.max):
        return unanswered(check, f"{words}, allowed are {check.max}: let the load go on for longer")
    return failed(check, "not recovered", words, count)


def fault_bounds(evidence: Evidence, name: str) -> tuple[float, float] | None:
    """When the fault really was in force, in any pod, seconds from the start of the load."""
    record = evidence.fault(name)
    pods = [pod for pod in (record.pods if record else None) or [] if pod.injected_at and pod.ended_at]
    if not pods:
        return None
    starts = [pod.injected_at - evidence.started_at for pod in pods if pod.injected_at]
    ends = [pod.ended_at - evidence.started_at for pod in pods if pod.ended_at]
    return min(starts), max(ends)
