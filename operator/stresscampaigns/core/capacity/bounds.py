"""The trials behind the two bounds."""

from stresscampaigns.api.load_result import CapacityResult, CapacityTrial


def sustained(found: CapacityResult) -> list[CapacityTrial]:
    """Those that passed at the lower bound, the last of them the longest and nearest to the result."""
    return [trial for trial in found.trials if trial.passed and trial.users == found.lower]


def broken(found: CapacityResult) -> CapacityTrial | None:
    """The last that failed at the upper bound."""
    failed = [trial for trial in found.trials if trial.failed and trial.users == found.upper]
    return failed[-1] if failed else None
