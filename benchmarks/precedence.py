"""Cores of one's own: what else this machine has to do runs in what the contest leaves of them.

Its own tasks take a core for some milliseconds, more than once a second. Whoever is busy for 80 % of that core catches
up for four times as long: more than one arrival in a hundred is late by more than a millisecond then, whoever sends it.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_GROUP = "stresscampaigns-bench"
_HIGHEST = (
    (Path("/sys/fs/cgroup/cpu"), "cpu.shares", 262_144),
    (Path("/sys/fs/cgroup"), "cpu.weight", 10_000),
)
"""Of cgroups v1 and v2 (cgroups(7)), 256 and 100 times the usual one: where, in which file, which weight."""
NOBODYS = (
    "the machine's own tasks come first as ever (their precedence needs root, and Docker's cgroupfs driver)"
)


@contextmanager
def precedence() -> Iterator[list[str]]:
    """The options with which a container comes before all else on this machine; none where that cannot be had."""
    if not _by_cgroupfs():
        yield []
        return
    try:
        yield ["--cgroup-parent", f"/{_GROUP}"] if any(_weigh(*one) for one in _HIGHEST) else []
    finally:
        _leave_no_group()


def _by_cgroupfs() -> bool:
    command = ["docker", "info", "--format", "{{.CgroupDriver}}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == "cgroupfs"


def _weigh(root: Path, file: str, weight: int) -> bool:
    """False: it is not for us to say, or cgroups are of the other version."""
    group = root / _GROUP
    try:
        group.mkdir(exist_ok=True)
        if not (group / file).exists():
            return False
        (group / file).write_text(f"{weight}\n")
    except OSError:
        return False
    return True


def _leave_no_group() -> None:
    """Docker makes it in each of version 1's hierarchies, and leaves it there."""
    for folder in (*Path("/sys/fs/cgroup").glob(f"*/{_GROUP}"), Path("/sys/fs/cgroup") / _GROUP):
        with suppress(FileNotFoundError):
            folder.rmdir()
