"""A load process watches itself: does its event loop turn, does its clock run as it should?"""

import faulthandler
import time
from collections.abc import Callable

import gevent

LOOK_SECONDS = 0.1
STUCK_SECONDS = 10.0
"""An event loop that has stood still for so long is given up: its worker was lost long before."""
STUCK_BEFORE_START = 60.0
"""As long as the users of an open model may take to prepare themselves."""


class SelfWatch:
    """The longest stall of the event loop and the farthest step of the clock, in seconds, since the start."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = lambda: time.time(),
    ) -> None:
        self._monotonic = monotonic
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """From now on: what was before the load does not count."""
        self.longest_stall = 0.0
        self.farthest_step = 0.0
        self._last = self._monotonic()
        self._offset = self._clock() - self._last

    def look(self) -> None:
        """Called every `LOOK_SECONDS`: what is beyond that is a stall."""
        now = self._monotonic()
        self.longest_stall = max(self.longest_stall, now - self._last - LOOK_SECONDS)
        self._last = now
        step = self._clock() - now - self._offset
        if abs(step) > abs(self.farthest_step):
            self.farthest_step = step

    def keep_looking(self) -> None:
        """For ever, in a greenlet of its own."""
        while True:
            gevent.sleep(LOOK_SECONDS)
            self.look()


def end_when_stuck(patience: Callable[[], float]) -> None:
    """For ever, in a greenlet of its own: a process whose loop does not turn any more says where it is, and ends.

    A thread of faulthandler's waits for that, which needs neither the loop nor Python's lock.
    """
    while True:
        faulthandler.dump_traceback_later(patience(), exit=True)
        gevent.sleep(1.0)
