"""What samples that are each of a window have left unseen of a stretch of the load. Pure.

Only a window that lies wholly within the stretch counts, so that up to one of them is lost at either edge; that is
forgiven. Nothing else is.
"""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from stresscampaigns.core.observation import LEAST_COVERED
from stresscampaigns.core.saturation.uses import Line, Sample, Use

LEAST_SAMPLES = 4
"""With fewer, most of the stretch may lie at its edges."""
_EDGE = 1.5
"""Windows are not all of one length: so many of the usual one may be lost at an edge."""
Span = tuple[float, float]


def unseen(use: Use, lines: Sequence[Line], start: float, end: float) -> Iterator[str]:
    """In words, pod by pod and of all together.

    Args:
        lines: the use's own, with nothing but what counts in the stretch from `start` to `end`, seconds.
    """
    edge = _edge(use.lines)
    for pod in use.expected:
        own = [line.samples for line in lines if line.pod == pod]
        for samples in own or [()]:
            yield from _words(f"pod {pod} was ", samples, edge, start, end)
    together = sorted((sample for line in lines for sample in line.samples), key=lambda sample: sample.t)
    yield from _words("", together, edge, start, end)


def _edge(lines: Iterable[Line]) -> float:
    lengths = [one.t - one.since for line in lines for one in line.samples if one.since is not None]
    return _EDGE * median(lengths) if lengths else 0.0


def _words(whom: str, samples: Sequence[Sample], edge: float, start: float, end: float) -> Iterator[str]:
    number = len({one.t for one in samples})
    share = _share([(one.t - one.seen, one.t) for one in samples], edge, start, end)
    if number < LEAST_SAMPLES:
        yield f"{whom}seen in {number} whole samples: it takes {LEAST_SAMPLES}"
    elif share < LEAST_COVERED:
        yield f"{whom}seen for only {share:.0%} of the time"


def _share(spans: Sequence[Span], edge: float, start: float, end: float) -> float:
    """Of the stretch, how much lies in these spans, in the order of their ends, or is forgiven."""
    if not spans or end <= start:
        return 0.0
    lead = min(edge, max(0.0, min(since for since, _ in spans) - start))
    tail = min(edge, max(0.0, end - spans[-1][1]))
    return min(1.0, (_length(spans) + lead + tail) / (end - start))


def _length(spans: Sequence[Span]) -> float:
    """Of their union."""
    total, reached = 0.0, float("-inf")
    for since, until in sorted(spans):
        total += max(0.0, until - max(since, reached))
        reached = max(reached, until)
    return total
