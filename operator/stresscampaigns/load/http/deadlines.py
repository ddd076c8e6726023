"""Every wait's end: one timer looks at all connections, so that a request does not pay for a timer of its own."""

import time
from typing import Protocol

from gevent import get_hub

from stresscampaigns.load.watcher import Watcher

TICK = 0.02
"""Seconds between two looks: a request ends at most so much after its deadline."""
NEVER = float("inf")


class Waiting(Protocol):
    """Something that may wait too long."""

    deadline: float

    def expire(self) -> None:
        """Its deadline is over."""


class Deadlines:
    """Connections under watch."""

    def __init__(self) -> None:
        self._watched: set[Waiting] = set()
        self._timer: Watcher | None = None

    def add(self, one: Waiting) -> None:
        """Watch it from now on."""
        self._watched.add(one)
        if self._timer is None:
            self._timer = get_hub().loop.timer(TICK, TICK, ref=False)
            self._timer.start(self._look)

    def discard(self, one: Waiting) -> None:
        """Watch it no more; without anything to watch there are no looks."""
        self._watched.discard(one)
        if not self._watched and self._timer is not None:
            self._timer.close()
            self._timer = None

    def _look(self) -> None:
        now = time.perf_counter()
        for one in [one for one in self._watched if one.deadline < now]:
            one.expire()


DEADLINES = Deadlines()
"""Of this process."""
