"""How long do requests take? A percentile of the merged exact histograms; failed requests count too."""

import math
from collections.abc import Sequence

from stresscampaigns.api.check_spec import Check, LatencyQuestion
from stresscampaigns.api.load_result import RequestStats
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import show_seconds, threshold_value
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import keeps, unanswered
from stresscampaigns.core.checks.comparing import Measured, judged
from stresscampaigns.core.checks.under_way import stall
from stresscampaigns.core.evidence import Evidence


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a latency check."""
    question = check.latency or LatencyQuestion(percentile=95)
    if question.percentile < 1:
        return unanswered(check, f"a percentile is of a hundred: write {100 * question.percentile:g}")

    def measure(window: str) -> Measured | str:
        entries = counting.asked_for(counting.parts(evidence, window), question)
        count = counting.total(entries)
        if not count:
            return "no request completed in this window"
        if (needed := _needed(question.percentile)) > count:
            return f"{count} requests are too few for this percentile; it takes {needed}"
        if words := _hidden(check, evidence, window, entries):
            return words
        return Measured(counting.percentile_seconds(entries, question.percentile), count)

    return judged(check, measure, show_seconds)


def _hidden(check: Check, evidence: Evidence, window: str, entries: Sequence[RequestStats]) -> str | None:
    """Why what was under way at the window's end may break a bound that is kept without it; None: it cannot."""
    question = check.latency or LatencyQuestion(percentile=95)
    waited = stall(evidence, window, question)
    if waited is None or check.max is None or not waited.requests:
        return None
    count = counting.total(entries)
    # With so many more that are slower than all others, the percentile is this one of those that are known.
    higher = question.percentile * (count + waited.requests) / count
    if check.compared_to:
        return waited.words if higher > 100 else None
    if waited.seconds <= threshold_value(check.max):
        return None
    known = counting.percentile_seconds(entries, question.percentile)
    kept = higher <= 100 and keeps(check, counting.percentile_seconds(entries, higher))
    return waited.words if keeps(check, known) and not kept else None


def _needed(percentile: float) -> int:
    """So many values that at least one lies above the percentile: 20 for the 95th, 100 for the 99th."""
    return math.ceil(100 / (100 - percentile) * (1 - 1e-9)) if percentile < 100 else 1
