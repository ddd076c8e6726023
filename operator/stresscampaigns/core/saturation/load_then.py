"""The load at a moment: users as they were counted, arrivals as they were planned."""

from collections.abc import Callable, Sequence

from stresscampaigns.api.load_plan import PlannedStage
from stresscampaigns.api.load_result import LoadResult

STEADY = 0.9
LoadAt = Callable[[float], str]
"""The load at a moment, seconds from its start, in words."""


def load_then(result: LoadResult, stages: Sequence[PlannedStage], t: float) -> str:
    """In words; `t` in seconds from the start of the load."""
    if result.model == "open":
        return f"{arrivals_then(stages, t):.4g} arrivals/s"
    return f"{users_then(result, t)} users"


def users_then(result: LoadResult, t: float) -> int:
    """Of the second in which the moment lies; the last one that was counted stands for what comes after it."""
    return next((second.users for second in reversed(result.seconds) if second.t <= t and second.users), 0)


def arrivals_then(stages: Sequence[PlannedStage], t: float) -> float:
    """Arrivals a second: each stage goes in a straight line to its own, within its ramp, and holds it."""
    before = start = 0.0
    for stage in stages:
        rate = stage.rate or 0.0
        if t < start + stage.duration:
            share = (t - start) / stage.ramp if stage.ramp else 1.0
            return before + (rate - before) * min(1.0, max(0.0, share))
        before, start = rate, start + stage.duration
    return before


def is_steady(result: LoadResult, stages: Sequence[PlannedStage], start: float, end: float) -> bool:
    """Did the load not grow between these moments? Then neither does memory have to."""
    moments = [start + (end - start) * part / 50 for part in range(51)]
    if result.model == "open":
        loads: list[float] = [arrivals_then(stages, moment) for moment in moments]
    else:
        loads = [users_then(result, moment) for moment in moments]
    return loads[0] >= STEADY * max(loads)
