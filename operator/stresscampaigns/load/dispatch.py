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
from stresscampaigns.stats.tally import Tally

LATE = 0.05
"""Seconds after its intended time from which an arrival counts as late."""
_FINEST = 0.0005
"""Seconds between two wake-ups at least: what is due in between is handed out together."""
_SOON = 0.0001
_BEHIND, _PATIENCE = 0.001, 0.02
"""Seconds overdue: from the first on it is the loop that is behind, from the second on nothing is waited for."""
_OPENED_AT_ONCE = 2
"""Connections opened in one look, at most: one costs as much as five requests, and who waits for it is late as well."""
_NEVER = float("inf")
Take = Callable[[float], object]


class Dispatcher:
    """Hands out the arrivals of one worker. `weights`: scenario → its share."""

    def __init__(self, due: Iterator[float], weights: Mapping[str, int], seed: int = 0) -> None:
        self.arrived = self.dropped = self.late = 0
        self._delays = Tally()
        self._due = due
        self._ready: dict[str, list[Take]] = {name: [] for name in weights}
        self._slow: dict[str, list[Take]] = {name: [] for name in weights}
        self._looked = -_NEVER
        """Answers that came before this moment, on `time.perf_counter`, have been read."""
        self._freed = self._freed_before = 0
        """How often a user came free, so far and as of the last look."""
        self._names, self._cumulated = list(weights), list(accumulate(weights.values()))
        self._several = len(self._names) > 1
        self._draw = random.Random(seed)  # noqa: S311 - load, no secret
        self._next = _NEVER
        """When the next arrival is due, on `time.perf_counter`."""
        self._whose = self._names[0]
        self._origin = 0.0
        self._hub = get_hub()
        self._ticker = Ticker(self._hand_out_due)

    def begin(self, users: Mapping[str, int] | None = None) -> None:
        """The load's time begins now.

        Args:
            users: scenario → how many of its users this worker has; their shares then are the scenarios'. Locust deals
                users out in turn, so that one worker may have all of a scenario, and another one none.
        """
        if users and sum(users.get(name, 0) for name in self._names):
            self._cumulated = list(accumulate(users.get(name, 0) for name in self._names))
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

    def take(self, scenario: str) -> float | None:
        """For a user that is free: an arrival of its own that is due already, by its intended time; None: wait for one.

        So a user that comes free goes on at once, and what fell due while others were served need not wait for the
        next wake-up.
        """
        intended = self._next
        if intended > time.perf_counter() or self._whose != scenario:
            return None
        self._advance()
        self.arrived += 1
        self._freed += 1
        self.count_delay(intended)
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
            raise

    def offer(self, scenario: str, take: Take, ready: bool = True) -> None:
        """From now on a user is free: `take` is called in the hub with the intended time of one arrival.

        Args:
            ready: can it send at once? Who has to connect first gets an arrival only when nobody else is free.
        """
        self._freed += 1
        (self._ready if ready else self._slow)[scenario].append(take)

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
        now, opened = time.perf_counter(), 0
        while (intended := self._next) <= now:
            ready = self._ready[self._whose]
            if not ready:
                if self._holds_back(intended, now):
                    self._ticker.set(_SOON)
                    return
                opened += 1
                if opened > _OPENED_AT_ONCE and now - intended < _PATIENCE and self._slow[self._whose]:
                    break
            free = ready or self._slow[self._whose]
            self._advance()
            self.arrived += 1
            if free:
                free.pop()(intended)
            else:
                self.dropped += 1
        if self._next < _NEVER:
            self._ticker.set(max(self._next - time.perf_counter(), _FINEST))

    def _holds_back(self, intended: float, now: float) -> bool:
        """Is an arrival, before it is dropped or a connection opened for it, to wait for who comes free?

        One turn of the loop always: answers may have come, and not been read. Longer, where this loop is behind and
        answers keep coming: then it is not the target that is slow. To open a connection costs five times as much as
        a request, and hundreds of them make each request dearer, for they do not fit into a core's cache: a loop that
        was behind for a moment would never catch up.
        """
        if intended > self._looked:
            self._looked, self._freed_before = now, self._freed
            return True
        answers_come = self._freed > self._freed_before
        self._freed_before = self._freed
        return answers_come and _BEHIND < now - intended < _PATIENCE
