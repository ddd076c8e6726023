"""How long until the service is good again? Counted in the load's own seconds, after one fault or after each."""

from stresscampaigns.api.check_spec import EVERY, Check, RecoveryQuestion
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import show_seconds, threshold_value
from stresscampaigns.core.checks.answer import (
    answered,
    failed,
    is_settled,
    keeps,
    threshold_words,
    unanswered,
)
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.recovery.measure import FaultMeasurement, measure, no_evidence, outcome

_WORST_FIRST = ("Failed", "Inconclusive", "Passed")


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a recovery check."""
    if check.recovery is None or check.recovery.fault != EVERY:
        return _one(check, evidence)[0]
    faults = [fault.name for fault in evidence.template.faults or []]
    answers = [(*_one(_about(check, check.recovery, name), evidence), name) for name in faults]
    worst, _, name = min(answers, key=lambda one: (_WORST_FIRST.index(one[0].verdict), -one[1]))
    return worst.model_copy(
        update={
            "value": f"{worst.value} ({name})" if worst.value else None,
            "message": _message(check, answers, worst),
            "window": f"{worst.window}, the worst of {len(faults)} faults",
        }
    )


def _about(check: Check, question: RecoveryQuestion, fault: str) -> Check:
    """The same question about one fault."""
    return check.model_copy(update={"recovery": question.model_copy(update={"fault": fault})})


def _message(check: Check, answers: list[tuple[CheckResult, float, str]], worst: CheckResult) -> str:
    if worst.verdict == "Passed":
        return f"{worst.message}, the worst of {len(answers)}"
    bad = [
        f"{fault}: {one.message.removeprefix(f'{check.name}: ')}"
        for one, _, fault in answers
        if one.verdict != "Passed"
    ]
    good = len(answers) - len(bad)
    return f"{check.name}: {'; '.join(bad)}; {good} of {len(answers)} faults recovered from in time"


def _one(check: Check, evidence: Evidence) -> tuple[CheckResult, float]:
    """The answer about one fault, and how bad it is, in seconds."""
    question = check.recovery
    found = measure(evidence, question) if question else None
    reason = no_evidence(evidence, question.fault) if question else "is not named"
    if question is None or found is None or reason:
        return unanswered(check, f"the fault {reason}"), 0.0
    if found.unsteady:
        return unanswered(check, found.unsteady), 0.0
    count = sum(second.length for second in evidence.result.seconds)
    since_start = question.since == "faultStart"
    value = found.from_start if since_start else found.from_end
    if value is None:
        origin = found.start if since_start else found.end
        at_least = found.soonest - origin
        if found.under_another and found.found.recovered_at is not None:
            return _between(check, at_least, found.found.recovered_at - origin, count), at_least
        return _not_recovered(check, question, at_least, found, count), at_least
    return answered(check, value, show_seconds, count), value


def _between(check: Check, at_least: float, at_most: float, count: int) -> CheckResult:
    """Good again, but bad before that while another fault was in force: whose doing that was nobody knows."""
    if is_settled(check, at_least, at_most):
        return answered(check, at_most if keeps(check, at_most) else at_least, show_seconds, count)
    words = f"good again after {show_seconds(at_least)} at least and {show_seconds(at_most)} at most"
    why = "another fault was in force meanwhile: let them be further apart"
    return unanswered(check, f"{words}, against {threshold_words(check)}; {why}")


def _not_recovered(
    check: Check, question: RecoveryQuestion, at_least: float, found: FaultMeasurement, count: int
) -> CheckResult:
    """Failed only where that is certain; else the load ended before anyone could tell."""
    words = f"not good again when {found.looked_until}; it takes {show_seconds(at_least)} at least; {found.last_bad}"
    bound = None if check.max is None else threshold_value(check.max)
    if outcome(found, question, bound) == "Censored":
        allowed = "" if check.max is None else f", allowed are {check.max}"
        more = "let the load go on for longer" + (" before that" if found.cut_by_fault else "")
        return unanswered(check, f"{words}{allowed}: {more}")
    return failed(check, "not recovered", words, count)
