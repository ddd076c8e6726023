"""How sure are a percentile and a rate, and the ratio of two? 95 % intervals.

Requests that follow one another are alike: of a queue, of a pause, of a slow neighbour. So a window is cut into
stretches of time, and what is chance is told by how much these differ among themselves (batch means; for a percentile
by Woodruff, 1952: the share of requests below it, turned back into latencies). A percentile is never taken to be surer
than independent requests would make it. What is slower than a whole window, no look into that window shows.
"""

import math
from collections.abc import Sequence
from statistics import stdev

from hdrh.histogram import HdrHistogram

from stresscampaigns.stats.histogram import count_up_to, percentile_us
from stresscampaigns.stats.scalability import CONFIDENCE, Estimate

LEAST_STRETCHES = 4
MOST_STRETCHES = 10
"""More would be shorter, and alike again."""
_NORMAL = 1.959964
_MOST = 700.0
"""Beyond this a logarithm is of no number any more."""
_NONE_SEEN = 3.0
"""Of what was not seen at all, there may be so many: the rule of three."""


def percentile_us_sure(whole: HdrHistogram, percentile: float, stretches: Sequence[HdrHistogram]) -> Estimate:
    """A percentile in microseconds; infinity where it may lie above every request that was seen.

    Args:
        whole: every request of the window.
        stretches: equally long stretches of it; where they are too few, requests count as independent.
    """
    count, share = int(whole.get_total_count()), percentile / 100
    value = percentile_us(whole, percentile)
    half = _NORMAL * math.sqrt(share * (1 - share) / count)
    if len(stretches) >= LEAST_STRETCHES:
        below = [(count_up_to(one, value), int(one.get_total_count())) for one in stretches]
        half = max(half, _students_t(len(below)) * _deviation(below))
    low, high = math.floor(count * (share - half)), math.ceil(count * (share + half) - 1e-9)
    return Estimate(
        value,
        percentile_us(whole, 100 * low / count) if low >= 1 else 0.0,
        percentile_us(whole, 100 * high / count) if high <= count else math.inf,
    )


def _deviation(parts: Sequence[tuple[int, int]]) -> float:
    """Of a share, from its numerators and denominators in stretches that are not independent within themselves."""
    share = sum(some for some, _ in parts) / sum(every for _, every in parts)
    squares = sum((some - share * every) ** 2 for some, every in parts)
    return math.sqrt(squares * len(parts) / (len(parts) - 1)) / sum(every for _, every in parts)


def rate_sure(count: int, seconds: float, stretches: Sequence[float]) -> Estimate:
    """What ended in a window, a second.

    Args:
        stretches: the rates of equally long stretches of it; where they are too few, ends count as independent.
    """
    rate = count / seconds
    if not count:
        return Estimate(0.0, 0.0, _NONE_SEEN / seconds)
    half = _NORMAL * math.sqrt(count) / seconds
    if len(stretches) >= LEAST_STRETCHES:
        half = _students_t(len(stretches)) * stdev(stretches) / math.sqrt(len(stretches))
    return Estimate(rate, max(0.0, rate - half), rate + half)


def ratio(one: Estimate, other: Estimate) -> Estimate:
    """One by the other, which is above zero (MOVER, Zou and Donner 2008, of the logarithms)."""
    value = one.value / other.value
    down = math.hypot(_apart(one.value, one.low), _apart(other.high, other.value))
    up = math.hypot(_apart(one.high, one.value), _apart(other.value, other.low))
    if not one.value:
        return Estimate(0.0, 0.0, one.high / other.low if other.low else math.inf)
    return Estimate(value, value * math.exp(-down), value * math.exp(up) if up < _MOST else math.inf)


def _apart(high: float, low: float) -> float:
    """So far, as logarithms."""
    return math.log(high / low) if low > 0 else math.inf


def _students_t(stretches: int) -> float:
    from scipy.special import stdtrit  # as in `scalability`: what the operator hardly ever needs

    return float(stdtrit(stretches - 1, (1 + CONFIDENCE) / 2))
