"""Does memory grow? A coordinator and a worker at full rate, with the time series of a whole day, in a container."""

import os
from typing import Any

from scipy.stats import theilslopes

from benchmarks.figure import Figure
from benchmarks.generator import in_the_arena

MINUTES = 30.0
_WARM_UP = 0.2
"""Share of the time that does not count: connections, buffers and caches come to be."""


def measure() -> list[Figure]:
    """Half an hour by default; the environment's variable MINUTES says it otherwise."""
    minutes = float(os.environ.get("MINUTES") or MINUTES)
    return figures(in_the_arena("benchmarks.contest.soak", str(minutes)), minutes)


def figures(told: dict[str, Any], minutes: float) -> list[Figure]:
    """The slope of each one's memory, by Theil and Sen: the median of all pairs, which no single step moves."""
    made = []
    for who, samples in told["samples"].items():
        settled = [one for one in samples if one[0] >= _WARM_UP * 60 * minutes]
        hours, megabytes = [at / 3600 for at, _ in settled], [size for _, size in settled]
        slope = float(theilslopes(megabytes, hours).slope)
        reference = (
            f"{minutes:g} min at {told['rate']:.0f}/s with {told['series']} seconds of time series, "
            f"{megabytes[0]:.1f} to {megabytes[-1]:.1f} MB; "
            f"an hour of those: {slope * 60 * minutes / told['series']:.3f} MB"
        )
        made.append(Figure(f"soak: memory of the {who}, slope", slope, 1, "MB/h", reference))
    return made
