"""How many users there are at a moment. Pure."""

from collections.abc import Sequence

from stresscampaigns.api.load_plan import WHOLE, PlannedStage, PlannedWindow
from stresscampaigns.api.units import together


def users_at(stages: Sequence[PlannedStage], t: float) -> int | None:
    """Users at `t` seconds from the start: in a straight line while a stage ramps; None once all is over."""
    before = 0
    for stage in stages:
        if t < stage.duration:
            done = 1.0 if t >= stage.ramp else t / stage.ramp
            return round(before + (stage.users - before) * done)
        t -= stage.duration
        before = stage.users
    return None


def total_seconds(stages: Sequence[PlannedStage]) -> float:
    """Length of all stages together."""
    return together(*(stage.duration for stage in stages))


def all_windows(stages: Sequence[PlannedStage], planned: Sequence[PlannedWindow]) -> list[PlannedWindow]:
    """`whole`, each stage, and what the plan names. A whole run lasts until the last request has drained.

    Raises:
        ValueError: two have the same name, so that both would be counted as one.
    """
    windows = [PlannedWindow(name=WHOLE, start=0.0, end=total_seconds(stages))]
    start = 0.0
    for stage in stages:
        end = together(start, stage.duration)
        windows.append(PlannedWindow(name=stage.name, start=start, end=end))
        start = end
    windows += planned
    names = [window.name for window in windows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two windows are called {', '.join(twice)}: give the stage or fault another name")
    return windows
