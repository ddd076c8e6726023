"""A user's own programs, held in a container of their own: the holder is its first process, without any capability."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from stresscampaigns.api.fault_protocol import FaultEvent, FaultOrder, parse_fault_events
from stresscampaigns.faults.guard import living

SOURCE = Path(__file__).parents[3] / "operator" / "guard" / "guard.c"
CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc")
UNPRIVILEGED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
RUNAWAY = "setsid sh -c 'trap \"\" TERM HUP INT; while :; do sleep 1; done' > /dev/null 2>&1 &"
"""It has left its parents, its group and its session, and hears nothing but SIGKILL."""
BUSY = "exec sleep 600"
HOLDER = """
import sys
from stresscampaigns.api.fault_protocol import read_order
from stresscampaigns.faults.custom import custom
from stresscampaigns.faults.holding import SignalClock, Voice
from stresscampaigns.faults.protocol import Times, hold
order = read_order(sys.argv[1])
sys.exit(hold(lambda: custom(order, sys.argv[2]), Times(order.at, order.until), SignalClock(), Voice()))
"""


@cache
def lacking() -> str | None:
    """What there is not: these tests are then skipped."""
    for program in ("gcc", "unshare", "setpriv"):
        if not shutil.which(program):
            return f"not installed: {program}"
    done = subprocess.run([*CONTAINER, *UNPRIVILEGED, "true"], capture_output=True, text=True)
    return f"no PID namespace can be made here: {done.stderr}" if done.returncode else None


needs_containers = pytest.mark.skipif(lacking() is not None, reason=str(lacking()))


@cache
def guard() -> Path:
    """The guard, compiled once a session."""
    made = Path(mkdtemp(prefix="guard-")) / "guard"
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(made), str(SOURCE)], check=True)
    return made


class Held:
    """One fault of a shell script's, under way."""

    def __init__(
        self, folder: Path, script: str, seconds: float, ahead: float = 0.0, **parameters: str | int
    ) -> None:
        self.program = folder / "own"
        self.program.write_text(f"#!/bin/sh\n{script}\n")
        self.program.chmod(0o755)
        start = time.time() + ahead
        settings = {"command": [str(self.program)], "parameters": parameters}
        self.order = FaultOrder("Custom", "f", start, start + seconds, settings)
        holder = [sys.executable, "-c", HOLDER, self.order.text(), str(guard())]
        pipe = subprocess.PIPE
        self.container = subprocess.Popen(
            [*CONTAINER, *UNPRIVILEGED, *holder], stdout=pipe, stderr=pipe, text=True
        )
        self._said: list[FaultEvent] = []

    def until(self, event: str) -> "Held":
        """Wait until it has said so."""
        assert self.container.stdout
        for line in self.container.stdout:
            self._said += parse_fault_events(line)
            if any(one.event == event for one in self._said):
                return self
        raise AssertionError(f"never {event}: {self._said} {self.container.communicate()[1]}")

    def last(self) -> FaultEvent:
        """What it said last, once it is over."""
        out, self.log = self.container.communicate(timeout=60)
        self._said += parse_fault_events(out)
        return self._said[-1]

    @property
    def holder(self) -> int:
        """The container's first process, as seen from outside."""
        return next(iter(children(self.container.pid)))

    @property
    def guard(self) -> int:
        """Its guard."""
        return next(pid for pid in children(self.holder) if _name(pid) == "guard")

    def others(self) -> set[int]:
        """All other processes in the container, whoever's children they are."""
        space = _space(self.holder)
        return {pid for pid in living() if _space(pid) == space} - {self.holder, self.guard}

    def events(self) -> list[str]:
        """What it has said."""
        return [one.event for one in self._said]

    def dead(self) -> int:
        """Processes that ended and that nobody has buried."""
        return sum(state == "Z" and parent == self.holder for state, parent in map(_stat, _numbers()))

    @staticmethod
    def signal(number: signal.Signals, pid: int) -> None:
        """From outside of the container."""
        os.kill(pid, number)

    def end(self) -> None:
        """Whatever became of it."""
        for pid in children(self.container.pid):
            subprocess.run(["kill", "-KILL", str(pid)], check=False)
        self.container.communicate()


def children(parent: int) -> Iterator[int]:
    """Processes that live, by their parent."""
    return (pid for pid in _numbers() if (found := _stat(pid))[1] == parent and found[0] != "Z")


def _numbers() -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal()]


def _stat(pid: int) -> tuple[str, int]:
    """State and parent; one that has just gone has neither."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return "X", 0
    return state, int(parent)


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _space(pid: int) -> str | None:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return None


def awaited(found: Callable[[], bool]) -> None:
    """However long it takes on a busy machine; not for ever."""
    last = time.monotonic() + 30
    while not found():
        assert time.monotonic() < last
        time.sleep(0.01)
