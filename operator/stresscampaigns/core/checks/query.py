"""A PromQL expression over a window: every sample of every series must keep the threshold.

No sample, one that is no number among them, or a hole in the window of any series: no answer. Compared to another
window, it is the means that are.
"""

import math
import re
from statistics import fmean

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.load_plan import ALL_STAGES, trial_number, trial_window
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.saturation import BUILT_IN
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.capacity.bounds import asked_about
from stresscampaigns.core.capacity.criteria import by_trials
from stresscampaigns.core.checks.answer import Show, beyond_max, keeps, show_number, show_ratio, window_name
from stresscampaigns.core.checks.comparing import Measured, judged
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.observation import LEAST_COVERED
from stresscampaigns.core.plan import window_bounds
from stresscampaigns.core.saturation.questions import Question, extremes

Stretch = tuple[float, float]
_RANGE = re.compile(r"\[\s*([0-9][0-9a-z]*)\s*\]")
"""Like `[15s]`; what a subquery looks back to is made of values that were found by themselves."""


def stretches(template: RunTemplate, check: Check, result: LoadResult | None) -> dict[str, Stretch]:
    """What Prometheus is asked: the key of the answer → from when until when, seconds from the start of the load."""
    search = result.capacity if result else None
    if search and by_trials(check):
        trials = {trial_window(number): (one.start, one.end) for number, one in asked_about(search)}
        parts = {ALL_STAGES: window_bounds(template, ALL_STAGES)} | trials
    else:
        names = filter(None, (window_name(check), check.compared_to))
        parts = {name: window_bounds(template, name) for name in names}
    return {_key(check, name): span for name, span in parts.items()}


def looked_at(template: RunTemplate, result: LoadResult | None) -> set[Stretch]:
    """The windows of all checks in which the target must have been scraped, as above."""
    return {
        span
        for check in template.checks
        if check.query or (check.saturation and check.saturation.resource not in BUILT_IN)
        for span in stretches(template, check, result).values()
    }


def between(check: Check, asked: Question) -> list[Question]:
    """What else is asked, so that nothing beyond a bound falls through the steps. Means need no more."""
    if check.compared_to:
        return []
    return [
        *(extremes(asked, "max") if check.max is not None else ()),
        *(extremes(asked, "min") if check.min is not None else ()),
    ]


def _key(check: Check, window: str) -> str:
    """Of an answer: the check's name; of its other windows, and beside a search, with the window's behind a slash."""
    part = window == ALL_STAGES or trial_number(window) is not None or window == check.compared_to
    return f"{check.name}/{window}" if part else check.name


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a query check: the first sample that breaks the threshold, else the one nearest to it."""

    def measure(window: str) -> Measured | str:
        answer = evidence.answers.get(_key(check, window))
        if answer is None or answer.error:
            return answer.error if answer and answer.error else "Prometheus was not asked"
        if not answer.values:
            return f"Prometheus has no data for this query; try it in Prometheus' own page{_ranges(check)}"
        if silent := evidence.unscraped(*evidence.bounds(window)):
            return silent
        if any(math.isnan(value) or (math.isinf(value) and not check.compared_to) for value in answer.values):
            return "Prometheus answers NaN or infinity, for instance 0/0 or 1/0; guard the query against it"
        if not answer.covered >= LEAST_COVERED:
            filled = "without what it fills in while it scrapes nothing"
            return (
                f"Prometheus has data for only {answer.covered:.0%} of the window, {filled}{_ranges(check)}"
            )
        if answer.partial and not _is_too_much(check, answer.values):
            right = "where that is right, aggregate: `max(…)` or `sum(…)`"
            return f"Prometheus has {answer.partial}; {right}{_ranges(check)}"
        value = fmean(answer.values) if check.compared_to else _telling(check, answer.values)
        return Measured(value, len(answer.values))

    return judged(check, measure, _show(check))


def _show(check: Check) -> Show:
    """In the unit of its threshold; a share of another number says nothing of that number's own."""
    written = str(check.max if check.max is not None else check.min)
    if check.compared_to is None and written.endswith("%"):
        return show_ratio
    return show_seconds if written.endswith("s") else show_number


def _ranges(check: Check) -> str:
    """A `rate` over less than two scrapes has no value, or one only now and then."""
    found = ", ".join(dict.fromkeys(f"`[{one}]`" for one in _RANGE.findall(check.query or "")))
    return f"; a rate over {found} takes two scrapes: let it be four scrape intervals long" if found else ""


def _is_too_much(check: Check, values: tuple[float, ...]) -> bool:
    """Whatever series there may be besides: what one was seen to be is a fact. A mean hangs on all of them."""
    return check.compared_to is None and any(beyond_max(check, value) for value in values)


def _telling(check: Check, values: tuple[float, ...]) -> float:
    broken = next((value for value in values if not keeps(check, value)), None)
    if broken is not None and check.max is not None and check.min is not None:
        return broken
    return max(values) if check.max is not None else min(values)
