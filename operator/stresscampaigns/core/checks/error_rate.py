"""Which share of requests fails? A task that raises outside of any request counts as one more that does."""

from stresscampaigns.api.check_spec import Check, ErrorRateQuestion
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import answered, show_ratio, unanswered, window_name
from stresscampaigns.core.evidence import Evidence


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to an error-rate check."""
    question = check.error_rate or ErrorRateQuestion()
    entries = counting.asked_for(counting.parts(evidence, window_name(check)), question)
    errors = counting.errors(entries)
    count = counting.total(entries) + errors
    if not count:
        return unanswered(check, "no request completed in this window")
    return answered(check, (counting.failures(entries) + errors) / count, show_ratio, count)
