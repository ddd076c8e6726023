"""When arrivals are due in the open model. Pure; randomness comes from a seed.

The rate goes in straight lines through the stages; N(t), its integral, says how many are due until t. Evenly spaced
arrivals are the times at which N is 0, 1, 2, …; those of a Poisson process are the times at which N is the sum of
exponential steps (time change of a non-homogeneous process; Lewis and Shedler 1979 give the other way, thinning).
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from stresscampaigns.api.load_plan import PlannedStage


@dataclass(frozen=True)
class _Stretch:
    """From `start` on, for `length` seconds, the rate goes from `first` to `last`; `due` are due before it."""

    start: float
    length: float
    first: float
    last: float
    due: float

    @property
    def count(self) -> float:
        return self.length * (self.first + self.last) / 2

    def time_of(self, n: float) -> float:
        """When N is `n`, which lies in this stretch: the root of a quadratic, in the form that loses no digits."""
        rest = n - self.due
        if self.first == self.last:
            return self.start + rest / self.first
        slope = (self.last - self.first) / self.length
        root = sqrt(max(0.0, self.first * self.first + 2 * slope * rest))
        return self.start + (2 * rest / (self.first + root) if rest > 0 else 0.0)

    def times_of(self, numbers: Iterable[int]) -> Iterator[float]:
        """As `time_of`, one after the other: where the rate is constant, without a call for each."""
        if self.first != self.last:
            return map(self.time_of, numbers)
        start, due, rate = self.start, self.due, self.first
        return (start + (n - due) / rate for n in numbers)


class Arrivals:
    """The arrivals of one load, and each worker's share of them."""

    def __init__(self, stages: Sequence[PlannedStage]) -> None:
        self._stretches = _stretches(stages)
        last = self._stretches[-1]
        self.total = last.due + last.count
        """How many are due in all."""

    def time_of(self, n: float) -> float | None:
        """Seconds from the start at which the n-th arrival (from 0) is due; None after the last."""
        if n >= self.total - 1e-9:
            return None
        return next(one for one in self._stretches if n < one.due + one.count).time_of(n)

    def any_in(self, second: int) -> bool:
        """Is any load in this second, from the start? It may be too thin for an arrival."""
        return any(
            one.count and one.start < second + 1 and one.start + one.length > second
            for one in self._stretches
        )

    def even(self, worker: int, workers: int) -> Iterator[float]:
        """Every `workers`-th arrival, evenly spaced: all workers' together are the whole load's."""
        n = worker
        for stretch in self._stretches:
            end = min(stretch.due + stretch.count, self.total - 1e-9)
            of_stretch = range(n, ceil(end), workers)
            yield from stretch.times_of(of_stretch)
            n += workers * len(of_stretch)

    def poisson(self, worker: int, workers: int, seed: int) -> Iterator[float]:
        """A Poisson process of a share of the rate: all workers' together are one of the whole rate."""
        draw = random.Random(f"{seed}/{worker}")  # noqa: S311 - load, no secret
        n = draw.expovariate(1.0) * workers
        while (due := self.time_of(n)) is not None:
            yield due
            n += draw.expovariate(1.0) * workers


def _stretches(stages: Sequence[PlannedStage]) -> list[_Stretch]:
    found: list[_Stretch] = []
    start = due = before = 0.0
    for stage in stages:
        rate = stage.rate or 0.0
        for length, first in ((stage.ramp, before), (stage.duration - stage.ramp, rate)):
            if length > 0:
                found.append(_Stretch(start, length, first, rate, due))
                start, due = start + length, due + found[-1].count
        before = rate
    return found
