"""Latency histograms: HdrHistogram in microseconds, from 1 us to 1 h, three significant digits (0.1 %).

Encoded as HdrHistogram V2 in base64, which Java's and C's libraries read too.
"""

import math
import weakref
import zlib
from collections.abc import Iterable

from hdrh.codec import HdrCookieException, HdrHistogramSettingsException, HdrLengthException
from hdrh.histogram import HdrHistogram

LOWEST_US = 1
HIGHEST_US = 3_600_000_000
DIGITS = 3
EXACT_BITS = (2 * 10**DIGITS - 1).bit_length()
"""Microseconds of so many bits have a bucket each; above, each power of two has half as many buckets."""
_DAMAGED = (
    HdrCookieException,
    HdrHistogramSettingsException,
    HdrLengthException,
    RuntimeError,
    LookupError,
    zlib.error,
)


def empty() -> HdrHistogram:
    """A histogram without any value."""
    return _freed_at_once(HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS))


def _freed_at_once(histogram: HdrHistogram) -> HdrHistogram:
    """Its encoder refers back to it: 190 KB would wait for the garbage collector, and it for hundreds of them."""
    histogram.encoder.histogram = weakref.proxy(histogram)
    return histogram


def encode(histogram: HdrHistogram) -> str:
    """As base64 text."""
    return bytes(histogram.encode()).decode()


def decode(text: str) -> HdrHistogram:
    """The reverse of `encode`.

    Raises:
        ValueError: the text is no histogram.
    """
    try:
        return _freed_at_once(HdrHistogram.decode(text.encode()))
    except _DAMAGED as error:
        raise ValueError(f"the histogram is damaged: {type(error).__name__}: {error}") from error


def merged(histograms: Iterable[HdrHistogram]) -> HdrHistogram:
    """All counts together: the same as if one histogram had recorded every value."""
    total = empty()
    for histogram in histograms:
        total.add(histogram)
    return total


def percentile_us(histogram: HdrHistogram, percentile: float) -> int:
    """The smallest latency in microseconds that so many per cent of the values do not exceed; 0 where there is none.

    The nearest rank, rounded up: hdrh itself rounds to the nearest, which for few values gives too low a one.
    """
    count = int(histogram.get_total_count())
    if not count:
        return 0
    rank = max(1, math.ceil(count * percentile / 100 - 1e-9))
    return int(histogram.get_value_at_percentile(100 * rank / count))


def least_count(percentile: float) -> int:
    """So many values that at least one lies above the percentile: 20 for the 95th, 100 for the 99th."""
    return math.ceil(100 / (100 - percentile) * (1 - 1e-9)) if percentile < 100 else 1


def count_up_to(histogram: HdrHistogram, microseconds: int) -> int:
    """How many of its values are not above this one, but for what a bucket cannot tell apart."""
    return sum(histogram.counts[: _bucket(microseconds) + 1])


def slowest_first(histogram: HdrHistogram, microseconds: int) -> list[tuple[int, int]]:
    """What is surely not below so many microseconds: for each bucket the lowest latency that it is of, and how many."""
    first, last = _bucket(microseconds), _bucket(int(histogram.get_max_value()))
    counts = enumerate(histogram.counts[first : last + 1], first)
    found = [(int(histogram.get_value_from_index(bucket)), count) for bucket, count in counts if count]
    return [one for one in reversed(found) if one[0] >= microseconds]


def _bucket(microseconds: int) -> int:
    octave = max(0, microseconds.bit_length() - EXACT_BITS)
    bucket: int = (octave << (EXACT_BITS - 1)) + (microseconds >> octave)
    return bucket
