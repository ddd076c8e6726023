"""How long until the service is good again? Counted in the load's own seconds."""

from stresscampaigns.api.check_spec import Check, RecoveryQuestion
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import seconds, show_seconds, threshold_value
from stresscampaigns.core.checks.answer import answered, failed, unanswered
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.stats.recovery import Criterion, Recovery, Sample, recovery


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a recovery check."""
    question = check.recovery
    bounds = fault_bounds(evidence, question.fault) if question else None
    if question is None or bounds is None:
        return unanswered(check, "the fault was not in force")
    found = measure(evidence, question)
    count = len(evidence.result.seconds)
    if found is None or found.recovered_at is None:
        until = evidence.result.seconds[-1].t if count else 0
        return failed(check, "not recovered", f"not good again until the end of the load ({until}s)", count)
    origin = bounds[0] if question.since == "faultStart" else bounds[1]
    value = 0.0 if found.never_broken else max(0.0, found.recovered_at - origin)
    return answered(check, value, show_seconds, count)


def measure(evidence: Evidence, question: RecoveryQuestion) -> Recovery | None:
    """The moments of breaking and recovery, seconds from the start of the load."""
    bounds = fault_bounds(evidence, question.fault)
    if bounds is None:
        return None
    samples = [
        Sample(float(second.t), second.completed, second.failed, second.p95_us)
        for second in evidence.result.seconds
        if second.users > 0
    ]
    criterion = Criterion(
        max_error_ratio=threshold_value(question.good_error_rate),
        max_p95_us=seconds(question.good_p95) * 1e6,
        seconds=question.good_seconds,
    )
    return recovery(samples, *bounds, criterion)


def fault_bounds(evidence: Evidence, name: str) -> tuple[float, float] | None:
    """When the fault really was in force, in any pod, seconds from the start of the load."""
    record = evidence.fault(name)
    pods = [pod for pod in (record.pods if record else None) or [] if pod.injected_at and pod.ended_at]
    if not pods:
        return None
    starts = [pod.injected_at - evidence.started_at for pod in pods if pod.injected_at]
    ends = [pod.ended_at - evidence.started_at for pod in pods if pod.ended_at]
    return min(starts), max(ends)
