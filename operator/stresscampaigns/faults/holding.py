"""The process that holds a fault: its clock, its voice, and how it is asked to end early."""

import math
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from stresscampaigns.api.fault_protocol import (
    FaultEvent,
    event_line,
    report_of,
    termination_message,
)

TERMINATION_LOG = Path("/dev/termination-log")
_LOOK = 1.0
"""Seconds after which a wait looks at the clock again: the kernel does not count those in which the machine slept."""
_ENDING = {signal.SIGTERM, signal.SIGINT}


def since_boot() -> float:
    """Seconds that no setting of the clock moves, those in which the machine slept among them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def asked_to_end() -> bool:
    """Has somebody asked for the end whom `SignalClock` has not heard yet, for nobody waits just now?"""
    return bool(signal.sigpending() & _ENDING)


class SignalClock:
    """The system's clock; SIGTERM and SIGINT end any waiting, now and later."""

    def __init__(self) -> None:
        self._asked = False
        for number in _ENDING:
            signal.signal(number, self._ask)
        # A signal must not slip in between looking and waiting: it is blocked but for the wait itself.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def wait_until(self, moment: float) -> bool:
        """Wait; False where a signal asked for the end before that moment, or before this call."""
        deadline = since_boot() + (moment - time.time())
        self._listen(0.0)  # a moment that is past is not waited for: who asked meanwhile would not be heard
        while not self._asked and (left := deadline - since_boot()) > 0:
            self._listen(min(left, _LOOK))
        return not self._asked

    def _listen(self, seconds: float) -> None:
        came = signal.sigtimedwait(_ENDING, seconds)
        # A process that was stopped and goes on after its deadline is told of signal 0 (CPython 3.11).
        if came is not None and came.si_signo in _ENDING:
            self._asked = True


class Voice:
    """Tells each event on standard output, and leaves the report where Kubernetes picks it up."""

    def __init__(self, termination_log: Path = TERMINATION_LOG) -> None:
        self._told: list[FaultEvent] = []
        self._log = termination_log

    def __call__(self, event: FaultEvent) -> None:
        """Tell one event."""
        self._told.append(event)
        print(event_line(event), flush=True)
        try:
            if self._log.exists():  # outside of a pod nobody reads it, and it would stay
                self._log.write_text(termination_message(report_of(self._told)))
        except OSError as error:
            print(f"the termination message could not be written: {error}", file=sys.stderr)


def ask_holder_to_end(processes: Path = Path("/proc")) -> None:
    """Tell the process that holds the fault in this container to end it now; one that somebody has stopped, too."""
    found = holder(processes)
    os.kill(found, signal.SIGTERM)
    os.kill(found, signal.SIGCONT)


def holder(processes: Path = Path("/proc")) -> int:
    """This container's first process: the oldest that has our view of the files.

    It is number 1 only where the container has its processes to itself; else number 1 is the target's.
    """
    ours = _files_of(processes / "self")
    same = [one for one in processes.iterdir() if one.name.isdecimal() and _files_of(one) == ours]
    return int(min(same, key=_started).name)


def _files_of(process: Path) -> str | None:
    try:
        return str((process / "ns" / "mnt").readlink())
    except OSError:
        return None  # another's, which may not be looked at, or one that has just ended


def _started(process: Path) -> float:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return math.inf  # it has just ended
