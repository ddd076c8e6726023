"""A number of one window, judged as it is, or as a share of the same number in another window."""

import math
from collections.abc import Callable
from typing import NamedTuple

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks.answer import Show, answered, show_ratio, unanswered, window_name


class Measured(NamedTuple):
    """A number, and how many requests or samples are behind it."""

    value: float
    samples: int


Measure = Callable[[str], Measured | str]
"""The number in a window, by the window's name; or why there is none."""


def judged(check: Check, measure: Measure, show: Show) -> CheckResult:
    """The answer by the number in the check's own window, where it is `comparedTo` another one by their ratio."""
    found = measure(window_name(check))
    if isinstance(found, str):
        return unanswered(check, found)
    if check.compared_to is None:
        return answered(check, found.value, show, found.samples)
    base = measure(check.compared_to)
    if isinstance(base, str):
        return unanswered(check, f"during {check.compared_to}: {base}")
    if not math.isfinite(found.value):
        return unanswered(check, f"{show(found.value)} is nothing to compare")
    if not 0 < base.value < math.inf:
        return unanswered(check, f"{show(base.value)} during {check.compared_to} is nothing to compare with")
    values = f"{show(found.value)}, {show(base.value)} during {check.compared_to}"
    samples = found.samples + base.samples
    return answered(check, found.value / base.value, lambda share: f"{show_ratio(share)} ({values})", samples)
