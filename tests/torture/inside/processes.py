"""Processes of ours that are left: who holds a fault, who burns, a user's own program, a session in the database."""

import os
import re
from pathlib import Path

PROC = Path("/proc")
_HOLDER = b"stresscampaigns.faults\0hold"
_TOLD = b"STRESS_"
_OWN = _TOLD + b"NOTES="
"""Who was started by a user's own program has this in its environment, wherever it went."""
_SESSION = re.compile(rb"postgres: .* (127\.[0-9.]+|::1)\([0-9]+\)")
"""PostgreSQL's name for who serves a client of its own pod: the readiness probe comes by a socket in a file."""
SESSION = "session in the database"
_TICKS = os.sysconf("SC_CLK_TCK")


def ours(started_before: float) -> list[str]:
    """In words."""
    return [words for pid in processes() if (words := _words(pid, started_before))]


def processes() -> list[int]:
    """Everybody's."""
    return [int(one.name) for one in PROC.iterdir() if one.name.isdecimal()]


def _words(pid: int, started_before: float) -> str | None:
    try:
        line = (PROC / str(pid) / "cmdline").read_bytes()
        told = _environment(pid)
        state, start = _stat(pid)
    except OSError:
        return None
    kind = _kind(line, told)
    if kind is None or state == "Z" or start > started_before:
        return None
    own = [one for one in told if one.startswith(_TOLD)] if kind == "own process" else []
    said = b" ".join([line.replace(b"\0", b" ").strip(), *own]).decode(errors="replace")
    return f"{kind} {pid} since {start:.1f}: {said}"


def _environment(pid: int) -> list[bytes]:
    """Nothing where we may not look: who holds a fault is found all the same."""
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except PermissionError:
        return []


def _kind(line: bytes, told: list[bytes]) -> str | None:
    if line.split(b"\0")[0].endswith(b"/burn") or _HOLDER in line:
        return "process"
    if any(one.startswith(_OWN) for one in told):
        return "own process"
    return SESSION if _SESSION.match(line) else None


def _stat(pid: int) -> tuple[str, float]:
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return fields[0], _booted() + int(fields[19]) / _TICKS


def _booted() -> float:
    lines = (PROC / "stat").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("btime")))
