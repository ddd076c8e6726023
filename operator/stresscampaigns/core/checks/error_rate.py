"""Which share of requests fails? A task that raises outside of any request counts as one more that does."""

from stresscampaigns.api.check_spec import Check, ErrorRateQuestion
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import answered, beyond_max, show_ratio, unanswered, window_name
from stresscampaigns.core.checks.under_way import stall
from stresscampaigns.core.evidence import Evidence


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to an error-rate check."""
    question = check.error_rate or ErrorRateQuestion()
    entries = counting.asked_for(counting.parts(evidence, window_name(check)), question)
    errors = counting.errors(entries)
    count = counting.total(entries) + errors
    if not count:
        return unanswered(check, "no request completed in this window")
    failed = counting.failures(entries) + errors
    if words := _hidden(check, evidence, failed, count):
        return unanswered(check, words)
    return answered(check, failed / count, show_ratio, count)


def _hidden(check: Check, evidence: Evidence, failed: int, count: int) -> str | None:
    """Why what was under way at the window's end may break a bound that is kept without it; None: it cannot."""
    waited = stall(evidence, window_name(check), check.error_rate or ErrorRateQuestion())
    if waited is None or beyond_max(check, failed / count):
        return None
    more = waited.requests
    return waited.words if beyond_max(check, (failed + more) / (count + more)) else None
