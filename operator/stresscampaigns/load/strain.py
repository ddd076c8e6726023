"""How hard the workers were at work, second by second as they tell it, and where that was too hard. Pure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stresscampaigns.api.units import show_seconds
from stresscampaigns.load.findings import CPU_LIMIT, NO_IDLE, STALL_LIMIT

STAGES = "stages"
"""The window that findings look at: the whole load, or what comes before a search."""
SEARCH = "search"
"""From the first settling on. Each trial has a window of its own, too."""
TOLD_WITHIN = 2.0
"""A second is told by the first report after its end, and reports are a second apart: what is late is a stall."""

Told = tuple[int, float, float, float]
"""A second of the load, the shares of a core that were used and waited for in it, the longest stall that touched it."""
_NOTHING = (-1, 0.0, 0.0)


@dataclass(frozen=True)
class Strain:
    """One worker's highest share of a core (a mean over two seconds, for less is noise) and its longest stall (s)."""

    cpu: float = 0.0
    waited: float = 0.0
    """The share for which it waited for a core, where that and what it used left it no idle time."""
    stall: float = 0.0
    silent: float = 0.0
    """Seconds for which it owes its word: nobody knows yet what was in them."""

    def with_(
        self, cpu: float = 0.0, waited: float = 0.0, stall: float = 0.0, silent: float = 0.0
    ) -> "Strain":
        """The higher of each."""
        return Strain(
            max(self.cpu, cpu), max(self.waited, waited), max(self.stall, stall), max(self.silent, silent)
        )

    def beyond(self) -> str:
        """What is beyond its limit, with the number; empty where nothing is."""
        words = [
            (self.cpu > CPU_LIMIT, f"used {self.cpu * 100:.3g}% of its core"),
            (self.waited > 0, f"waited for its core {self.waited * 100:.3g}% of its time, without idle time"),
            (self.stall > STALL_LIMIT, f"stood still for {show_seconds(self.stall)}"),
            (self.silent > STALL_LIMIT, f"was silent for {show_seconds(self.silent)}"),
        ]
        return " and ".join(said for is_beyond, said in words if is_beyond)


@dataclass
class _Window:
    start: float
    end: float
    strains: dict[str, Strain] = field(default_factory=dict)

    def add(self, worker: str, second: int, cpu: float, waited: float, stall: float) -> None:
        """`cpu` and `waited` are of this second and the one before it: both must be inside."""
        if self.start <= second < self.end:
            used, lacked = (cpu, waited) if second - 1 >= self.start else (0.0, 0.0)
            idle = used + lacked <= NO_IDLE or used > CPU_LIMIT  # of a full core there is no more to say
            strain = self.strains.get(worker, Strain())
            self.strains[worker] = strain.with_(used, 0.0 if idle else lacked, stall)


class Strains:
    """Hears what the workers tell; keeps each window's maxima, so that it does not grow with the load's length."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._last: dict[str, tuple[int, float, float]] = {}

    def open(self, name: str, start: float, end: float = math.inf) -> None:
        """One more window, whose seconds are still to come; seconds from the start of the load."""
        self._windows[name] = _Window(start, end)

    def hear(self, worker: str, told: Iterable[Told]) -> None:
        """What a worker tells, in the order of its seconds."""
        for second, cpu, waited, stall in told:
            before, *shares_before = self._last.get(worker, _NOTHING)
            follows = 0 <= before == second - 1
            used, lacked = (
                (one + other) / 2 if follows else 0.0
                for one, other in zip(shares_before, (cpu, waited), strict=True)
            )
            for window in self._windows.values():
                window.add(worker, second, used, lacked, stall)
            self._last[worker] = (second, cpu, waited)

    def told_until(self, workers: Iterable[str]) -> float:
        """All of these workers have told the seconds before this one."""
        return min((self._last.get(worker, _NOTHING)[0] + 1 for worker in workers), default=math.inf)

    def of(self, name: str) -> Mapping[str, Strain]:
        """Worker → its strain in a window so far; whoever told nothing of it is not there."""
        window = self._windows.get(name)
        return window.strains if window else {}

    def at_limit(self, name: str, workers: Iterable[str], now: float | None = None) -> str:
        """Which of these workers were at their limit in a window, with the numbers; empty where none was.

        Args:
            now: seconds from the start of the load; given, who is behind with its word was at its limit, too.
        """
        told = self.of(name)
        strains = {
            worker: told.get(worker, Strain()).with_(silent=self._silent(worker, now))
            for worker in sorted(workers)
        }
        words = [f"{_short(worker)} {one.beyond()}" for worker, one in strains.items() if one.beyond()]
        return ", ".join([*words[:3], *(["…"] if words[3:] else [])])

    def _silent(self, worker: str, now: float | None) -> float:
        told_until = self._last.get(worker, _NOTHING)[0] + 1
        return 0.0 if now is None else max(0.0, now - told_until - TOLD_WITHIN)


def _short(worker: str) -> str:
    """Locust's name of a worker without the random part: the name of its pod."""
    return worker.rpartition("_")[0] or worker
