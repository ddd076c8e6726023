"""The two cores of the contest: who runs where, and what processes and cores did meanwhile."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.contest.stillness import lateness, stalls

TARGET_CORE, GENERATOR_CORE = "0", "1"


def lateness_of_the_core(seconds: float, busy: float) -> float:
    """The 99th percentile, in seconds, for whoever is busy for this share of the generator's core.

    The target's is kept busy, too, as by a target: what else is to be done on this machine has to be done on either.
    """
    with _busy(TARGET_CORE):
        os.sched_setaffinity(0, {int(GENERATOR_CORE)})
        found = stalls(seconds)
        os.sched_setaffinity(0, {int(TARGET_CORE)})
    return lateness(found, seconds, busy, 99)


@contextmanager
def _busy(core: str) -> Iterator[None]:
    process = subprocess.Popen(["taskset", "-c", core, sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def seconds_without_a_core(pid: int) -> float:
    """In which it could have run, and others did, so far: the second field of /proc/PID/schedstat."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def stolen_seconds() -> float:
    """For which the host has let this machine's cores wait, so far: `steal` of proc(5), /proc/stat."""
    first = Path("/proc/stat").read_text().split("\n", 1)[0]
    return int(first.split()[8]) / os.sysconf("SC_CLK_TCK")


def pinned(*command: str) -> list[str]:
    """On the generator's core."""
    return ["taskset", "-c", GENERATOR_CORE, *command]


def cpu_share(pids: list[int], after: float = 1.5) -> float:
    """Seconds of CPU a second, of all of them together, over three seconds in the middle."""
    time.sleep(after)
    before, began = sum(map(_cpu_seconds, pids)), time.monotonic()
    time.sleep(3.0)
    return (sum(map(_cpu_seconds, pids)) - before) / (time.monotonic() - began)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    """The most memory that it ever had, known when it has ended: who is over, but not waited for, has none any more."""
    peak = 0.0
    while found := re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()):
        peak = int(found[0]) / 1000
        time.sleep(0.1)
    return peak
