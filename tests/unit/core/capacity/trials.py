"""Trials of a search whose target holds 60 users and not 70."""

from collections.abc import Mapping

from stresscampaigns.api.load_plan import trial_window
from stresscampaigns.api.load_result import CapacityResult, CapacityTrial, RequestStats, WindowStats

THROUGHPUT = {10: 98.0, 20: 190.0, 40: 360.0, 60: 480.0, 70: 440.0}


def trial(users: int, at: int = 0, **changes: object) -> CapacityTrial:
    """Twenty seconds of so many users."""
    fields = {
        "users": users,
        "start": float(at),
        "end": at + 20.0,
        "passed": users <= 60,
        "reason": "0.00% failed" if users <= 60 else "2.10% failed",
        "throughput": THROUGHPUT.get(users, 100.0),
        "p50": 0.05,
        "p95": 0.2,
        "p99": 0.5,
    }
    return CapacityTrial.model_validate(fields | changes)


TRIALS = [trial(users, 20 * number) for number, users in enumerate((10, 20, 40, 70, 60, 60))]


def void(users: int, at: int = 0, **changes: object) -> CapacityTrial:
    """Twenty seconds in which the generator was at its limit, and the target seemed to be slow."""
    reason = "left out: load-0 used 93% of its core"
    return trial(users, at, **{"passed": False, "void": True, "reason": reason, "throughput": 5.0} | changes)


def trial_windows(
    said: Mapping[int, list[RequestStats]], others: list[RequestStats] | None = None, trials: int = 7
) -> list[WindowStats]:
    """What was counted in each trial, by its number; in those of which nothing is said, the same as in all others."""
    return [
        WindowStats(
            name=trial_window(number),
            start=20.0 * (number - 1),
            end=20.0 * number,
            requests=said.get(number, others or []),
        )
        for number in range(1, trials + 1)
    ]


def found(*trials: CapacityTrial, lower: int | None = 60, upper: int | None = 70) -> CapacityResult:
    """What the search has shown."""
    return CapacityResult(lower=lower, upper=upper, complete=True, trials=list(trials) or TRIALS)
