"""The load's seconds, three numbers and the users of each, in bounded memory.

Near the edges of the windows that checks look at, where recovery is measured, a second stays a second. Elsewhere
seconds become longer stretches, pairwise, so that there are never more than so many.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from stresscampaigns.api.load_result import Second

MOST_STRETCHES = 7_200
"""A second each for two hours; 16 s each for a day."""
BEFORE_EDGE, AFTER_EDGE = 60, 900
"""Seconds that stay seconds before and after such an edge."""
_Place = tuple[int, int]


@dataclass(slots=True)
class _Cell:
    completed: int = 0
    failed: int = 0
    p95_us: int = 0
    users: int = 0


class Seconds:
    """Every second so far; a late report finds its place, too."""

    def __init__(self, edges: Iterable[float] = (), most: int = MOST_STRETCHES) -> None:
        self._bounds = _bounds(edges)
        self._most = most
        self._length = 1
        self._cells: dict[_Place, _Cell] = {}
        self._growing = 0

    def __len__(self) -> int:
        return len(self._cells)

    def count(self, second: int, completed: int, failed: int) -> None:
        """So many requests more."""
        cell = self._cell(second)
        cell.completed += completed
        cell.failed += failed

    def p95(self, second: int, microseconds: int) -> None:
        """A stretch shows the highest of its seconds: a percentile is never averaged."""
        cell = self._cell(second)
        cell.p95_us = max(cell.p95_us, microseconds)

    def users(self, second: int, users: int) -> None:
        """So many users were active."""
        cell = self._cell(second)
        cell.users = max(cell.users, users)

    def stats(self, total: int) -> list[Second]:
        """In order and without a gap: what nothing completed in is there with zeros."""
        last = max([total - 1, *map(self._last, self._cells)], default=-1)
        found = []
        for place, seconds in groupby(range(last + 1), self._place):
            start, *others = seconds
            cell = self._cells.get(place, _Cell())
            found.append(
                Second(
                    t=start,
                    length=1 + len(others),
                    completed=cell.completed,
                    failed=cell.failed,
                    p95_us=cell.p95_us,
                    users=cell.users,
                )
            )
        return found

    def _cell(self, second: int) -> _Cell:
        place = self._place(second)
        if place not in self._cells:
            self._growing += not _stays(place)
            if self._growing > self._most:
                self._grow()
                place = self._place(second)
        return self._cells.setdefault(place, _Cell())

    def _place(self, second: int) -> _Place:
        segment = bisect_right(self._bounds, second)
        return segment, second if _stays((segment, 0)) else second // self._length

    def _last(self, place: _Place) -> int:
        """The last second that is certainly in a stretch."""
        segment, number = place
        start = number if _stays(place) else number * self._length
        return max(start, self._bounds[segment - 1]) if segment else start

    def _grow(self) -> None:
        self._length *= 2
        grown: dict[_Place, _Cell] = {}
        for place, cell in self._cells.items():
            into = grown.setdefault(place if _stays(place) else (place[0], place[1] // 2), _Cell())
            into.completed += cell.completed
            into.failed += cell.failed
            into.p95_us = max(into.p95_us, cell.p95_us)
            into.users = max(into.users, cell.users)
        self._cells = grown
        self._growing = 1 + sum(not _stays(place) for place in grown)


def _stays(place: _Place) -> bool:
    """Between an odd bound and the next, seconds stay seconds."""
    return place[0] % 2 == 1


def _bounds(edges: Iterable[float]) -> list[int]:
    """Where seconds begin and cease to stay seconds; what overlaps is one stretch."""
    bounds: list[int] = []
    for edge in sorted(edges):
        start, end = max(0, int(edge) - BEFORE_EDGE), int(edge) + AFTER_EDGE
        if bounds and start <= bounds[-1]:
            bounds[-1] = end
        else:
            bounds += [start, end]
    return bounds
