"""A number of one window, judged as it is, or as a share of the same number in another window.

What was seen is a fact, and two windows differ by chance alone: where it is known by how much, the share has a 95 %
interval, and only where all of it keeps the bound, or breaks it, is there an answer.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks.answer import (
    Show,
    answered,
    is_settled,
    show_ratio,
    threshold_words,
    unanswered,
    window_name,
)
from stresscampaigns.stats.certainty import ratio
from stresscampaigns.stats.scalability import Estimate


class Measured(NamedTuple):
    """A number, and how many requests or samples are behind it."""

    value: float
    samples: int
    sure: Estimate | None = None
    """With its 95 % interval, in any unit; None where nobody knows it."""


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
    if not (found.sure and base.sure):
        return answered(
            check, found.value / base.value, lambda share: f"{show_ratio(share)} ({values})", samples
        )
    return _sure(check, ratio(found.sure, base.sure), values, samples)


def _sure(check: Check, share: Estimate, values: str, samples: int) -> CheckResult:
    words = f"({values}; 95% interval {show_ratio(share.low)} to {_high(share.high)})"
    if not is_settled(check, share.low, share.high):
        chance = "may be chance: let both windows be longer, or have more requests"
        return unanswered(
            check, f"{show_ratio(share.value)} {words} against {threshold_words(check)} {chance}"
        )
    return answered(check, share.value, lambda value: f"{show_ratio(value)} {words}", samples)


def _high(share: float) -> str:
    return show_ratio(share) if math.isfinite(share) else "any"
