"""What is going on, with the time since the start; the output of long commands goes to a log."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from cluster.settings import LOGS

_began = time.monotonic()


class StepFailed(Exception):
    """A step failed; the message says what to do, or where to look."""


def say(text: str) -> None:
    """One line with the elapsed time."""
    print(f"[{time.monotonic() - _began:5.0f}s] {text}", flush=True)


def run(
    what: str,
    command: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    hint: str = "",
) -> None:
    """Run a command, its output in a log of its own.

    Raises:
        StepFailed: it failed; the message holds the end of its output.
    """
    say(what)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{'-'.join(what.lower().split())[:60].replace('/', '-')}.log"
    with log.open("w") as out:
        done = subprocess.run(
            [str(word) for word in command], stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=folder
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise StepFailed(
            f"{what}: failed with exit code {done.returncode}\n{tail}\nwhole log: {log}\n{hint}".rstrip()
        )


def output(command: Sequence[str | Path], timeout: float = 60) -> str | None:
    """What a quick command prints; None where it fails, hangs or does not exist."""
    try:
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=timeout
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def fail(text: str) -> int:
    """Say what went wrong; the exit code."""
    print(text, file=sys.stderr, flush=True)
    return 1
