"""`python3 -m inside.scan`: everything of ours that is left on the node, in any pod and any network namespace.

Prints one JSON object: `leaks` in words, `inert` (tables that match nothing), `spaces` (how many were looked into).
With `watch SINCE UNTIL WORD...` (epoch seconds) it looks again and again for what has any of these words, and tells
at which look (`at`) that was gone.
"""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field

from .processes import PROC, ours, processes
from .rules import live, our_tables
from .volumes import on_volumes

NFT = "nft"
YOUNG = 3.0
"""Seconds that a sidecar may live which was started after its time: it says that it is late, and goes."""
BLIND = "the scanner saw no namespace"
_OFTEN = 0.1
_NOT_THERE = "No such file or directory"
"""nsenter says so of a process that has gone, nft of a table. A program that is missing exits with another number."""


class CannotLook(Exception):
    """nft did not tell: whether something is left is not known."""


@dataclass
class Found:
    """By one look."""

    leaks: list[str] = field(default_factory=list)
    inert: int = 0
    spaces: int = 0
    at: float = 0.0
    """When the look was over, epoch seconds."""


def scan(started_before: float) -> Found:
    """One look; processes that were started later do not count."""
    found = Found()
    found.leaks += [*ours(started_before), *on_volumes()]
    for pid in spaces():
        found.spaces += 1
        _look_into(pid, found)
    if not found.spaces:
        found.leaks.append(BLIND)
    return found


def watch(since: float, until: float, words: list[str]) -> Found:
    """From one moment on, until nothing with these words is left, or to another moment."""
    time.sleep(max(0.0, since - time.time()))
    while True:
        found = scan(since)
        found.leaks = [one for one in found.leaks if one == BLIND or any(word in one for word in words)]
        found.at = time.time()
        if not found.leaks or found.at > until:
            return found
        time.sleep(_OFTEN)


def spaces() -> list[int]:
    """One process of each network namespace."""
    found: dict[str, int] = {}
    for pid in processes():
        try:
            found.setdefault(str((PROC / str(pid) / "ns" / "net").readlink()), pid)
        except OSError:
            continue  # it has just ended
    return list(found.values())


def _look_into(pid: int, found: Found) -> None:
    for family, table in our_tables(nft(pid, "list", "tables")):
        if words := live(nft(pid, "list", "table", family, table)):
            found.leaks += [f"table {table}: {one}" for one in words]
        else:
            found.inert += 1
    try:
        queues = (PROC / str(pid) / "net" / "netfilter" / "nfnetlink_queue").read_text().split("\n")
    except (FileNotFoundError, ProcessLookupError):
        return  # the process has gone, or nobody has ever asked for a queue
    found.leaks += [f"queue {line.split()[0]} is read" for line in queues if line]


def nft(pid: int, *words: str) -> list[dict[str, object]]:
    """What it lists in a process's network; nothing where the namespace has gone meanwhile, or the table.

    Raises:
        CannotLook: anything else was in the way.
    """
    command = ["nsenter", "-t", str(pid), "-n", NFT, "-j", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 1 and _NOT_THERE in done.stderr:
        return []
    if done.returncode:
        raise CannotLook(f"{' '.join(command)}: {done.stderr.strip()} (exit code {done.returncode})")
    listed: list[dict[str, object]] = json.loads(done.stdout)["nftables"]
    return listed


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["watch", since, until, *words]:
            looked = watch(float(since), float(until), words)
        case _:
            looked = scan(time.time() - YOUNG)
    print(json.dumps(asdict(looked)))
