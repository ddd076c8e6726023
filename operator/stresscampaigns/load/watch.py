"""A load process watches itself: does its event loop turn, how busy is it, does its clock run as it should?"""

import faulthandler
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import gevent

LOOK_SECONDS = 0.1
STUCK_SECONDS = 10.0
"""An event loop that has stood still for so long is given up: its worker was lost long before."""
STUCK_BEFORE_START = 60.0
"""As long as the users of an open model may take to prepare themselves."""


class ClockWatch:
    """The farthest step of the clock, in seconds, since the start."""

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
        self.farthest_step = 0.0
        self._offset = self._clock() - self._monotonic()

    def look(self) -> None:
        """Called every `LOOK_SECONDS`."""
        step = self._clock() - self._monotonic() - self._offset
        if abs(step) > abs(self.farthest_step):
            self.farthest_step = step


_SCHEDULED = Path("/proc/self/schedstat")
"""Of a process's first thread, in which the loop turns (proc(5)): nanoseconds on a core, and ready but without one."""


def waited_for_a_core() -> float:
    """Seconds for which the loop was ready to go on and others had the core; 0 where the kernel does not tell."""
    with suppress(OSError, ValueError, IndexError):
        return int(_SCHEDULED.read_text().split()[1]) / 1e9
    return 0.0


class LoopWatch:
    """Second by second since the start: shares of a core that were used, and waited for, and the loop's longest stall.

    A stall belongs to every second that it touches. What is taken is forgotten.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        used: Callable[[], float] = time.process_time,
        waited: Callable[[], float] = waited_for_a_core,
    ) -> None:
        self._monotonic = monotonic
        self._used, self._waited = used, waited
        self.begin()

    def begin(self) -> None:
        """From now on: what was before the load does not count."""
        self._began = self._last = self._measured = self._monotonic()
        self._used_then, self._waited_then = self._used(), self._waited()
        self._cpu: dict[int, tuple[float, float]] = {}
        self._stalls: dict[int, float] = {}

    def look(self) -> None:
        """Called every `LOOK_SECONDS`: what is beyond that is a stall."""
        now = self._monotonic()
        stall = max(0.0, now - self._last - LOOK_SECONDS)
        before, second = int(self._last - self._began), int(now - self._began)
        for each in range(before, second + 1):
            self._stalls[each] = max(self._stalls.get(each, 0.0), stall)
        if second > before:
            self._measure(now, range(before, second))
        self._last = now

    def _measure(self, now: float, over: range) -> None:
        """These seconds are over: one mean for all of them."""
        used, waited, length = self._used(), self._waited(), now - self._measured
        shares = ((used - self._used_then) / length, (waited - self._waited_then) / length)
        self._cpu |= dict.fromkeys(over, shares)
        self._measured, self._used_then, self._waited_then = now, used, waited

    def take(self, last: bool = False) -> list[tuple[int, float, float, float]]:
        """The seconds that are over since the last time, and at the `last` time the one that is not: its stalls."""
        taken = sorted(self._stalls if last else self._cpu)
        return [(second, *self._cpu.pop(second, (0.0, 0.0)), self._stalls.pop(second)) for second in taken]


def keep_looking(*watches: ClockWatch | LoopWatch) -> None:
    """For ever, in a greenlet of its own."""
    while True:
        gevent.sleep(LOOK_SECONDS)
        for watch in watches:
            watch.look()


def end_when_stuck(patience: Callable[[], float], words: TextIO) -> None:
    """For ever, in a greenlet of its own: a process whose loop does not turn any more says where it is, and ends.

    A thread of faulthandler's waits for that, which needs neither the loop nor Python's lock.

    Args:
        words: where it says so.
    """
    while True:
        it_turns(patience(), words)
        gevent.sleep(1.0)


def it_turns(patience: float, words: TextIO) -> None:
    """The loop does, now; from now on it is waited for so many seconds."""
    faulthandler.dump_traceback_later(patience, exit=True, file=words)
