"""The trials behind the two bounds."""

from stresscampaigns.api.load_result import CapacityResult, CapacityTrial


def sustained(found: CapacityResult) -> list[CapacityTrial]:
    """Those that passed at the lower bound, the last of them the longest and nearest to the result."""
    return [trial for trial in found.trials if trial.passed and trial.users == found.lower]


def counted(found: CapacityResult) -> list[tuple[int, CapacityTrial]]:
    """Every trial that was not left out, each with its number."""
    return [(number, trial) for number, trial in enumerate(found.trials, 1) if not trial.void]


def asked_about(found: CapacityResult) -> list[tuple[int, CapacityTrial]]:
    """Those that Prometheus may change the bounds by, or tell what broke first: it is asked about no others."""
    return [(number, trial) for number, trial in counted(found) if trial.passed or trial.users == found.upper]


def telling(found: CapacityResult) -> list[tuple[int, CapacityTrial]]:
    """Those of the load that tells whether the checks are kept, for above it the load breaks them on purpose.

    That is the lower bound; without one the highest load that did not fail, else the lowest of all.
    """
    trials = counted(found)
    held = [trial.users for _, trial in trials if found.upper is None or trial.users < found.upper]
    lowest = min((trial.users for _, trial in trials), default=None)
    users = found.lower if found.lower is not None else max(held, default=lowest)
    return [(number, trial) for number, trial in trials if trial.users == users]


def broken(found: CapacityResult) -> list[CapacityTrial]:
    """Those that failed at the upper bound."""
    return [trial for trial in found.trials if trial.failed and trial.users == found.upper]


def too_much(found: CapacityResult) -> int | None:
    """The lowest load that was not sustained, and of which nothing says otherwise; None where there is none.

    Where it, or a higher load, was sustained in a trial as long, it failed for another reason than its load: by chance,
    or because of the load before it.
    """
    failed: dict[int, float] = {}
    for trial in found.trials:
        if trial.failed:
            failed[trial.users] = max(_length(trial), failed.get(trial.users, 0.0))
    passed = [(trial.users, _length(trial)) for trial in found.trials if trial.passed]
    held = (
        users
        for users, longest in failed.items()
        if any(one >= users and at >= longest for one, at in passed)
    )
    return min(failed.keys() - set(held), default=None if failed else found.upper)


def _length(trial: CapacityTrial) -> float:
    return round(trial.end - trial.start, 3)
