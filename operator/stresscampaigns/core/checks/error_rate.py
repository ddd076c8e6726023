"""Which share of requests fails?"""

from stresscampaigns.api.check_spec import Check, ErrorRateQuestion
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import answered, show_ratio, unanswered, window_name
from stresscampaigns.core.evidence import Evidence


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to an error-rate check."""
    question = check.error_rate or ErrorRateQuestion()
    stats = counting.window(evidence.result, window_name(check))
    entries = counting.requests(stats, question) if stats else []
    count = counting.total(entries)
    if not count:
        return unanswered(check, "no request completed in this window")
    return answered(check, counting.failures(entries) / count, show_ratio, count)
