"""What every fault is: check, inject, tell, hold, end, prove. The order is here, the doing in the fault's module."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from stresscampaigns.api.fault_protocol import MAX_LATE, MOST_AHEAD, FaultEvent, FaultEventName


class CannotWork(Exception):
    """The fault cannot be had here; the message says why and what to do."""


class Fault(Protocol):
    """One way to break something."""

    @property
    def unit(self) -> str:
        """Of what `evidence` counts, such as `packets dropped`; asked after it."""

    def check(self) -> None:
        """See that it can work here, without breaking anything.

        Raises:
            CannotWork: it cannot.
        """

    def inject(self, seconds: float) -> None:
        """Break it; the kernel mends it after so many seconds, whoever dies.

        Raises:
            CannotWork: it could not be broken after all.
        """

    def evidence(self) -> int:
        """How much it has harmed so far; 0: it met nothing to break."""

    def end(self) -> None:
        """Mend it now; safe to repeat."""

    def gone(self) -> bool:
        """Is nothing of it left?

        Raises:
            CannotWork: something is, and it is known what.
        """


class Clock(Protocol):
    """Time, and waiting for it."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def wait_until(self, moment: float) -> bool:
        """Wait; False where somebody asked for the end before that moment."""


@dataclass(frozen=True)
class Times:
    """From when until when, epoch seconds; and how late an injection may be at most."""

    start: float
    end: float
    max_late: float = MAX_LATE


EXIT_ENDED, EXIT_REFUSED, EXIT_LATE, EXIT_ABORTED = 0, 3, 4, 5
Tell = Callable[[FaultEvent], None]


def hold(make: Callable[[], Fault], times: Times, clock: Clock, tell: Tell) -> int:
    """The whole life of one fault; the process's exit code."""
    if (ahead := times.start - clock.now()) > MOST_AHEAD:
        behind = (
            f"its time is {ahead:.1f}s away by this node's clock, which is more than 5s behind the "
            "operator's: set it right"
        )
        return _say(tell, clock, "refused", EXIT_REFUSED, message=behind)
    try:
        fault = make()
        fault.check()
    except CannotWork as error:
        return _say(tell, clock, "refused", EXIT_REFUSED, message=str(error))
    tell(FaultEvent("checked", clock.now(), pid=os.getpid()))
    if not clock.wait_until(times.start):
        fault.end()
        return _say(tell, clock, "aborted", EXIT_ABORTED, message="aborted before it began")
    late = clock.now() - times.start
    if late > times.max_late or clock.now() >= times.end:
        fault.end()
        return _say(
            tell, clock, "late", EXIT_LATE, message=f"{late:.1f}s late, allowed are {times.max_late:g}s"
        )
    return _hold(fault, times, clock, tell)


def _hold(fault: Fault, times: Times, clock: Clock, tell: Tell) -> int:
    did: tuple[int | None, str | None] = (None, None)
    refusal, in_time = None, False
    # The node's clock may have been set back since its time was waited for: never longer than was asked for.
    end = min(times.end, clock.now() + times.end - times.start)
    try:
        fault.inject(end - clock.now())
        tell(FaultEvent("injected", clock.now()))
        in_time = clock.wait_until(end)
        did = (fault.evidence(), fault.unit)
    except CannotWork as error:
        refusal = str(error)
    finally:
        fault.end()
    if left := _left_behind(fault):
        refusal = "; ".join(filter(None, (refusal, left)))
    if refusal is not None:
        return _say(tell, clock, "refused", EXIT_REFUSED, refusal, did, left is not None)
    if in_time:
        return _say(tell, clock, "ended", EXIT_ENDED, did=did)
    return _say(tell, clock, "aborted", EXIT_ABORTED, "ended before its time", did)


def _left_behind(fault: Fault) -> str | None:
    try:
        return None if fault.gone() else "something is left behind"
    except CannotWork as error:
        return f"something is left behind: {error}"


def _say(
    tell: Tell,
    clock: Clock,
    event: FaultEventName,
    exit_code: int,
    message: str | None = None,
    did: tuple[int | None, str | None] = (None, None),
    left: bool = False,
) -> int:
    tell(FaultEvent(event, clock.now(), *did, message, left=left or None))
    return exit_code
