"""The open model in a worker: each arrival, at its time, to a user that is free; where none is, it is dropped.

A dropped arrival is counted, never made up for: whoever reads the results must know that the load was not what was
asked. A user's latency counts from the intended time, so a late hand-over cannot hide.
"""

import random
import time
from array import array
from collections.abc import Iterator, Mapping
from typing import Any

from gevent import get_hub, getcurrent
from hdrh.histogram import HdrHistogram

from stresscampaigns.load.ticker import Ticker
from stresscampaigns.stats.histogram import empty, histogram_of

LATE = 0.05
"""Seconds after its intended time from which an arrival counts as late."""
_FINEST = 0.0005
"""Seconds between two wake-ups at least: what is due in between is handed out together."""
_NEVER = float("inf")


class Dispatcher:
    """Hands out the arrivals of one worker. `weights`: scenario → its share."""

    def __init__(self, due: Iterator[float], weights: Mapping[str, int], seed: int = 0) -> None:
        self.arrived = self.dropped = self.late = 0
        self._delays: HdrHistogram = empty()
        self._new_delays = array("d")
        self._due = due
        self._next = next(due, _NEVER)
        self._idle: dict[str, list[Any]] = {name: [] for name in weights}
        self._names, self._weights = list(weights), list(weights.values())
        self._draw = random.Random(seed)  # noqa: S311 - load, no secret
        self._origin = 0.0
        self._hub = get_hub()
        self._ticker = Ticker(self._hand_out_due)

    def begin(self) -> None:
        """The load's time begins now."""
        self._origin = time.perf_counter()
        self._ticker.set(
            0.0
        )  # users are switched to from the hub alone: another greenlet would never be resumed

    def stop(self) -> None:
        """Nothing more arrives. The load is over: what was due and not handed out by now was dropped."""
        missed = (self._next < _NEVER) + sum(1 for _ in self._due)
        self.arrived += missed
        self.dropped += missed
        self._next = _NEVER
        self._ticker.close()

    def wait(self, scenario: str) -> float:
        """In a user's greenlet: until an arrival is its own; the intended time, on `time.perf_counter`."""
        idle = self._idle[scenario]
        me = getcurrent()
        idle.append(me)
        try:
            intended: float = self._hub.switch()
        except BaseException:
            if me in idle:
                idle.remove(me)
            raise
        self._new_delays.append(time.perf_counter() - intended)
        return intended

    def delays(self) -> HdrHistogram:
        """From intended to handed out, in microseconds, so far; brings `late` up to date."""
        taken, self._new_delays = self._new_delays, array("d")
        self.late += sum(delay > LATE for delay in taken)
        self._delays.add(histogram_of(taken))
        return self._delays

    def _hand_out_due(self) -> None:
        now = time.perf_counter() - self._origin
        while self._next <= now:
            intended, self._next = self._next, next(self._due, _NEVER)
            self._hand_out(self._origin + intended)
        if self._next < _NEVER:
            self._ticker.set(max(self._next - now, _FINEST))

    def _hand_out(self, intended: float) -> None:
        self.arrived += 1
        name = self._names[0] if len(self._names) == 1 else self._draw.choices(self._names, self._weights)[0]
        idle = self._idle[name]
        if idle:
            idle.pop().switch(intended)
        else:
            self.dropped += 1
