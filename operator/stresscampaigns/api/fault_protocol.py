"""What travels out of a fault's sidecar: events on its log, and one report as its termination message.

Standard library only: the sidecar's image holds nothing else.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

PREFIX = "stresscampaigns-event "

Outcome = Literal["Ended", "Refused", "Late", "Aborted", "Lost"]
FaultEventName = Literal["checked", "injected", "ended", "refused", "late", "aborted"]
_OUTCOMES: dict[str, Outcome] = {
    "ended": "Ended",
    "refused": "Refused",
    "late": "Late",
    "aborted": "Aborted",
}


@dataclass(frozen=True)
class FaultEvent:
    """Something that happened to a fault, and when (epoch seconds)."""

    event: FaultEventName
    at: float
    packets_dropped: int | None = None
    message: str | None = None


@dataclass(frozen=True)
class FaultReport:
    """What a sidecar has reported so far; empty while it has said nothing."""

    injected_at: float | None = None
    ended_at: float | None = None
    packets_dropped: int | None = None
    outcome: Outcome | None = None
    message: str | None = None


def event_line(event: FaultEvent) -> str:
    """The event as one line of the log, without its line break."""
    return PREFIX + json.dumps({key: value for key, value in asdict(event).items() if value is not None})


def parse_fault_events(log: str) -> list[FaultEvent]:
    """Every event in a log, in order; lines of others and torn lines are passed over."""
    events: list[FaultEvent] = []
    for line in log.splitlines():
        if line.startswith(PREFIX):
            try:
                events.append(FaultEvent(**json.loads(line[len(PREFIX) :])))
            except (ValueError, TypeError):
                continue
    return events


def report_of(events: Iterable[FaultEvent]) -> FaultReport:
    """The report that the events add up to."""
    report = FaultReport()
    for event in events:
        changes: dict[str, object] = {}
        if event.event == "injected":
            changes["injected_at"] = event.at
        if event.event in _OUTCOMES:
            changes |= {"outcome": _OUTCOMES[event.event], "message": event.message}
        if event.event in ("ended", "aborted"):
            changes["ended_at"] = event.at
        if event.packets_dropped is not None:
            changes["packets_dropped"] = event.packets_dropped
        report = FaultReport(**{**asdict(report), **changes})
    return report


def termination_message(report: FaultReport) -> str:
    """The report as a container's termination message, well under Kubernetes' 4096 bytes."""
    # A character takes up to 12 bytes in JSON's escapes.
    short = {**asdict(report), "message": report.message[:300] if report.message else None}
    return json.dumps({key: value for key, value in short.items() if value is not None})


def read_termination_message(message: str) -> FaultReport:
    """The reverse; what cannot be read is an empty report, never a success."""
    try:
        return FaultReport(**json.loads(message))
    except (ValueError, TypeError):
        return FaultReport()
