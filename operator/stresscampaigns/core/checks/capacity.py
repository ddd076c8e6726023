"""How many users are sustained? Both bounds were measured; where the threshold lies between them, nobody knows."""

from stresscampaigns.api.check_spec import Check
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks.answer import answered, keeps, unanswered
from stresscampaigns.core.evidence import Evidence


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a capacity check: by the confirmed lower bound, failed only if the upper one fails, too."""
    found = evidence.result.capacity
    if found is None:
        return unanswered(check, "there was no search for the capacity")
    trials = sum(not trial.void for trial in found.trials)
    if found.lower is not None and keeps(check, found.lower):
        return answered(check, found.lower, _show, trials)
    if found.upper is not None and not keeps(check, found.upper):
        return answered(check, found.lower or 0, _show, trials)
    bounds = (
        f"{found.lower if found.lower is not None else 'none'} users sustained, {found.upper or 'none'} not"
    )
    return unanswered(check, "; ".join([bounds, *found.notes]))


def _show(value: float) -> str:
    return f"{value:.0f} users"
