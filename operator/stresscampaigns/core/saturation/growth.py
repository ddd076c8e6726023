"""Does memory grow though the load does not? A leak, or a cache that fills: from the second half of the load."""

from dataclasses import dataclass

from stresscampaigns.core.saturation.uses import Line, Use
from stresscampaigns.stats.scalability import Estimate
from stresscampaigns.stats.trend import TooFewPoints, rises_throughout, slope

MATERIAL = 0.05
"""Growth below this share of the limit (without one: of what is in use) is none that anybody must act on."""
_HOUR, _MEGABYTE = 3600.0, 1e6


@dataclass(frozen=True)
class Growth:
    """Of the place where it is fastest; bytes a second."""

    where: str
    rate: Estimate
    material: bool
    """It is certain that it grows, by much, and all the time: what a collector frees again is none."""

    @property
    def words(self) -> str:
        """With the 95 % interval."""
        value, low, high = (
            number * _HOUR / _MEGABYTE for number in (self.rate.value, self.rate.low, self.rate.high)
        )
        return f"{value:.3g} MB/h ({low:.3g} to {high:.3g})"


def growth(use: Use, start: float, end: float) -> Growth | None:
    """Between these moments, seconds from the start of the load; None where there are too few samples."""
    found = [one for line in use.lines if (one := _of(line, start, end))]
    return max(found, key=lambda one: (one.material, one.rate.value), default=None)


def _of(line: Line, start: float, end: float) -> Growth | None:
    samples = [sample for sample in line.samples if start <= sample.t <= end]
    points = [(sample.t, sample.used) for sample in samples]
    try:
        rate = slope(points)
    except TooFewPoints:
        return None
    grown = rate.value * (samples[-1].t - samples[0].t)
    measure = samples[-1].limit or min(sample.used for sample in samples)
    leaks = rate.low > 0 and grown >= MATERIAL * measure and rises_throughout(points)
    return Growth(line.where, rate, leaks)
