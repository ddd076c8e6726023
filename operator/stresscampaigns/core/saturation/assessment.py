"""One resource in one stretch of the load: its peak, when it saturated, whether all of it was seen."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from stresscampaigns.core.observation import LEAST_COVERED
from stresscampaigns.core.saturation.uses import Line, Sample, Use
from stresscampaigns.core.saturation.windows import unseen

State = Literal["Saturated", "NotSaturated", "Unknown"]
_NO_SHARE = (
    "has 0 of 0 all the time, which is no share: where it has no such resource, leave it out of `used`"
)


@dataclass(frozen=True)
class Peak:
    """The highest share of a limit, and where it was seen."""

    sample: Sample
    limit: float
    where: str

    @property
    def ratio(self) -> float:
        """Share of the limit."""
        return self.sample.used / self.limit


@dataclass(frozen=True)
class Assessment:
    """What is known of a resource in a stretch of the load."""

    name: str
    state: State
    peak: Peak | None = None
    reached: float | None = None
    """Seconds from the start of the load until it first counted as saturated."""
    waiting: float | None = None
    wait_time: float | None = None
    """The longest wait that was told of, seconds."""
    samples: int = 0
    gaps: tuple[str, ...] = ()
    remark: str | None = None
    source: str = "Prometheus"
    killed: bool = False
    """Kubernetes tells that a container was killed for it."""


def assess(use: Use, start: float, end: float, step: int) -> Assessment:
    """Look at [start, end], seconds from the start of the load, sampled every `step` seconds.

    One sample is enough to be saturated. Not to be takes samples of nearly the whole stretch, from everywhere.
    In steps of more than a second each is the highest since the last one: what began before the stretch is not of it.
    """
    since = start if use.windows or step == 1 else start + step
    lines = [replace(one, samples=tuple(_within(one.samples, since, end))) for one in use.lines]
    peaks = [
        Peak(sample, sample.limit, line.where)
        for line in lines
        for sample in line.samples
        if sample.limit is not None
    ]
    high = [peak.sample.t for peak in peaks if peak.ratio >= use.saturated_at]
    holes = unseen(use, lines, start, end) if use.windows else _holes(use, lines, _moments(since, end, step))
    gaps = (*use.gaps, *holes)
    return Assessment(
        use.name,
        "Saturated" if high else "Unknown" if gaps else "NotSaturated",
        max(peaks, key=lambda peak: peak.ratio, default=None),
        min(high, default=None),
        _highest(use.waiting, start, end),
        _highest(use.wait_time, start, end),
        len(peaks),
        gaps,
        use.remark,
        use.source,
    )


def _moments(start: float, end: float, step: int) -> int:
    """At how many it was asked there: in steps from the load's start on, wherever between them the stretch begins."""
    return max(1, math.floor(end / step) - math.ceil(start / step) + 1)


def _within(samples: Iterable[Sample], start: float, end: float) -> Iterator[Sample]:
    """Prometheus is asked for whole seconds: half a second before or after is still inside."""
    return (
        one
        for one in samples
        if start - 0.5 <= (one.t if one.since is None else one.since) and one.t <= end + 0.5
    )


def _highest(points: Iterable[tuple[float, float]], start: float, end: float) -> float | None:
    return max((value for moment, value in points if start - 0.5 <= moment <= end + 0.5), default=None)


def _holes(use: Use, lines: list[Line], steps: int) -> Iterator[str]:
    """Moments, and pods, of which there is no sample with a limit; that there is no limit at all is a gap already."""
    if not use.lines:
        return
    moments: dict[str | None, set[float]] = defaultdict(set)
    for line in lines:
        seen = {one.t for one in line.samples if one.limit is not None or use.gaps}
        moments[line.pod] |= seen
        if use.changed is not None and line.pod not in use.changed and len(seen) < LEAST_COVERED * steps:
            yield f"{line.where or 'it'} {_NO_SHARE if line.nothing else _seen_for(len(seen), steps)}"
    for pod in use.expected:
        if len(moments[pod]) < LEAST_COVERED * steps:
            yield f"pod {pod} {_seen_for(len(moments[pod]), steps)}"
    together = set().union(*moments.values())
    if len(together) < LEAST_COVERED * steps:
        yield f"seen for only {len(together) / steps:.0%} of the time"


def _seen_for(moments: int, steps: float) -> str:
    return f"was seen for only {moments / steps:.0%} of the time"
