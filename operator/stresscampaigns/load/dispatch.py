"""The open model in a worker: each arrival, at its time, to a user that is free; where none is, it is dropped.

A dropped arrival is counted, never made up for: whoever reads the results must know that the load was not what was
asked. A user's latency counts from the intended time, so a late hand-over cannot hide.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from gevent import get_hub, getcurrent
from hdrh.histogram import HdrHistogram

from stresscampaigns.load.ticker import Ticker
from stresscampaigns.load.watcher import Watcher
from stresscampaigns.stats.tally import Tally

LATE = 0.05
"""Seconds after its intended time from which an arrival counts as late."""
_FINEST = 0.0005
"""Seconds between two wake-ups at least: what is due in between is handed out together."""
_SOON = 0.0001
"""Seconds after which a loop that is behind looks whether enough answers have come."""
_BEHIND = 0.001
"""Seconds overdue from which it is the loop that is behind: what there is to read is read first."""
_FEW = 64
"""So many requests in flight keep a worker that is behind busy; more fit into no core's cache, and each costs more."""
_LEARNED = 0.002
"""What one wake-up in time counts for in what is usually in flight."""
_PATIENCE = 0.02
"""Seconds overdue from which an arrival for which there is no user is dropped, though answers may wait to be read."""
_NEVER = float("inf")
Take = Callable[[float], object]


class Dispatcher:
    """Hands out the arrivals of one worker. `weights`: scenario → its share."""

    def __init__(self, due: Iterator[float], weights: Mapping[str, float], seed: int = 0) -> None:
        self.arrived = self.dropped = self.late = 0
        self._delays = Tally()
        self._due = due
        self._ready: dict[str, list[Take]] = {name: [] for name in weights}
        self._slow: dict[str, list[Take]] = {name: [] for name in weights}
        self._names, self._cumulated = list(weights), list(accumulate(weights.values()))
        self._several = len(self._names) > 1
        self._users = self._free = 0
        self._usual = 0.0
        """In flight, on average, while the loop is in time."""
        self._enough = _FEW
        """In flight at most while it is behind."""
        self._filled = 0.0
        """When it had been behind and sent many at a time, last."""
        self._answered = 0.0
        """When a user last came free."""
        self._draw = random.Random(seed)  # noqa: S311 - load, no secret
        self._next = _NEVER
        """When the next arrival is due, on `time.perf_counter`."""
        self._whose = self._names[0]
        self._origin = 0.0
        self._hub = get_hub()
        self._ticker = Ticker(self._hand_out_due)
        self._idle: Watcher = self._hub.loop.idle()

    def begin(self, users: Mapping[str, int] | None = None) -> None:
        """The load's time begins now.

        Args:
            users: scenario → how many of its users this worker has; their shares then are the scenarios'. Locust deals
                users out in turn, so that one worker may have all of a scenario, and another one none.
        """
        mine = [users.get(name, 0) for name in self._names] if users else []
        self._users = sum(mine)
        if self._users:
            self._cumulated = list(accumulate(mine))
        self._origin = time.perf_counter()
        self._advance()
        # Users are switched to from the hub alone: another greenlet would never be resumed.
        self._ticker.set(0.0)

    def stop(self) -> None:
        """Nothing more arrives. The load is over: what was due and not handed out by now was dropped."""
        missed = (self._next < _NEVER) + sum(1 for _ in self._due)
        self.arrived += missed
        self.dropped += missed
        self._next = _NEVER
        self._ticker.close()
        self._idle.stop()
        self._idle.close()

    def take(self, scenario: str, now: float) -> float | None:
        """For a user that is free: an arrival of its own that is due already, by its intended time; None: wait for one.

        So a user that comes free goes on at once, and what fell due while others were served need not wait for the
        next wake-up. Where the loop is behind, there is none: it sends many at a time.

        Args:
            now: on `time.perf_counter`, a moment ago at most.
        """
        intended = self._next
        self._answered = now
        if not 0 <= now - intended <= _BEHIND or self._whose != scenario:
            return None
        self._advance()
        self.arrived += 1
        self._delays.count(now - intended)
        return intended

    def wait(self, scenario: str) -> float:
        """In a user's greenlet: until an arrival is its own; the intended time, on `time.perf_counter`."""
        intended: float = self.sleep(scenario, getcurrent().switch)
        self.count_delay(intended)
        return intended

    def sleep(self, scenario: str, take: Take, ready: bool = True) -> Any:
        """In a user's greenlet: `offer`, and sleep until somebody switches to it; what they bring."""
        self.offer(scenario, take, ready)
        try:
            return self._hub.switch()
        except BaseException:
            for free in (self._ready[scenario], self._slow[scenario]):
                if take in free:
                    free.remove(take)
                    self._free -= 1
            raise

    def offer(self, scenario: str, take: Take, ready: bool = True) -> None:
        """From now on a user is free: `take` is called in the hub with the intended time of one arrival.

        Args:
            ready: can it send at once? Who has to connect first gets an arrival only when nobody else is free.
        """
        (self._ready if ready else self._slow)[scenario].append(take)
        self._free += 1

    def count_delay(self, intended: float) -> None:
        """An arrival is handed over now, in the moment in which its user goes on."""
        delay = time.perf_counter() - intended
        self._delays.count(delay)
        if delay > LATE:
            self.late += 1

    def delays(self) -> HdrHistogram:
        """From intended to handed out, in microseconds, so far."""
        return self._delays.histogram()

    def _advance(self) -> None:
        self._next = self._origin + next(self._due, _NEVER)
        if self._several:
            (self._whose,) = self._draw.choices(self._names, cum_weights=self._cumulated)

    def _hand_out_due(self) -> None:
        """In time; where this loop is late, or nobody is ready, only when there is nothing left to read.

        A loop that is behind and sends all that is due has hundreds of answers to read at once, which do not fit into a
        core's cache; and one that sends after each answer wakes a target that is faster than itself for each. Either
        way a request costs up to twice as much, and it never catches up. So it reads all that there is, and sends in
        between, many at a time, up to what is usually in flight.
        """
        now = time.perf_counter()
        if now - self._next < _BEHIND:
            self._usual += _LEARNED * (self._in_flight() - self._usual)
            self._enough = max(_FEW, round(2 * self._usual))
        while self._next <= now and now - self._next < _BEHIND and self._ready[self._whose]:
            self._hand_to(self._ready[self._whose])
        while now - self._next > _PATIENCE and not (self._ready[self._whose] or self._slow[self._whose]):
            self._drop()
        self._look_again(now)

    def _on_idle(self) -> None:
        """There is no answer left to be read: it is the target that keeps everybody busy, and not this loop.

        Only then is an arrival dropped, or a connection opened for it, one at a time: to open one costs five times as
        much as a request.
        """
        self._idle.stop()
        now = time.perf_counter()
        if not (left := self._room(now)):
            self._ticker.set(_SOON)
            return
        while self._next <= now and left > 0:
            if ready := self._ready[self._whose]:
                self._hand_to(ready)
                left -= 1
            elif slow := self._slow[self._whose]:
                self._hand_to(slow)
                left = 0
            else:
                self._drop()
        self._look_again(now)

    def _room(self, now: float) -> int:
        """How many more may be sent, now that there is nothing to read.

        Where no answers come at all, it is the target that stands still, and what is due goes out. Where they come and
        it does not take more than half of what may be in flight to have nothing to read, that is too little.
        """
        if now - self._next <= _BEHIND or now - self._answered > _BEHIND:
            return _FEW
        room = self._enough - self._in_flight()
        if 0 <= room < self._enough // 2 and now - self._filled > _BEHIND:
            self._enough += self._enough // 4
            room = self._enough - self._in_flight()
        elif room < self._enough // 2:
            return 0
        self._filled = now
        return room

    def _in_flight(self) -> int:
        return self._users - self._free

    def _look_again(self, now: float) -> None:
        if self._next <= now:
            self._idle.start(self._on_idle)
            self._ticker.set(_FINEST)
        elif self._next < _NEVER:
            self._ticker.set(max(self._next - time.perf_counter(), _FINEST))

    def _hand_to(self, free: list[Take]) -> None:
        intended = self._next
        self._advance()
        self.arrived += 1
        self._free -= 1
        free.pop()(intended)

    def _drop(self) -> None:
        self._advance()
        self.arrived += 1
        self.dropped += 1
