"""What the coordinator tells the operator: events, one a line, on standard output."""

import time

from stresscampaigns.api.load_events import EXIT_FAILED, Failed, LoadEvent, WorkerLost, event_line


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
