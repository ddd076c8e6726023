"""A PromQL expression over a window: every sample of every series must keep the threshold.

No sample, NaN among them, or a hole in the window: no answer.
"""

import math

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks.answer import answered, keeps, show_number, show_ratio, unanswered
from stresscampaigns.core.evidence import Evidence

LEAST_COVERED = 0.95


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a query check: the first sample that breaks the threshold, else the one nearest to it."""
    answer = evidence.answers.get(check.name)
    if answer is None or answer.error:
        return unanswered(check, answer.error if answer and answer.error else "Prometheus was not asked")
    if not answer.values:
        return unanswered(check, "Prometheus has no data for this query; try it in Prometheus' own page")
    if any(math.isnan(value) for value in answer.values):
        return unanswered(check, "Prometheus answers NaN, for instance 0/0; guard the query against it")
    if not answer.covered >= LEAST_COVERED:
        return unanswered(check, f"Prometheus has data for only {answer.covered:.0%} of the window")
    show = show_ratio if str(check.max if check.max is not None else check.min).endswith("%") else show_number
    return answered(check, _telling(check, answer.values), show, len(answer.values))


def _telling(check: Check, values: tuple[float, ...]) -> float:
    broken = next((value for value in values if not keeps(check, value)), None)
    if broken is not None and check.max is not None and check.min is not None:
        return broken
    return max(values) if check.max is not None else min(values)
