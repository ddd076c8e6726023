"""Inside a worker: every request into the histogram of its second, in microseconds, unrounded.

A request belongs to the second in which it completed. So a stall shows twice: as seconds in which nothing
completes, and as long latencies in the second that ends it. A request is counted into its histogram's bucket at
once: to make the report for the coordinator takes no time in which others would wait.

In a user's own file, what is not ours hangs on objects of others, by names that begin with `stress_`: on an answer that
its request was counted when it was sent; on a greenlet when it last saw one end; on an exception that it was counted.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NotRequired, TypedDict

from gevent import Greenlet, GreenletExit, getcurrent

from stresscampaigns.load.http.client import Counts
from stresscampaigns.load.http.errors import LACKING, NoSocketLeft
from stresscampaigns.load.http.response import Response
from stresscampaigns.stats.histogram import encode
from stresscampaigns.stats.tally import Tally

_IN_OWN_WORDS = ("AssertionError", "CatchResponseError")
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
    errors: NotRequired[dict[str, int]]


class _Cell:
    __slots__ = ("errors", "failures", "latencies", "service")

    def __init__(self) -> None:
        self.latencies = Tally()
        self.service = Tally()
        self.failures: dict[str, int] = {}
        self.errors: dict[str, int] = {}


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
        cell = self._cell(key, finished)
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
        response: Any = None,
        **_: object,
    ) -> None:
        """Locust's event: a request of a user's own file has ended; `response_time` is in milliseconds."""
        greenlet, now = getcurrent(), self._clock()
        begun = getattr(response, "stress_begun", False)
        if begun:
            response.stress_begun = False  # whatever else is told of it is an event of the file's own
            greenlet.stress_told = now
        else:
            self.sent += 1
        if not isinstance(response, Response):  # our own client has counted it
            self._count_on_the_wire(response, begun)
        kind = None
        if exception is not None:
            kind = failure_kind(exception)
            mark_counted(exception)
            mark_counted(response)
        self._end(greenlet, now, f"{request_type} {name}", response_time / 1000, kind)

    def on_break(self, error: BaseException, began: float, name: str) -> None:
        """A client that was to send, and has counted it in `sent`, raised instead of telling the request's end.

        Args:
            began: when, by the recorder's clock. Where an end was told since, a listener raised: nothing is missing.
        """
        greenlet, now = getcurrent(), self._clock()
        if getattr(greenlet, "stress_told", -1.0) < began:
            self._end(greenlet, now, name, now - began, failure_kind(error))
            mark_counted(error)

    def on_error(self, name: str, kind: str) -> None:
        """Something of the user's own went wrong outside of any request: no request is counted, the error is."""
        cell = self._cell((_scenario(getcurrent()), name), self._clock())
        cell.errors[kind] = cell.errors.get(kind, 0) + 1

    def _cell(self, key: Key, at: float) -> _Cell:
        second = int(at - self._origin) if self._started is not None else 0
        if second != self._second:
            self._second = max(0, second)
            self._current = self._cells.setdefault(self._second, {})
        cell = self._current.get(key)
        if cell is None:
            cell = self._current[key] = _Cell()
        return cell

    def _count_on_the_wire(self, response: object, begun: bool) -> None:
        hops = len(getattr(response, "history", None) or ())
        if not begun:
            self.wire.sent += 1 + hops
        self.wire.answered += hops + _whole(response)

    def _end(self, greenlet: Greenlet, now: float, name: str, service: float, kind: str | None) -> None:
        waited = getattr(greenlet, "stress_delay", None)
        if waited is not None:
            greenlet.stress_delay = (
                0.0  # what follows in an iteration waits for its turn, not for the generator
            )
        latency, own = (service, None) if waited is None else (waited + service, service)
        self.count((_scenario(greenlet), name), now, latency, kind, own)

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
    if cell.errors:
        counted["errors"] = cell.errors
    return counted


def _text(tally: Tally, pause: Callable[[], object]) -> str:
    histogram = tally.histogram()
    pause()
    text = encode(histogram)
    pause()
    return text


def failure_kind(exception: object) -> str:
    """An HTTP status where there is one, the file's own words for what it judged itself, else the error's class."""
    if isinstance(exception, GreenletExit):
        return "CutOff"
    if getattr(exception, "errno", None) in LACKING:
        return NoSocketLeft.__name__
    status = getattr(getattr(exception, "response", None), "status_code", None)
    if status:
        return f"HTTP {status}"
    name = type(exception).__name__
    words = str(exception).partition("\n")[0] if name in _IN_OWN_WORDS else ""
    return f"{name}: {words}"[:120] if words else name


def is_counted(error: object) -> bool:
    """Was this exception counted as a request's failure, itself or the answer that it is about?"""
    return any(getattr(one, "stress_counted", False) for one in (error, getattr(error, "response", None)))


def mark_counted(one: Any) -> None:
    """So that whoever meets this exception, or answer, again further out does not count it once more."""
    with suppress(AttributeError):  # what takes no marks goes without
        one.stress_counted = True


def _whole(response: object) -> bool:
    """Is the answer there to its last byte? Of geventhttpclient's it can be seen; requests raises where it is not."""
    if not getattr(response, "status_code", 0):
        return False
    return bool(getattr(getattr(response, "_response", None), "message_complete", True))


def _scenario(greenlet: object) -> str:
    """The user class whose greenlet this is; empty for a request from elsewhere."""
    arguments = getattr(greenlet, "args", None) or ()
    return type(arguments[0]).__name__ if arguments and hasattr(arguments[0], "environment") else ""
