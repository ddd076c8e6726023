"""A PromQL expression over a window: every sample of every series must keep the threshold.

No sample, NaN among them, or a hole in the window of any series: no answer. Compared to another window, it is the means
that are.
"""

import math
from statistics import fmean

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.load_plan import WHOLE
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.checks.answer import Show, keeps, show_number, show_ratio, window_name
from stresscampaigns.core.checks.comparing import Measured, judged
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.observation import LEAST_COVERED
from stresscampaigns.core.plan import window_bounds


def windows(check: Check) -> dict[str, str]:
    """What Prometheus is asked: the key of the answer → the window's name. No check's name has a slash in it."""
    base = check.compared_to
    return {check.name: window_name(check)} | ({f"{check.name}/{base}": base} if base else {})


def stretch(template: RunTemplate, window: str, result: LoadResult | None) -> tuple[float, float]:
    """From when until when Prometheus is asked, seconds from the start of the load: a search is part of the whole."""
    if window == WHOLE and result and result.capacity:
        return 0.0, result.finished - result.started
    return window_bounds(template, window)


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a query check: the first sample that breaks the threshold, else the one nearest to it."""
    keys = {window: key for key, window in windows(check).items()}

    def measure(window: str) -> Measured | str:
        answer = evidence.answers.get(keys[window])
        if answer is None or answer.error:
            return answer.error if answer and answer.error else "Prometheus was not asked"
        if not answer.values:
            return "Prometheus has no data for this query; try it in Prometheus' own page"
        if any(math.isnan(value) for value in answer.values):
            return "Prometheus answers NaN, for instance 0/0; guard the query against it"
        if not answer.covered >= LEAST_COVERED:
            filled = "without what it fills in while it scrapes nothing"
            return f"Prometheus has data for only {answer.covered:.0%} of the window, {filled}"
        if answer.partial:
            return f"Prometheus has {answer.partial}; where that is right, aggregate: `max(…)` or `sum(…)`"
        value = fmean(answer.values) if check.compared_to else _telling(check, answer.values)
        return Measured(value, len(answer.values))

    return judged(check, measure, _show(check))


def _show(check: Check) -> Show:
    """In the unit of its threshold; a share of another number says nothing of that number's own."""
    written = str(check.max if check.max is not None else check.min)
    if check.compared_to is None and written.endswith("%"):
        return show_ratio
    return show_seconds if written.endswith("s") else show_number


def _telling(check: Check, values: tuple[float, ...]) -> float:
    broken = next((value for value in values if not keeps(check, value)), None)
    if broken is not None and check.max is not None and check.min is not None:
        return broken
    return max(values) if check.max is not None else min(values)
