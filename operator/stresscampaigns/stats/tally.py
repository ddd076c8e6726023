"""Latencies counted one by one, each into the bucket of the histogram that it belongs to.

Counting costs a fraction of a microsecond, and a histogram is made of the buckets at once: whoever counts tens of
thousands a second must not stand still when a report is due, for what is due meanwhile is late.
"""

from collections import defaultdict

from hdrh.histogram import HdrHistogram

from stresscampaigns.stats.histogram import DIGITS, HIGHEST_US, LOWEST_US, empty

_EXACT = 1 << (2 * 10**DIGITS - 1).bit_length()
"""Below this many microseconds every one has a bucket of its own; above, each power of two has half as many buckets."""
_EXACT_BITS = _EXACT.bit_length() - 1
_HALF_BITS = _EXACT_BITS - 1


class Tally:
    """Counts so far; equal to a histogram into which every latency was recorded."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: defaultdict[int, int] = defaultdict(int)

    def count(self, seconds: float) -> None:
        """Count one latency; what is out of range counts as the range's end, never as nothing."""
        index = int(seconds * 1e6 + 0.5)
        if index >= _EXACT:
            if index > HIGHEST_US:
                index = HIGHEST_US
            octave = index.bit_length() - _EXACT_BITS
            index = (octave << _HALF_BITS) + (index >> octave)
        elif index < LOWEST_US:
            index = LOWEST_US
        self._buckets[index] += 1

    @property
    def total(self) -> int:
        """How many were counted."""
        return sum(self._buckets.values())

    def histogram(self) -> HdrHistogram:
        """All of it."""
        histogram = empty()
        counts, buckets = histogram.counts, self._buckets
        for index, number in buckets.items():
            counts[index] = number
        if buckets:
            histogram.set_internal_tacking_values(min(buckets), max(buckets), self.total)
        return histogram
