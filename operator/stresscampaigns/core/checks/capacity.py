"""How many users are sustained? Both bounds were measured; where the threshold lies between them, nobody knows.

A load that failed once and held once is no upper bound: the next higher one that failed is.
"""

import math

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.capacity.bounds import too_much
from stresscampaigns.core.checks.answer import answered, below_min, beyond_max, keeps, unanswered
from stresscampaigns.core.evidence import Evidence


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a capacity check: by the confirmed lower bound, and by what was not sustained any more."""
    found = evidence.result.capacity
    if found is None:
        return unanswered(check, "there was no search for the capacity")
    trials = sum(not trial.void for trial in found.trials)
    upper = too_much(found)
    least, most = found.lower or 0, math.inf if upper is None else upper - 1
    known = found.lower is not None or upper is not None
    if known and keeps(check, least) and keeps(check, most):
        return answered(check, least, _show, trials)
    if below_min(check, most) or beyond_max(check, least):
        return answered(check, least, _show, trials)
    bounds = (
        f"{found.lower if found.lower is not None else 'none'} users sustained, {found.upper or 'none'} not"
    )
    return unanswered(check, "; ".join([bounds, *found.notes]))


def _show(value: float) -> str:
    return f"{value:.0f} users"
