"""The two cores of the contest: who runs where, and what processes and cores did meanwhile."""

import os
import re
import time
from pathlib import Path
from typing import NamedTuple

TARGET_CORE, GENERATOR_CORE = "0", "1"


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


class Share(NamedTuple):
    """Of a core, by several processes together: seconds a second."""

    used: float
    waited: float
    """In which their main threads could have run, and others did."""


def share_of_core(pids: list[int], after: float = 1.5) -> Share:
    """Over three seconds in the middle."""
    time.sleep(after)
    before, began = _seconds(pids), time.monotonic()
    time.sleep(3.0)
    now, took = _seconds(pids), time.monotonic() - began
    return Share((now.used - before.used) / took, (now.waited - before.waited) / took)


def _seconds(pids: list[int]) -> Share:
    return Share(sum(map(_cpu_seconds, pids)), sum(map(seconds_without_a_core, pids)))


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
