"""How long do requests take? A percentile of the merged exact histograms; failed requests count too."""

import math
from collections.abc import Sequence

from stresscampaigns.api.check_spec import Check, LatencyQuestion
from stresscampaigns.api.load_result import RequestStats
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import show_seconds, threshold_value
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import (
    failed,
    keeps,
    threshold_words,
    unanswered,
    window_name,
    window_words,
)
from stresscampaigns.core.checks.comparing import Measured, judged
from stresscampaigns.core.checks.stretches import latencies_in_stretches
from stresscampaigns.core.checks.under_way import stall, waiting
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.stats.certainty import percentile_us_sure
from stresscampaigns.stats.histogram import least_count


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a latency check."""
    question = check.latency or LatencyQuestion(percentile=95)
    if question.percentile < 1:
        return unanswered(check, f"a percentile is of a hundred: write {100 * question.percentile:g}")
    if question.percentile == 100 and check.compared_to:
        return unanswered(check, "the slowest of all is chance: compare a percentile below 100")

    def measure(window: str) -> Measured | str:
        parts = counting.parts(evidence, window)
        entries = counting.asked_for(parts, question)
        count = counting.total(entries)
        if not count:
            return "no request completed in this window"
        if (needed := least_count(question.percentile)) > count:
            return f"{count} requests are too few for this percentile; it takes {needed}"
        if words := _hidden(check, evidence, window, entries):
            return words
        value = counting.percentile_seconds(entries, question.percentile)
        if check.compared_to is None:
            return Measured(value, count)
        stretches = latencies_in_stretches(evidence.result, parts, question)
        return Measured(
            value, count, percentile_us_sure(counting.latencies(entries), question.percentile, stretches)
        )

    return _with_waiting(check, evidence, judged(check, measure, show_seconds))


def _with_waiting(check: Check, evidence: Evidence, told: CheckResult) -> CheckResult:
    """What took longer than the bound when the window ended is beyond it, however and whenever it ended afterwards."""
    question = check.latency or LatencyQuestion(percentile=95)
    entries = counting.asked_for(counting.parts(evidence, window_name(check)), question)
    count = counting.total(entries)
    if told.verdict == "Failed" or check.max is None or not count:
        return told
    if check.compared_to and told.verdict != "Passed":
        return told
    bound = threshold_value(check.max)
    if check.compared_to:
        base = counting.asked_for(counting.parts(evidence, check.compared_to), question)
        bound *= counting.percentile_seconds(base, question.percentile)
    found = waiting(evidence, window_name(check), question, bound)
    if not found.requests or _keep(entries, question.percentile, found.requests, bound):
        return told
    if count + found.requests < least_count(question.percentile):
        return told
    value = f"more than {show_seconds(bound)}"
    words = f"beside the {count} requests that ended in it, {found.requests} more were {found}"
    if check.compared_to:
        return unanswered(check, f"{words}, and so it may be {value}, against {threshold_words(check)}")
    message = f"{value} {window_words(check)} breaks {threshold_words(check)}: {words}"
    return failed(check, value, message, count + found.requests)


def _keep(entries: Sequence[RequestStats], percentile: float, more: int, bound: float) -> bool:
    """Do these requests and so many more, which are slower than the bound, keep it?"""
    count = counting.total(entries)
    rank = math.ceil((count + more) * percentile / 100 - 1e-9)
    return rank <= count and counting.percentile_seconds(entries, 100 * rank / count) <= bound


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
