"""Latencies counted one by one, each into the bucket of the histogram that it belongs to.

Counting costs a fraction of a microsecond and touches little memory, and a histogram is made of the buckets at once:
whoever counts tens of thousands a second must not stand still when a report is due, for what is due meanwhile is late.
"""

import ctypes
from array import array

from hdrh.histogram import HdrHistogram

from stresscampaigns.stats.histogram import EXACT_BITS, HIGHEST_US, LOWEST_US, empty

_EXACT = 1 << EXACT_BITS
"""Below this many microseconds every one has a bucket of its own."""
_HALF_BITS = EXACT_BITS - 1
_COUNTER = "L"
"""As in hdrh's histograms: an unsigned long."""
_MOST = len(empty().counts)


class Tally:
    """Counts so far; equal to a histogram into which every latency was recorded."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets = array(_COUNTER)

    def count(self, seconds: float) -> None:
        """Count one latency; what is out of range counts as the range's end, never as nothing."""
        index = int(seconds * 1e6 + 0.5)
        if index >= _EXACT:
            if index > HIGHEST_US:
                index = HIGHEST_US
            octave = index.bit_length() - EXACT_BITS
            index = (octave << _HALF_BITS) + (index >> octave)
        elif index < LOWEST_US:
            index = LOWEST_US
        try:
            self._buckets[index] += 1
        except IndexError:
            self._grow(index)
            self._buckets[index] += 1

    @property
    def total(self) -> int:
        """How many were counted."""
        return sum(self._buckets)

    def histogram(self) -> HdrHistogram:
        """All of it."""
        histogram = empty()
        counted = self._buckets.tobytes()
        if counted:
            ctypes.memmove(histogram.counts, counted, len(counted))
            lowest = len(counted) - len(counted.lstrip(b"\0"))
            highest = len(counted.rstrip(b"\0")) - 1
            size = self._buckets.itemsize
            histogram.set_internal_tacking_values(lowest // size, highest // size, self.total)
        return histogram

    def _grow(self, index: int) -> None:
        """To the next power of two: most latencies are short, and need few buckets."""
        missing = min(max(_EXACT, 1 << index.bit_length()), _MOST) - len(self._buckets)
        self._buckets.frombytes(bytes(missing * self._buckets.itemsize))
