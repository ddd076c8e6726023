"""Does memory grow? A coordinator and a worker at full rate, with the time series of a whole day, in a container.

What grows with the requests grows in the real hours of the soak; what grows with the time series, in the day's hours,
which go by much faster. So a day comes in during the first half, and in the other one each second brings its own: of an
hour of load that is real, memory grows by what the second half tells, and by no more than the two together.
"""

import os
from typing import Any

from scipy.stats import theilslopes

from benchmarks.figure import Figure
from benchmarks.generator import in_the_arena

MINUTES = 30.0
_WARM_UP = 0.2
"""Share of each half that does not count: connections, buffers and caches come to be, the last of the day comes in."""


def measure() -> list[Figure]:
    """Half an hour by default; the environment's variable MINUTES says it otherwise."""
    minutes = float(os.environ.get("MINUTES") or MINUTES)
    return figures(in_the_arena("benchmarks.contest.soak", str(minutes)), minutes)


def figures(told: dict[str, Any], minutes: float) -> list[Figure]:
    """The slope of each one's memory, by Theil and Sen: the median of all pairs, which no single step moves."""
    half = 30 * minutes
    faster = told["series"] / half
    made = []
    for who, samples in told["samples"].items():
        day, after = _slope(samples, 0, half), _slope(samples, half, 2 * half)
        reference = (
            f"{minutes:g} min at {told['rate']:.0f}/s, {samples[0][1]:.1f} to {samples[-1][1]:.1f} MB; while "
            f"{told['series'] / 3600:.1f} h of time series came in, {day / faster:.3f} MB in an hour of those; then, "
            f"with no more than each second's own, {after:.3f} MB/h"
        )
        slope = max(after, 0.0) + max(day, 0.0) / faster
        made.append(Figure(f"soak: memory of the {who}, slope", slope, 1, "MB/h", reference))
    return made


def _slope(samples: list[tuple[float, float]], begin: float, end: float) -> float:
    """MB in a real hour, from some seconds on and until others."""
    settled = [one for one in samples if begin + _WARM_UP * (end - begin) <= one[0] < end]
    return float(theilslopes([size for _, size in settled], [at / 3600 for at, _ in settled]).slope)
