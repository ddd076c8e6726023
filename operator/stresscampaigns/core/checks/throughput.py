"""How many requests succeed in a second?

No request at all is zero, which may break a bound but keeps one only where it was seen: requests of that name were
there at another time, and others completed in the window.
"""

from stresscampaigns.api.check_spec import Check, RequestsQuestion, ThroughputQuestion
from stresscampaigns.api.load_result import LoadResult, WindowStats
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import keeps, show_rate
from stresscampaigns.core.checks.comparing import Measured, judged
from stresscampaigns.core.evidence import Evidence


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a throughput check."""
    question, result = check.throughput or ThroughputQuestion(), evidence.result

    def measure(window: str) -> Measured | str:
        stats = counting.window(result, window)
        if stats is None or stats.end <= stats.start:
            return "the load never reached this window"
        if question.scenario and not counting.ran(result, question.scenario):
            return f"the load never ran a scenario {question.scenario}"
        entries = counting.requests(stats, question)
        count = counting.total(entries)
        if not count and keeps(check, 0.0) and not _zero_was_seen(result, stats, question):
            return "no request completed in this window"
        good = count - counting.failures(entries)
        return Measured(good / (stats.end - stats.start), count)

    return judged(check, measure, show_rate)


def _zero_was_seen(result: LoadResult, stats: WindowStats, question: RequestsQuestion) -> bool:
    """Were there none of these requests, though others completed? A name that never occurs may be misspelt."""
    others = counting.requests(stats, RequestsQuestion(scenario=question.scenario))
    known = any(counting.total(counting.requests(window, question)) for window in result.windows)
    return known and counting.total(others) > 0
