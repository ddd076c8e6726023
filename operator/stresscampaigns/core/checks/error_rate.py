"""Which share of requests fails?"""

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import answered, show_ratio, unanswered, window_name
from stresscampaigns.core.evidence import Evidence


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to an error-rate check."""
    name = check.error_rate.name if check.error_rate else None
    stats = counting.window(evidence.result, window_name(check))
    entries = counting.requests(stats, name) if stats else []
    count = counting.total(entries)
    if not count:
        return unanswered(check, "no request completed in this window")
    return answered(check, counting.failures(entries) / count, show_ratio, count)
