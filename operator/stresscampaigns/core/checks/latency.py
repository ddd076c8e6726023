"""How long do requests take? A percentile of the merged exact histograms; failed requests count too."""

import math

from stresscampaigns.api.check_spec import Check, LatencyQuestion
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import unanswered
from stresscampaigns.core.checks.comparing import Measured, judged
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
        return Measured(counting.percentile_seconds(entries, question.percentile), count)

    return judged(check, measure, show_seconds)


def _needed(percentile: float) -> int:
    """So many values that at least one lies above the percentile: 20 for the 95th, 100 for the 99th."""
    return math.ceil(100 / (100 - percentile) * (1 - 1e-9)) if percentile < 100 else 1
