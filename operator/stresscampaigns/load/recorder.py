"""Inside a worker: every request into the histogram of its second, in microseconds, unrounded.

A request belongs to the second in which it completed. So a stall shows twice: as seconds in which nothing
completes, and as long latencies in the second that ends it. A request is counted into its histogram's bucket at
once: to make the report for the coordinator takes no time in which others would wait.
"""

import time
from collections.abc import Callable
from typing import NotRequired, TypedDict

from gevent import getcurrent

from stresscampaigns.load.http.client import Counts
from stresscampaigns.load.http.response import Response
from stresscampaigns.stats.histogram import encode
from stresscampaigns.stats.tally import Tally

Key = tuple[str, str]
"""Scenario and name of a request."""


class Counted(TypedDict):
    """Requests of one name in one second, as they travel to the coordinator."""

    scenario: str
    name: str
    count: int
    failures: dict[str, int]
    histogram: str
    service: NotRequired[str]


class _Cell:
    __slots__ = ("failures", "latencies", "service")

    def __init__(self) -> None:
        self.latencies = Tally()
        self.service = Tally()
        self.failures: dict[str, int] = {}


class Recorder:
    """Gives what it has counted since it was last asked; its clock never jumps."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.sent = 0
        """Requests begun, so far."""
        self.completed = 0
        """Requests that ended, failed ones among them, so far."""
        self.wire = Counts()
        """What a server's own counter can be compared with, so far."""
        self._clock = clock
        self._started: float | None = None
        self._origin = clock()
        self._cells: dict[int, dict[Key, _Cell]] = {}
        self._second = -1
        self._current: dict[Key, _Cell] = {}

    def start(self, at: float) -> None:
        """The load's time begins now; `at` is what the coordinator calls this moment, epoch seconds."""
        self._started = at
        self._origin = self._clock()

    @property
    def started(self) -> float | None:
        """Which load the seconds belong to; None: nobody has said, and they mean nothing."""
        return self._started

    def elapsed(self) -> float:
        """Seconds since the load began; 0 before."""
        return self._clock() - self._origin if self._started is not None else 0.0

    def count(
        self,
        key: Key,
        finished: float,
        latency: float,
        failure: str | None = None,
        service: float | None = None,
    ) -> None:
        """One request has ended.

        Args:
            finished: when, by the recorder's clock.
            latency: seconds; in the open model from the intended time.
            failure: its kind, where it failed.
            service: in the open model, seconds from sending.
        """
        second = int(finished - self._origin) if self._started is not None else 0
        if second != self._second:
            self._second = max(0, second)
            self._current = self._cells.setdefault(self._second, {})
        cell = self._current.get(key)
        if cell is None:
            cell = self._current[key] = _Cell()
        self.completed += 1
        cell.latencies.count(latency)
        if service is not None:
            cell.service.count(service)
        if failure is not None:
            cell.failures[failure] = cell.failures.get(failure, 0) + 1

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float,
        exception: object = None,
        response: object = None,
        **_: object,
    ) -> None:
        """Locust's event: a request of a user's own file has ended; `response_time` is in milliseconds."""
        if not isinstance(response, Response):
            self.sent += 1  # our own client says so when it sends
            hops = len(getattr(response, "history", None) or ())
            self.wire.sent += 1 + hops
            self.wire.answered += hops + bool(getattr(response, "status_code", 0))
        greenlet = getcurrent()
        service = response_time / 1000
        waited = getattr(greenlet, "stress_delay", None)
        if waited is not None:
            greenlet.stress_delay = (
                0.0  # what follows in an iteration waits for its turn, not for the generator
            )
        latency, own = (service, None) if waited is None else (waited + service, service)
        kind = failure_kind(exception) if exception is not None else None
        self.count((_scenario(greenlet), f"{request_type} {name}"), self._clock(), latency, kind, own)

    def take(self, pause: Callable[[], object] = lambda: None) -> dict[int, list[Counted]]:
        """Second → what was counted since the last time; counting goes on from nothing.

        Args:
            pause: called after each step of a third of a millisecond; what is counted meanwhile is for the next time.
        """
        cells, self._cells = self._cells, {}
        self._second, self._current = -1, {}
        return {
            second: [_counted(key, cell, pause) for key, cell in of_second.items()]
            for second, of_second in cells.items()
            if of_second
        }


def _counted(key: Key, cell: _Cell, pause: Callable[[], object]) -> Counted:
    counted = Counted(
        scenario=key[0],
        name=key[1],
        count=cell.latencies.total,
        failures=cell.failures,
        histogram=_text(cell.latencies, pause),
    )
    if cell.service.total:
        counted["service"] = _text(cell.service, pause)
    return counted


def _text(tally: Tally, pause: Callable[[], object]) -> str:
    histogram = tally.histogram()
    pause()
    text = encode(histogram)
    pause()
    return text


def failure_kind(exception: object) -> str:
    """An HTTP status where there is one, the scenario's own words for a failed assertion, else the error's class."""
    status = getattr(getattr(exception, "response", None), "status_code", None)
    if status:
        return f"HTTP {status}"
    name = type(exception).__name__
    return f"{name}: {exception}"[:120] if name == "CatchResponseError" else name


def _scenario(greenlet: object) -> str:
    """The user class whose greenlet this is; empty for a request from elsewhere."""
    arguments = getattr(greenlet, "args", None) or ()
    return type(arguments[0]).__name__ if arguments and hasattr(arguments[0], "environment") else ""
