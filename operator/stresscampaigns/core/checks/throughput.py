"""How many requests succeed in a second? No request at all is zero, which may break a bound but never keeps one."""

from stresscampaigns.api.check_spec import Check, ThroughputQuestion
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import answered, keeps, show_rate, unanswered, window_name
from stresscampaigns.core.evidence import Evidence


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a throughput check."""
    question = check.throughput or ThroughputQuestion()
    stats = counting.window(evidence.result, window_name(check))
    if stats is None or stats.end <= stats.start:
        return unanswered(check, "the load never reached this window")
    entries = counting.requests(stats, question)
    count = counting.total(entries)
    if question.scenario and not counting.ran(evidence.result, question.scenario):
        return unanswered(check, f"the load never ran a scenario {question.scenario}")
    if not count and keeps(check, 0.0):
        return unanswered(check, "no request completed in this window")
    good = count - counting.failures(entries)
    return answered(check, good / (stats.end - stats.start), show_rate, count)
