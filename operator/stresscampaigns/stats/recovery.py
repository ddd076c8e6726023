"""How long a service takes to be good again after a fault.

One definition throughout: broken is the first second that is not good, from the fault's start on; where all was good
under the fault, one that comes too long after its end is not its doing. Recovered is the first second of so many good
ones in a row that lies at or after both the fault's end and the breaking. A second in which nothing completed is not
good: a stalled service must never look well. Not recovered within the data is None, which is censored, not a number.

Faults that overlap, or follow one another within 2 s, make one chain: what the service was like before a fault is what
it was like before its chain; what comes after it ends where the next chain begins, for from there on another fault may
be what is seen. So it may within a chain: of a fault that ends before another, bad seconds tell only until that other
one begins, while good ones tell whatever else is broken.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEADY_SECONDS = 5.0
"""Before a fault, as long as this, the service must be good: else nobody knows what it recovers to."""
GAP_SECONDS = 2.0
"""In a shorter gap between two faults there may be no whole second."""
_ALIKE = 1.0
"""Seconds by which faults may end apart that end together: the load's seconds are not told apart any further."""
Span = tuple[float, float]
"""From when until when, in seconds from the start of the load."""


@dataclass(frozen=True)
class Sample:
    """One second: its beginning (seconds from the start of the load), requests completed, failed, p95.

    Far from any fault some are joined: then all of them are as good or bad as the whole.
    """

    t: float
    completed: int
    failed: int
    p95_us: int
    length: float = 1.0

    @property
    def end(self) -> float:
        """Where the next begins."""
        return self.t + self.length


@dataclass(frozen=True)
class Criterion:
    """What good means: share of failures at most, p95 at most, so many seconds in a row.

    And for how many seconds after its end a fault may still break what stayed good under it.
    """

    max_error_ratio: float
    max_p95_us: float
    seconds: int
    breaks_within: float = math.inf


@dataclass(frozen=True)
class Recovery:
    """The moments, in seconds from the start of the load; None where it did not come to that."""

    broken_at: float | None
    recovered_at: float | None

    @property
    def never_broken(self) -> bool:
        """The service stayed good through the fault and after it."""
        return self.broken_at is None


def is_good(sample: Sample, criterion: Criterion) -> bool:
    """Is this second good?"""
    if sample.completed == 0:
        return False
    ratio = sample.failed / sample.completed
    return ratio <= criterion.max_error_ratio and sample.p95_us <= criterion.max_p95_us


def chain(span: Span, others: Iterable[Span]) -> Span:
    """The stretch of all the faults that overlap with this one, or with one of those, or nearly follow."""
    start, end = span
    left = list(others)
    while near := [one for one in left if one[0] < end + GAP_SECONDS and one[1] > start - GAP_SECONDS]:
        left = [one for one in left if one not in near]
        start, end = min(start, *(one[0] for one in near)), max(end, *(one[1] for one in near))
    return start, end


def before(of: Span, others: Iterable[Span]) -> Span:
    """The seconds before a chain that must be good: not so far back that another fault was in force."""
    ended = max((end for _, end in others if end <= of[0]), default=0.0)
    return max(0.0, ended, of[0] - STEADY_SECONDS), of[0]


def until(of: Span, others: Iterable[Span]) -> float:
    """Where what comes after a chain ends: at the beginning of the next fault, if there is one."""
    return min((start for start, _ in others if start >= of[1]), default=math.inf)


def alone_until(span: Span, others: Iterable[Span]) -> float:
    """From when on what is bad may be another fault's doing: the first beginning of any that is in force for longer."""
    return min((start for start, end in others if end > span[1] + _ALIKE), default=math.inf)


def within(samples: Iterable[Sample], span: Span) -> list[Sample]:
    """The seconds that lie wholly in it."""
    return [sample for sample in samples if sample.t >= span[0] and sample.end <= span[1]]


def recovery(samples: Sequence[Sample], start: float, end: float, criterion: Criterion) -> Recovery:
    """Look at the seconds from a fault's start on; `samples` are in order."""
    during = [sample for sample in samples if sample.end > start]
    broken = next((sample.t for sample in during if not is_good(sample, criterion)), math.inf)
    if broken >= end + criterion.breaks_within:
        return Recovery(None, max(end, start) if _calm(during, end, criterion) else None)
    broken_at = max(broken, start)
    return Recovery(broken_at, _first_good_streak(during, max(end, broken_at), criterion))


def _calm(samples: Sequence[Sample], end: float, criterion: Criterion) -> bool:
    """Are there enough seconds after the end to say that all is well?"""
    return sum(sample.length for sample in samples if sample.t >= end) >= criterion.seconds


def _first_good_streak(samples: Sequence[Sample], after: float, criterion: Criterion) -> float | None:
    since: float | None = None
    length = 0.0
    for sample in samples:
        if sample.end <= after:
            continue
        if not is_good(sample, criterion):
            since, length = None, 0.0
            continue
        since, length = sample.t if since is None else since, length + sample.length
        if length >= criterion.seconds:
            return max(since, after)
    return None
