"""What travels into a fault's sidecar, an order; and out of it: events on its log, a report when it ends.

Standard library only: the sidecar's image holds nothing else.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

PREFIX = "stresscampaigns-event "
NODE_ADDRESSES = "STRESSCAMPAIGNS_NODE_ADDRESSES"
"""The environment's variable that tells a sidecar its node's own addresses, with commas between."""
DATABASE_USER, DATABASE_PASSWORD = "STRESSCAMPAIGNS_DATABASE_USER", "STRESSCAMPAIGNS_DATABASE_PASSWORD"
"""Those that hold a login to the target's database, out of its Secret."""
BURN = "/usr/local/bin/burn"
"""In the sidecars' image: the program that breaks a container from within, once the operator starts it there."""
GUARD = "/usr/local/bin/guard"
"""Beside it: the program that ends a sidecar in which a user's own program runs."""
RESERVED_PARAMETERS = ("SECONDS", "MILLISECONDS", "NOTES")
"""What every program of a user's is told by the sidecar itself."""
BOARD = 9
"""File descriptor of the page of memory on which it tells its sidecar how it is doing."""

MAX_LATE = 5.0
"""Seconds after its time at which a fault does not begin any more: a sidecar that starts then refuses by itself."""
MOST_AHEAD = 13.0
"""Seconds ahead of its time at which a sidecar may start, by its node's clock. The operator puts it in 8 s ahead: where
that clock is more than 5 s behind, the fault would begin, and end, when nobody expects it any more."""

Outcome = Literal["Ended", "Refused", "Late", "Aborted", "Lost"]
FaultEventName = Literal["checked", "started", "injected", "ended", "refused", "late", "aborted"]
_OUTCOMES: dict[str, Outcome] = {
    "ended": "Ended",
    "refused": "Refused",
    "late": "Late",
    "aborted": "Aborted",
}
Settings = dict[str, Any]
"""The campaign's words for this type of fault, times in seconds, and what the operator has found out."""


@dataclass(frozen=True)
class FaultOrder:
    """One fault in one pod: what, from when until when (epoch seconds), begun at most so many seconds late."""

    type: str
    id: str
    at: float
    until: float
    settings: Settings = field(default_factory=dict)
    max_late: float = MAX_LATE

    def text(self) -> str:
        """As JSON, the same for the same order."""
        return json.dumps(asdict(self), sort_keys=True)


def read_order(text: str) -> FaultOrder:
    """The reverse.

    Raises:
        ValueError: it is none.
    """
    try:
        return FaultOrder(**json.loads(text))
    except (TypeError, ValueError) as error:
        raise ValueError(f"this is no order for a fault: {error}") from error


@dataclass(frozen=True)
class FaultEvent:
    """Something that happened to a fault, and when (epoch seconds)."""

    event: FaultEventName
    at: float
    harmed: int | None = None
    unit: str | None = None
    """Of what it has harmed so many, such as `packets dropped`."""
    message: str | None = None
    pid: int | None = None
    """Of the sidecar, as those see it who share its process namespace."""
    left: bool | None = None
    """Something of the fault is left behind."""


@dataclass(frozen=True)
class FaultReport:
    """What a sidecar has reported so far; empty while it has said nothing."""

    injected_at: float | None = None
    ended_at: float | None = None
    harmed: int | None = None
    unit: str | None = None
    outcome: Outcome | None = None
    message: str | None = None
    pid: int | None = None
    started: bool = False
    """The program that breaks the target's container from within has been started there."""
    left: bool = False
    """It could not end all of it before its own end."""


_LONGEST_UNIT = 80
_LAST_MOMENT = 253_402_300_800
"""Epoch seconds of the year 10,000."""


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LAST_MOMENT


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


_IS: Mapping[str, Callable[[object], bool]] = {
    "event": lambda value: value in get_args(FaultEventName),
    "outcome": lambda value: value in get_args(Outcome),
    **dict.fromkeys(("at", "injected_at", "ended_at"), _is_moment),
    **dict.fromkeys(("harmed", "pid"), _is_count),
    **dict.fromkeys(("unit", "message"), _is_text),
    **dict.fromkeys(("started", "left"), _is_flag),
}
"""What is told of a fault, by name. The image of a user's own tells what it likes: nothing else may go on from here."""


def _read(text: str) -> dict[str, Any]:
    """What an event or a report says.

    Raises:
        ValueError: nothing that either could say.
    """
    try:
        words = json.loads(text)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not (
        isinstance(words, dict) and all(name in _IS and _IS[name](value) for name, value in words.items())
    ):
        raise ValueError("no words of a sidecar's")
    return words | ({"unit": words["unit"][:_LONGEST_UNIT]} if "unit" in words else {})


def event_line(event: FaultEvent) -> str:
    """The event as one line of the log, without its line break."""
    return PREFIX + json.dumps({key: value for key, value in asdict(event).items() if value is not None})


def parse_fault_events(log: str) -> list[FaultEvent]:
    """Every event in a log, in order; lines of others and torn lines are passed over."""
    events: list[FaultEvent] = []
    for line in log.splitlines():
        if line.startswith(PREFIX):
            try:
                events.append(FaultEvent(**_read(line[len(PREFIX) :])))
            except (ValueError, TypeError):
                continue
    return events


def report_of(events: Iterable[FaultEvent]) -> FaultReport:
    """The report that the events add up to."""
    report = FaultReport()
    for event in events:
        changes: dict[str, object] = {}
        if event.event == "checked":
            changes["pid"] = event.pid
        if event.event == "started":
            changes["started"] = True
        if event.event == "injected" and report.injected_at is None:
            changes["injected_at"] = event.at
        if event.event in _OUTCOMES:
            changes |= {"outcome": _OUTCOMES[event.event], "message": event.message}
        if event.event in ("ended", "aborted"):
            changes["ended_at"] = event.at
        if event.left:
            changes["left"] = True
        if event.harmed is not None:
            changes |= {"harmed": event.harmed, "unit": event.unit}
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
        return FaultReport(**_read(message))
    except (ValueError, TypeError):
        return FaultReport()
