"""Inside the coordinator: the workers' counts, merged into windows and seconds. Counts add up; nothing is averaged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

from stresscampaigns.api.load_plan import WHOLE, PlannedWindow
from stresscampaigns.api.load_result import OTHER_NAMES, RequestStats, Second, WindowStats
from stresscampaigns.api.slots import Slots
from stresscampaigns.api.under_way import UnderWay
from stresscampaigns.load.recorder import Counted
from stresscampaigns.load.seconds import Seconds
from stresscampaigns.load.under_way import UnderWayAtEdges
from stresscampaigns.stats.histogram import decode, empty, encode, percentile_us
from stresscampaigns.stats.slots import GrowingSlots, Key

OPEN_SECONDS = 15
"""A second keeps its histogram this long for reports that are late; then only its numbers stay."""
MOST_NAMES = 200
"""A Locust file that names each request anew must not fill the memory: what is more counts under one name, by
scenario, of which there are few."""
MOST_KINDS = 50
OTHER_KINDS = "(other failures)"


@dataclass
class Cell:
    """Requests of one name in one window."""

    histogram: HdrHistogram = field(default_factory=empty)
    service: HdrHistogram | None = None
    count: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)

    def add(self, counted: Counted, histogram: HdrHistogram) -> None:
        """Add what a worker has counted."""
        self.histogram.add(histogram)
        if "service" in counted:
            self.service = self.service or empty()
            self.service.add(decode(counted["service"]))
        self.count += counted["count"]
        _add_kinds(self.failures, counted["failures"])
        _add_kinds(self.errors, counted.get("errors", {}))

    @property
    def failed(self) -> int:
        """Failures of every kind."""
        return sum(self.failures.values())


def _add_kinds(so_far: dict[str, int], more: Mapping[str, int]) -> None:
    for kind, number in more.items():
        known = kind if kind in so_far or len(so_far) < MOST_KINDS else OTHER_KINDS
        so_far[known] = so_far.get(known, 0) + number


class Aggregate:
    """Everything counted so far."""

    def __init__(self, windows: Sequence[PlannedWindow]) -> None:
        self._windows = windows
        self._cells: dict[str, dict[tuple[str, str], Cell]] = {window.name: {} for window in windows}
        edges = {edge for window in windows for edge in (window.start, window.end)} - {0.0}
        self._seconds = Seconds(edges)
        self._slots = GrowingSlots()
        self._under_way = UnderWayAtEdges(windows)
        self._names: set[Key] = set()
        self._open: dict[int, HdrHistogram] = {}
        self._closed_before = 0
        self._looked_at = self._users = 0

    def add(self, second: int, counted: Iterable[Counted]) -> None:
        """Add one worker's counts of one second."""
        for entry in counted:
            histogram = decode(entry["histogram"])
            key = self._known((entry["scenario"], entry["name"]))
            if entry["count"]:  # else there are only errors, which are no requests
                failed = sum(entry["failures"].values())
                self._seconds.count(second, entry["count"], failed)
                self._slots.add(second, key, entry["count"], failed, entry["histogram"])
                self._under_way.add(second, key, histogram, failed)
                self._add_p95(second, histogram)
            for window in self._windows_of(second):
                self._cells[window].setdefault(key, Cell()).add(entry, histogram)
        self._close_before(second - OPEN_SECONDS)

    def open_window(self, window: PlannedWindow) -> None:
        """One more window, whose seconds are still to come."""
        self._windows = [*self._windows, window]
        self._cells[window.name] = {}

    def requests_of(self, name: str) -> list[RequestStats]:
        """What was counted in one window so far."""
        return [_stats(key, cell) for key, cell in sorted(self._cells[name].items())]

    def users(self, second: int, users: int) -> None:
        """So many users were active in this second; in those since the last look, as many as then."""
        for missed in range(self._looked_at + 1, second):
            self._seconds.users(missed, self._users)
        self._seconds.users(second, users)
        self._looked_at, self._users = second, users

    def _known(self, key: Key) -> Key:
        if key not in self._names and len(self._names) >= MOST_NAMES:
            return key[0], OTHER_NAMES
        self._names.add(key)
        return key

    def _windows_of(self, second: int) -> list[str]:
        """The windows of a second. What drains after the last stage still belongs to the whole run."""
        return [
            window.name
            for window in self._windows
            if window.name == WHOLE or window.start <= second < window.end
        ]

    def _add_p95(self, second: int, histogram: HdrHistogram) -> None:
        if second >= self._closed_before:
            self._open.setdefault(second, empty()).add(histogram)
        else:
            self._seconds.p95(second, percentile_us(histogram, 95))

    def _close_before(self, second: int) -> None:
        self._closed_before = max(self._closed_before, second)
        for number in [number for number in self._open if number < second]:
            self._seconds.p95(number, percentile_us(self._open.pop(number), 95))

    def whole(self) -> dict[tuple[str, str], Cell]:
        """(scenario, name) → what was counted in the whole run."""
        return self._cells[WHOLE]

    def totals(self) -> tuple[int, int]:
        """Requests completed, and failed among them."""
        cells = self.whole().values()
        return sum(cell.count for cell in cells), sum(cell.failed for cell in cells)

    def failed_by(self, kind: str, windows: Iterable[str]) -> int:
        """Requests of these windows that failed in this way."""
        cells = (cell for window in windows for cell in self._cells[window].values())
        return sum(cell.failures.get(kind, 0) for cell in cells)

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
        """Every second of the load in order; of a long load, seconds that nothing happened near are joined."""
        self._close_before(1 << 60)
        return self._seconds.stats(int(total))

    def slots(self) -> Slots:
        """Histograms over time, for any window that may be asked for later."""
        return self._slots.packed()

    def under_way(self) -> list[UnderWay]:
        """What a window lacks, and what it has of others: at the edges of those that were there from the beginning."""
        return self._under_way.told()


def _stats(key: tuple[str, str], cell: Cell) -> RequestStats:
    scenario, name = key
    return RequestStats(
        scenario=scenario,
        name=name,
        count=cell.count,
        failures=cell.failures,
        errors=cell.errors,
        histogram=encode(cell.histogram),
        service=encode(cell.service) if cell.service else None,
    )
