"""Inside the coordinator: what was under way when a window began or ended, told by the ends of requests after that.

A request that ended after an edge, and took longer than it was since, was under way there. So nobody has to look for
those under way, and a request costs a worker nothing more.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from hdrh.histogram import HdrHistogram

from stresscampaigns.api.load_plan import PlannedWindow
from stresscampaigns.api.under_way import AGES, UnderWay
from stresscampaigns.stats.histogram import slowest_first
from stresscampaigns.stats.slots import Key


class UnderWayAtEdges:
    """As many numbers as there are edges, names and ages, however long the load."""

    def __init__(self, windows: Iterable[PlannedWindow]) -> None:
        edges = {math.ceil(edge) for window in windows for edge in (window.start, window.end)}
        self._edges = sorted(edges - {0})
        self._counts: defaultdict[tuple[int, Key], list[int]] = defaultdict(_none)
        self._failed: defaultdict[tuple[int, Key], list[int]] = defaultdict(_none)

    def add(self, second: int, key: Key, histogram: HdrHistogram, failed: int) -> None:
        """Requests that ended in this second; so many of them failed, which may be those that took longest."""
        longest = histogram.get_max_value() / 1e6
        reached = bisect_right(self._edges, second)
        for edge in self._edges[bisect_right(self._edges, second - longest, hi=reached) : reached]:
            since, may_have = (second + 1 - edge) * 1_000_000, failed
            for took, count in slowest_first(histogram, since):
                age = bisect_right(AGES, (took - since) / 1e6) - 1
                self._counts[edge, key][age] += count
                self._failed[edge, key][age] += min(count, may_have)
                may_have -= min(count, may_have)

    def told(self) -> list[UnderWay]:
        """All of it, in order."""
        return [
            UnderWay(t=edge, scenario=key[0], name=key[1], counts=counts, failed=self._failed[edge, key])
            for (edge, key), counts in sorted(self._counts.items())
        ]


def _none() -> list[int]:
    return [0] * len(AGES)
