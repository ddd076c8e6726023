"""Inside the coordinator: the workers' counts, merged into windows and seconds. Counts add up; nothing is averaged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

from stresscampaigns.api.load import WHOLE, PlannedWindow, RequestStats, Second, WindowStats
from stresscampaigns.load.recorder import Counted
from stresscampaigns.stats.histogram import decode, empty, encode, percentile_us

OPEN_SECONDS = 15
"""A second keeps its histogram this long for reports that are late; then only its numbers stay."""


@dataclass
class Cell:
    """Requests of one name in one window."""

    histogram: HdrHistogram = field(default_factory=empty)
    service: HdrHistogram | None = None
    count: int = 0
    failures: dict[str, int] = field(default_factory=dict)

    def add(self, counted: Counted, histogram: HdrHistogram) -> None:
        """Add what a worker has counted."""
        self.histogram.add(histogram)
        if "service" in counted:
            self.service = self.service or empty()
            self.service.add(decode(counted["service"]))
        self.count += counted["count"]
        for kind, number in counted["failures"].items():
            self.failures[kind] = self.failures.get(kind, 0) + number

    @property
    def failed(self) -> int:
        """Failures of every kind."""
        return sum(self.failures.values())


@dataclass(slots=True)
class _SecondCell:
    """What stays of a second: three numbers, for a day has 86,400 of them."""

    completed: int = 0
    failed: int = 0
    p95_us: int = 0


class Aggregate:
    """Everything counted so far."""

    def __init__(self, windows: Sequence[PlannedWindow]) -> None:
        self._windows = windows
        self._cells: dict[str, dict[tuple[str, str], Cell]] = {window.name: {} for window in windows}
        self._seconds: dict[int, _SecondCell] = {}
        self._open: dict[int, HdrHistogram] = {}
        self._closed_before = 0
        self._users: dict[int, int] = {}

    def add(self, second: int, counted: Iterable[Counted]) -> None:
        """Add one worker's counts of one second."""
        for entry in counted:
            histogram = decode(entry["histogram"])
            self._add_second(second, entry, histogram)
            for name in self._names(second):
                cells = self._cells[name]
                cells.setdefault((entry["scenario"], entry["name"]), Cell()).add(entry, histogram)
        self._close_before(second - OPEN_SECONDS)

    def open_window(self, window: PlannedWindow) -> None:
        """One more window, whose seconds are still to come."""
        self._windows = [*self._windows, window]
        self._cells[window.name] = {}

    def requests_of(self, name: str) -> list[RequestStats]:
        """What was counted in one window so far."""
        return [_stats(key, cell) for key, cell in sorted(self._cells[name].items())]

    def users(self, second: int, users: int) -> None:
        """So many users were active in this second."""
        self._users[second] = max(users, self._users.get(second, 0))

    def _names(self, second: int) -> list[str]:
        """The windows of a second. What drains after the last stage still belongs to the whole run."""
        return [
            window.name
            for window in self._windows
            if window.name == WHOLE or window.start <= second < window.end
        ]

    def _add_second(self, second: int, entry: Counted, histogram: HdrHistogram) -> None:
        cell = self._seconds.setdefault(second, _SecondCell())
        cell.completed += entry["count"]
        cell.failed += sum(entry["failures"].values())
        if second >= self._closed_before:
            self._open.setdefault(second, empty()).add(histogram)
        else:
            cell.p95_us = max(cell.p95_us, percentile_us(histogram, 95))

    def _close_before(self, second: int) -> None:
        self._closed_before = max(self._closed_before, second)
        for number in [number for number in self._open if number < second]:
            self._seconds[number].p95_us = percentile_us(self._open.pop(number), 95)

    def whole(self) -> dict[tuple[str, str], Cell]:
        """(scenario, name) → what was counted in the whole run."""
        return self._cells[WHOLE]

    def totals(self) -> tuple[int, int]:
        """Requests completed, and failed among them."""
        cells = self.whole().values()
        return sum(cell.count for cell in cells), sum(cell.failed for cell in cells)

    def second_percentiles(self, second: int, percentiles: Iterable[float]) -> dict[float, float]:
        """Percentile → seconds, over one second that is still open."""
        histogram = self._open.get(second)
        if histogram is None:
            return {}
        return {one: percentile_us(histogram, one) / 1e6 for one in percentiles}

    def window_stats(self) -> list[WindowStats]:
        """Every window with its exact counts and histograms."""
        return [
            WindowStats(
                name=window.name,
                start=window.start,
                end=window.end,
                requests=self.requests_of(window.name),
            )
            for window in self._windows
        ]

    def second_stats(self, total: float) -> list[Second]:
        """Every second of the load in order; one in which nothing completed is there with zeros."""
        self._close_before(1 << 60)
        last = max([int(total) - 1, *self._seconds], default=-1)
        return [self._second(number) for number in range(last + 1)]

    def _second(self, number: int) -> Second:
        cell = self._seconds.get(number, _SecondCell())
        users = self._users.get(number, 0)
        return Second(t=number, completed=cell.completed, failed=cell.failed, p95_us=cell.p95_us, users=users)


def _stats(key: tuple[str, str], cell: Cell) -> RequestStats:
    scenario, name = key
    return RequestStats(
        scenario=scenario,
        name=name,
        count=cell.count,
        failures=cell.failures,
        histogram=encode(cell.histogram),
        service=encode(cell.service) if cell.service else None,
    )
