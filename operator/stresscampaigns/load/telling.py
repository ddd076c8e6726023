"""What a load pod tells the operator: the coordinator events, one a line, on standard output; a worker why it ends."""

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from stresscampaigns.api.load_events import EXIT_FAILED, Failed, LoadEvent, WorkerLost, event_line

TERMINATION_LOG = Path("/dev/termination-log")
_MOST_WORDS = 2000


def tell(event: LoadEvent) -> None:
    """One line on standard output."""
    print(event_line(event), flush=True)


def tell_loss(worker: str) -> None:
    """A worker does not answer any more."""
    tell(WorkerLost(at=time.time(), worker=worker))


def fail(reason: str) -> int:
    """There will be no results; the process's exit code."""
    tell(Failed(at=time.time(), reason=reason))
    return EXIT_FAILED


def give_up(reason: str, log: Path = TERMINATION_LOG) -> int:
    """A worker cannot begin; the process's exit code. In a pod the kubelet takes the words into the pod's status."""
    print(reason, file=sys.stderr)
    with suppress(OSError):
        if log.exists():
            log.write_text(reason[:_MOST_WORDS])
    return EXIT_FAILED


def last_words(log: Path = TERMINATION_LOG) -> TextIO:
    """For what a worker says when it can do nothing else any more: as `give_up` does, in a pod where the kubelet looks.

    Its log goes with its pod, as soon as the operator has ended the run.
    """
    with suppress(OSError):
        if log.exists():
            return log.open("w")
    return sys.stderr
