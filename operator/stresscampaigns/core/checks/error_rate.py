"""Which share of requests fails? A task that raises outside of any request counts as one more that does."""

from stresscampaigns.api.check_spec import Check, ErrorRateQuestion
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import threshold_value
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import answered, beyond_max, show_ratio, unanswered, window_name
from stresscampaigns.core.checks.under_way import stall, waiting
from stresscampaigns.core.evidence import Evidence

_CHANCE = 0.05
_USUAL = 99


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to an error-rate check."""
    question = check.error_rate or ErrorRateQuestion()
    entries = counting.asked_for(counting.parts(evidence, window_name(check)), question)
    errors = counting.errors(entries)
    count = counting.total(entries) + errors
    if not count:
        return unanswered(check, "no request completed in this window")
    failed = counting.failures(entries) + errors
    if words := _hidden(check, evidence, failed, count) or _failed_later(check, evidence, failed, count):
        return unanswered(check, words)
    told = answered(check, failed / count, show_ratio, count)
    return told if failed else told.model_copy(update={"message": f"{told.message}{_how_few(check, count)}"})


def _hidden(check: Check, evidence: Evidence, failed: int, count: int) -> str | None:
    """Why what was under way at the window's end may break a bound that is kept without it; None: it cannot."""
    waited = stall(evidence, window_name(check), check.error_rate or ErrorRateQuestion())
    if waited is None or beyond_max(check, failed / count):
        return None
    more = waited.requests
    return waited.words if beyond_max(check, (failed + more) / (count + more)) else None


def _failed_later(check: Check, evidence: Evidence, failed: int, count: int) -> str | None:
    """Why what waited unusually long at the window's end, and failed after it, may break a bound that is kept.

    Unusually: for longer than 99 of 100 requests that ended well, if those that failed took longest.
    """
    question, window = check.error_rate or ErrorRateQuestion(), window_name(check)
    entries = counting.asked_for(counting.parts(evidence, window), question)
    usual = counting.percentile_seconds(entries, _USUAL * (1 - failed / count))
    found = waiting(evidence, window, question, usual, failed=True)
    more, every = failed + found.requests, count + found.requests
    if not found.requests or beyond_max(check, failed / count) or not beyond_max(check, more / every):
        return None
    return (
        f"{found.requests} requests that were {found}, failed after it, or may have: with them "
        f"{show_ratio(more / every)} of {every} fail; let the window be longer than the requests' timeout, or the "
        "timeout shorter"
    )


def _how_few(check: Check, count: int) -> str:
    """That none of few requests fail is no proof of a small share: where 22 % do, all of 12 end well in 5 % of cases.

    A bound of 0 is for what was seen: no number of requests shows that none will ever fail.
    """
    hidden = 1 - _CHANCE ** (1 / count)
    if not check.max or not 0 < threshold_value(check.max) < hidden:
        return ""
    return f"; of only {count} requests: where {show_ratio(hidden)} fail, none is seen to in 1 of 20 such windows"
