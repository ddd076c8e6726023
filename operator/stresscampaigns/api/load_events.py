"""What the coordinator tells the operator: events, line by line in its log, and its results in parts.

The log needs no token in the pod, and it waits for an operator that is away. One event a line:
`stresscampaigns-event ` and a JSON object. The results are too large for a line, so they come in numbered chunks whose
number and SHA-256 are said, so that a torn log is noticed.

kubelet rotates a log at 10 MiB, and what was rotated away cannot be read through the API server any more. So the
whole log stays well below, however long the load: histograms over time are 4 MiB at most in base64
(`stats.slots.MOST_BYTES`), joined seconds some 0.5 MiB, what was under way at the edges of windows 0.6 MiB, what is
told of seconds that are not good 3 MiB, of those before faults and of a search's trials some KiB; heartbeats become
rarer as the load goes on.
"""

import base64
import hashlib
import zlib
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from stresscampaigns.api.load_result import CapacityTrial, LoadResult
from stresscampaigns.api.wire import Moment, Wire

PREFIX = "stresscampaigns-event "
CHUNK_BYTES = 8_192
MOST_CHUNKS = 10 * 1024 * 1024 // CHUNK_BYTES
"""More than a log holds. Whoever says more of them made it up: a user's own Locust file can print what it likes."""
MOST_RESULT_BYTES = 32 * 1024 * 1024
"""Of the results, unpacked; some twice as much as those of the longest load with the most names."""
EXIT_FAILED = 3
"""A load pod's exit code when there will be no results; the log says why."""


class Ready(Wire):
    """Every worker is connected."""

    event: Literal["ready"] = "ready"
    at: Moment
    workers: int


class Started(Wire):
    """The first user is spawned: the load's time begins."""

    event: Literal["started"] = "started"
    at: Moment


class Heartbeat(Wire):
    """The load goes on."""

    event: Literal["heartbeat"] = "heartbeat"
    at: Moment
    users: int
    requests: int
    failures: int
    workers: int


class WorkerLost(Wire):
    """A worker does not answer any more."""

    event: Literal["worker-lost"] = "worker-lost"
    at: Moment
    worker: str


class AbortWanted(Wire):
    """An abort rule holds: the load ends now, and so must the run."""

    event: Literal["abort-wanted"] = "abort-wanted"
    at: Moment
    rule: str
    value: float = Field(description="In the last second: seconds, a ratio, or requests a second.")


class NotGood(Wire):
    """The service was not good in the last second that was looked at; what it was like since the load began.

    All that is not among `bad`, from `since` to the end of its last stretch, was good. Good seconds between two bad
    ones, too few of them to mean recovered, are bad here, too.
    """

    event: Literal["not-good"] = "not-good"
    at: Moment
    rule: str = Field(description="The abort rule by whose words it is good or not.")
    since: int = Field(description="From this second of the load on, nothing is left out.")
    bad: list[tuple[int, int]] = Field(min_length=1, description="From which second until before which.")
    completed: int = Field(description="In the last second; so the others.")
    failed: int
    p95_us: int


class BeforeFault(Wire):
    """What the service was like in a second shortly before a fault; told as soon as all of it is counted."""

    event: Literal["before-fault"] = "before-fault"
    at: Moment
    t: int = Field(description="The second, from the start of the load.")
    completed: int
    failed: int
    p95_us: int


class TrialOver(Wire):
    """A trial of a search is over, and the operator is to say what its own checks say of it."""

    event: Literal["trial-over"] = "trial-over"
    at: Moment
    number: int = Field(description="From 1, void ones among them.")
    trial: CapacityTrial


class Failed(Wire):
    """There will be no results: why, and what to do."""

    event: Literal["failed"] = "failed"
    at: Moment
    reason: str


class Finished(Wire):
    """All users have stopped and all workers have reported; the results follow."""

    event: Literal["finished"] = "finished"
    at: Moment
    requests: int
    failures: int


class ResultChunk(Wire):
    """One part of the results: zlib, then base64, then cut."""

    event: Literal["results"] = "results"
    index: int
    total: int
    sha256: str = Field(description="Of the whole base64 text.")
    data: str


LoadEvent = Annotated[
    Ready
    | Started
    | Heartbeat
    | WorkerLost
    | AbortWanted
    | NotGood
    | BeforeFault
    | TrialOver
    | Failed
    | Finished
    | ResultChunk,
    Field(discriminator="event"),
]
_EVENT: TypeAdapter[LoadEvent] = TypeAdapter(LoadEvent)


class TornResult(ValueError):
    """The log does not hold the whole result; the message says what is missing."""


def event_line(event: LoadEvent) -> str:
    """The event as one line of the log, without its line break."""
    return PREFIX + event.model_dump_json()


def parse_events(log: str) -> list[LoadEvent]:
    """Every event in a log, in order; lines of others and torn lines are passed over."""
    events: list[LoadEvent] = []
    # Not splitlines(): in JSON, and so in an event, other line separators stand unescaped.
    for line in log.split("\n"):
        if line.startswith(PREFIX):
            try:
                events.append(_EVENT.validate_json(line[len(PREFIX) :]))
            except ValidationError:
                continue
    return events


def result_chunks(result: LoadResult) -> list[ResultChunk]:
    """The result cut into events."""
    text = base64.b64encode(zlib.compress(result.model_dump_json().encode(), 9)).decode()
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    parts = [text[start : start + CHUNK_BYTES] for start in range(0, len(text), CHUNK_BYTES)]
    return [
        ResultChunk(index=index, total=len(parts), sha256=sha256, data=part)
        for index, part in enumerate(parts)
    ]


def assemble_result(events: Iterable[LoadEvent]) -> LoadResult:
    """The result from its chunks.

    Raises:
        TornResult: a chunk is missing or damaged, or it is none.
    """
    chunks = {event.index: event for event in events if isinstance(event, ResultChunk)}
    total = next((chunk.total for chunk in chunks.values()), 0)
    if not 0 <= total <= MOST_CHUNKS:
        raise TornResult(
            f"the load's results are said to have {total} parts, of which there are never so many"
        )
    missing = [index for index in range(total) if index not in chunks]
    if not total or missing:
        raise TornResult(f"parts {missing} of {total} of the load's results are not in the coordinator's log")
    text = "".join(chunks[index].data for index in range(total))
    if hashlib.sha256(text.encode()).hexdigest() != chunks[0].sha256:
        raise TornResult("the load's results in the coordinator's log are damaged: the SHA-256 differs")
    try:
        return LoadResult.model_validate_json(_unpacked(base64.b64decode(text)))
    except (ValueError, zlib.error) as error:
        raise TornResult(
            f"the load's results in the coordinator's log cannot be read: {type(error).__name__}"
        ) from error


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    found = unpacking.decompress(packed, MOST_RESULT_BYTES)
    if not unpacking.eof:
        raise ValueError("they are cut, or larger than any")
    return found
