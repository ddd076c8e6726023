"""What the kernel has booked for this container, four times a second. A line each: when, seconds of CPU, periods of its
CPU quota, those in which it was throttled, bytes of its working set, its memory limit, seconds in which a core of the
node had nothing to do.

SECONDS. Both versions of cgroups are understood.
"""

import os
import sys
import time
from pathlib import Path

EVERY = 0.25
ROOT = Path("/sys/fs/cgroup")


def numbers(file: Path) -> dict[str, int]:
    """A file of names and numbers."""
    return {key: int(value) for key, value in (line.split() for line in file.read_text().splitlines())}


def number(file: Path) -> int:
    """A file of one number."""
    return int(file.read_text())


def first() -> tuple[float, int, int, int, int]:
    """As version 1 has it."""
    quota, memory = numbers(ROOT / "cpu/cpu.stat"), ROOT / "memory"
    used = number(memory / "memory.usage_in_bytes")
    idle = numbers(memory / "memory.stat")["total_inactive_file"]
    return (
        number(ROOT / "cpuacct/cpuacct.usage") / 1e9,
        quota["nr_periods"],
        quota["nr_throttled"],
        used - idle,
        number(memory / "memory.limit_in_bytes"),
    )


def second() -> tuple[float, int, int, int, int]:
    """As version 2 has it."""
    cpu = numbers(ROOT / "cpu.stat")
    idle = numbers(ROOT / "memory.stat")["inactive_file"]
    return (
        cpu["usage_usec"] / 1e6,
        cpu["nr_periods"],
        cpu["nr_throttled"],
        number(ROOT / "memory.current") - idle,
        number(ROOT / "memory.max"),
    )


def idle() -> float:
    """Of all cores together."""
    with open("/proc/stat") as lines:
        return int(next(lines).split()[4]) / os.sysconf("SC_CLK_TCK")


def main(until: float) -> None:
    """Until that time."""
    read = second if (ROOT / "cgroup.controllers").exists() else first
    while time.time() < until:
        print(time.time(), *read(), idle(), flush=True)
        time.sleep(EVERY)


if __name__ == "__main__":
    main(time.time() + float(sys.argv[1]))
