"""The stages: which there is at a moment, with how many users. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from stresscampaigns.api.load_plan import WHOLE, PlannedStage, PlannedWindow
from stresscampaigns.api.units import together


@dataclass(frozen=True)
class Begun:
    """A stage that has begun: its name and length, and how many seconds after the first worker the last one was in it.

    None: nobody knows, for one of them has not answered.
    """

    name: str
    length: float
    apart: float | None


@dataclass(frozen=True)
class Steps:
    """How the workers went through the stages together."""

    begun: Sequence[Begun] = ()
    """None of a worker that is alone."""
    start_late: float | None = 0.0
    """Seconds after which the last of them had heard that the load had begun; None: nobody knows."""

    @property
    def farthest(self) -> float | None:
        """Seconds by which workers began any stage apart, at most; None: there is nothing to tell, or nobody knows."""
        apart = [one.apart for one in self.begun]
        return None if None in apart else max((one for one in apart if one is not None), default=None)


TOGETHER = Steps()
"""Of workers that were never apart."""


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


def stage_at(stages: Sequence[PlannedStage], t: float) -> int:
    """Which of the stages there is at `t` seconds from the start, from 0; the last one once all is over."""
    ends = accumulate(stage.duration for stage in stages[:-1])
    return sum(t >= end for end in ends)


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
