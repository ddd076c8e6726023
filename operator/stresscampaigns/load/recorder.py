"""Inside a worker: every request into the histogram of its second, in microseconds, unrounded.

A request belongs to the second in which it completed. So a stall shows twice: as seconds in which nothing
completes, and as long latencies in the second that ends it.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypedDict

from gevent import getcurrent
from hdrh.histogram import HdrHistogram

from stresscampaigns.stats.histogram import empty, encode, record


class Counted(TypedDict):
    """Requests of one name in one second, as they travel to the coordinator."""

    scenario: str
    name: str
    count: int
    failures: dict[str, int]
    histogram: str


@dataclass
class _Cell:
    histogram: HdrHistogram = field(default_factory=empty)
    count: int = 0
    failures: dict[str, int] = field(default_factory=dict)


class Recorder:
    """Listens to Locust's request event; gives what it has counted since it was last asked."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._started: float | None = None
        self._cells: dict[tuple[int, str, str], _Cell] = {}

    def start(self, at: float) -> None:
        """The load's time begins at this moment, epoch seconds."""
        self._started = at

    @property
    def started(self) -> float | None:
        """From when the seconds are counted; None: nobody has said, and they mean nothing."""
        return self._started

    def on_request(
        self, request_type: str, name: str, response_time: float, exception: object = None, **_: object
    ) -> None:
        """One request has completed; `response_time` is in milliseconds."""
        second = max(0, math.floor(self._clock() - self._started)) if self._started is not None else 0
        cell = self._cells.setdefault((second, _scenario(), f"{request_type} {name}"), _Cell())
        cell.count += 1
        record(cell.histogram, response_time * 1000)
        if exception is not None:
            kind = failure_kind(exception)
            cell.failures[kind] = cell.failures.get(kind, 0) + 1

    def take(self) -> dict[int, list[Counted]]:
        """Second → what was counted since the last time; counting goes on from nothing."""
        cells, self._cells = self._cells, {}
        taken: dict[int, list[Counted]] = {}
        for (second, scenario, name), cell in cells.items():
            counted = Counted(
                scenario=scenario,
                name=name,
                count=cell.count,
                failures=cell.failures,
                histogram=encode(cell.histogram),
            )
            taken.setdefault(second, []).append(counted)
        return taken


def failure_kind(exception: object) -> str:
    """An HTTP status where there is one, the scenario's own words for a failed assertion, else the error's class."""
    status = getattr(getattr(exception, "response", None), "status_code", None)
    if status:
        return f"HTTP {status}"
    name = type(exception).__name__
    return f"{name}: {exception}"[:120] if name == "CatchResponseError" else name


def _scenario() -> str:
    """The user class whose greenlet this is; empty for a request from elsewhere."""
    arguments = getattr(getcurrent(), "args", None) or ()
    return type(arguments[0]).__name__ if arguments and hasattr(arguments[0], "environment") else ""
