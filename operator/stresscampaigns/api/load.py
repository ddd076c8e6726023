"""What travels between the operator and the load pods: the plan in, events and exact results out.

The transport out is the coordinator's log: it needs no token in the pod, and it waits for an operator that is away.
One event a line: `stresscampaigns-event ` and a JSON object. The results are too large for a line, so they come in
numbered chunks whose number and SHA-256 are said, so that a torn log is noticed.

kubelet rotates a log at 10 MiB, and what was rotated away cannot be read through the API server any more. So the
whole log stays well below, however long the load: histograms over time are 4 MiB at most in base64
(`stats.slots.MOST_BYTES`), joined seconds some 0.5 MiB, and heartbeats become rarer as the load goes on.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError, model_validator

from stresscampaigns.api.slots import Slots
from stresscampaigns.api.written_set import WrittenSet, read_back_seconds

PREFIX = "stresscampaigns-event "
CHUNK_BYTES = 8_192
EXIT_FAILED = 3
"""A load pod's exit code when there will be no results; the log says why."""
WHOLE = "whole"
"""The window of the whole load; no stage and no fault can be called so."""


class Wire(BaseModel):
    """Immutable; refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


Model = Literal["closed", "open"]
"""Closed: so many users, each waits for its answer. Open: so many arrivals a second, whether answered or not."""


class PlannedStage(Wire):
    """Users (closed) or arrivals a second (open), reached in a straight line within `ramp` seconds, then held."""

    name: str
    users: int = Field(default=0, ge=0)
    rate: float | None = Field(default=None, ge=0, description="Arrivals a second, in the open model.")
    ramp: float = Field(default=0.0, ge=0)
    duration: float = Field(gt=0)


RowOrder = Literal["sequential", "random"]


class PlannedData(Wire):
    """Rows for a scenario's `${column}`."""

    file: str = Field(description="Its path in the load pods; .csv or .jsonl.")
    order: RowOrder = "sequential"


class PlannedScenario(Wire):
    """A built-in scenario with its share and its settings."""

    name: str
    weight: int = Field(default=1, ge=0)
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    data: PlannedData | None = None


class PlannedWindow(Wire):
    """A stretch of the run that some check looks at, in seconds from the start of the load."""

    name: str
    start: float = Field(ge=0)
    end: float


class CapacitySearch(Wire):
    """The highest number of users that is sustained, looked for after the stages; times in seconds."""

    lowest: int = Field(ge=1)
    highest: int
    duration: float
    confirm_duration: float
    confirmations: int
    most_trials: int
    settle: float = Field(description="Before each trial counts, its users have been there so long.")
    max_error_ratio: float
    percentile: float
    max_latency: float

    @property
    def longest(self) -> float:
        """Seconds that it takes at most, but for those of `between`."""
        return self.most_trials * (self.settle + self.confirm_duration + SETTLED_LATE)

    @property
    def between(self) -> float:
        """Seconds between its trials at most, all together; apart, for no rehearsal makes them shorter."""
        return self.most_trials * BEGUN_LATE


SETTLED_LATE = 2.0
"""Seconds after a trial in which its last counts arrive."""
GATHER_SECONDS = 1.0
"""Within this a trial's users are there, but for those whose last answer takes longer; then it settles."""
BEGUN_LATE = GATHER_SECONDS + 2.0
"""Seconds that a trial begins late at most: its users gather, its counts begin with a whole second, and the
coordinator looks at the clock every quarter of a second."""


class CapacityTrial(Wire):
    """One trial of a search: so many users, from when to when, what was seen.

    Passed, failed or void: void says nothing about the target, neither way.
    """

    users: int
    start: float = Field(description="Seconds from the start of the load.")
    end: float
    passed: bool
    void: bool = Field(default=False, description="The generator was at its limit: left out, and repeated.")
    reason: str = Field(description="What it kept or broke, or why it was left out, with the numbers.")
    throughput: float = Field(description="Successful requests a second.")
    p50: float | None = Field(default=None, description="Latency of all its requests, seconds.")
    p95: float | None = None
    p99: float | None = None

    @property
    def failed(self) -> bool:
        """The target did not sustain it."""
        return not (self.passed or self.void)

    @model_validator(mode="after")
    def _void_never_passes(self) -> Self:
        if self.passed and self.void:
            raise ValueError("a trial that was left out cannot have passed")
        return self


class CapacityResult(Wire):
    """What the search has shown. Every number of users in it was tried."""

    lower: int | None = Field(description="Sustained, confirmed as often as asked.")
    upper: int | None = Field(description="Not sustained.")
    complete: bool
    notes: list[str] = Field(default_factory=list)
    trials: list[CapacityTrial]
    strained: str = Field(
        default="",
        description="Which workers were at their limit at any time since the stages, with the numbers: void trials, "
        "users that are being added.",
    )


class PlannedAbortRule(Wire):
    """When every second of so many is out of its bound, the load is to end. One bound of the two is given."""

    name: str
    kind: Literal["latency", "errorRate", "throughput"]
    percentile: float = Field(default=95.0, description="Of a latency.")
    request: str | None = Field(default=None, description="Only requests of this name.")
    scenario: str | None = Field(default=None, description="Only requests of this scenario.")
    above: float | None = Field(default=None, description="Seconds, a ratio, or requests a second.")
    below: float | None = None
    seconds: int = Field(ge=1)


class LoadPlan(Wire):
    """What the coordinator and its workers do."""

    run: str
    campaign: str
    namespace: str
    url: str
    workers: int = Field(default=2, ge=1)
    stages: list[PlannedStage] = Field(min_length=1)
    scenarios: list[PlannedScenario] = Field(default_factory=list)
    locustfile: str | None = None
    windows: list[PlannedWindow] = Field(default_factory=list)
    capacity: CapacitySearch | None = None
    abort_rules: list[PlannedAbortRule] = Field(default_factory=list)
    arrivals: Literal["even", "poisson"] = "even"
    max_in_flight: int = Field(default=1000, ge=1, description="Users of all workers, in the open model.")
    seed: int = 0
    verify: bool = Field(default=True, description="TLS certificates must be trusted.")
    ca_file: str | None = Field(default=None, description="Further certificate authorities, PEM.")
    proxy: str | None = None
    stop_timeout: float = Field(default=10.0, ge=0, description="Seconds for requests in flight to end.")
    connect_timeout: float = Field(default=120.0, gt=0, description="Seconds for all workers to connect.")

    @property
    def longest(self) -> float:
        """Seconds from the first user to the last answer that is read back, at most."""
        search = self.capacity.longest + self.capacity.between if self.capacity else 0.0
        return sum(stage.duration for stage in self.stages) + search + self.read_back

    @property
    def read_back(self) -> float:
        """Seconds after the load in which what was written is read back, at most."""
        return read_back_seconds(self.scenarios)

    @property
    def peak_rate(self) -> float:
        """Arrivals a second at most, of all workers together; 0 in the closed model."""
        return max((stage.rate or 0.0 for stage in self.stages), default=0.0)

    @property
    def model(self) -> Model:
        """Which of the two; the stages say it."""
        return "open" if any(stage.rate is not None for stage in self.stages) else "closed"


class RequestStats(Wire):
    """Requests of one name in one window; they belong to the window in which they completed."""

    scenario: str
    name: str
    count: int
    failures: dict[str, int] = Field(default_factory=dict, description="Kind of failure → how many.")
    errors: dict[str, int] = Field(
        default_factory=dict,
        description="Of a Locust file's task, outside of any request: kind → how many. None of them is in `count`.",
    )
    histogram: str = Field(description="Latencies of all requests, microseconds: HdrHistogram V2, base64.")
    service: str | None = Field(
        default=None,
        description="In the open model: from sending, where `histogram` counts from the intended time.",
    )


class WindowStats(Wire):
    """One window: `whole`, a stage, or one that the plan names."""

    name: str
    start: float = Field(description="Seconds from the start of the load.")
    end: float
    requests: list[RequestStats] = Field(default_factory=list)


class Second(Wire):
    """One second of the load, counted from its start; a second in which nothing completed is there too.

    Of a load of many hours, seconds far from any fault are joined.
    """

    t: int
    length: int = Field(default=1, description="So many seconds are joined here.")
    completed: int = Field(description="Requests that completed, failed ones among them.")
    failed: int
    p95_us: int = Field(description="The highest of these seconds.")
    users: int


class Finding(Wire):
    """A reason why the numbers cannot be trusted, with the number that shows it."""

    reason: str
    value: float | None = None


class Totals(Wire):
    """What went out, over the whole load: sent = completed, failed ones among them."""

    sent: int = 0
    completed: int = 0
    transmitted: int = Field(
        default=0, description="Put on the wire: redirected requests and repeated ones count each time."
    )
    answered: int = Field(
        default=0, description="Of these: answered whole. The others the target may have had."
    )
    arrived: int = Field(default=0, description="Open model: arrivals that were due.")
    dropped: int = Field(default=0, description="Of these: no user was free.")
    late: int = Field(default=0, description="Of these: handed out late by the generator.")
    delays: str | None = Field(default=None, description="From due to handed out, as a histogram.")


class LoadResult(Wire):
    """Everything the load measured, exact."""

    started: float = Field(description="First user spawned, epoch seconds.")
    finished: float
    workers_expected: int
    workers_lost: int
    generator_cpu: dict[str, float] = Field(
        default_factory=dict, description="Worker → its highest CPU share, over 2 s."
    )
    windows: list[WindowStats]
    seconds: list[Second]
    slots: Slots | None = None
    model: Model = "closed"
    totals: Totals = Totals()
    capacity: CapacityResult | None = None
    written: WrittenSet | None = Field(
        default=None, description="What became of what was written, where a scenario asks for that."
    )
    findings: list[Finding] = Field(default_factory=list)


class Ready(Wire):
    """Every worker is connected."""

    event: Literal["ready"] = "ready"
    at: float
    workers: int


class Started(Wire):
    """The first user is spawned: the load's time begins."""

    event: Literal["started"] = "started"
    at: float


class Heartbeat(Wire):
    """The load goes on."""

    event: Literal["heartbeat"] = "heartbeat"
    at: float
    users: int
    requests: int
    failures: int
    workers: int


class WorkerLost(Wire):
    """A worker does not answer any more."""

    event: Literal["worker-lost"] = "worker-lost"
    at: float
    worker: str


class AbortWanted(Wire):
    """An abort rule holds: the load ends now, and so must the run."""

    event: Literal["abort-wanted"] = "abort-wanted"
    at: float
    rule: str
    value: float = Field(description="In the last second: seconds, a ratio, or requests a second.")


class Failed(Wire):
    """There will be no results: why, and what to do."""

    event: Literal["failed"] = "failed"
    at: float
    reason: str


class Finished(Wire):
    """All users have stopped and all workers have reported; the results follow."""

    event: Literal["finished"] = "finished"
    at: float
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
    Ready | Started | Heartbeat | WorkerLost | AbortWanted | Failed | Finished | ResultChunk,
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
        TornResult: a chunk is missing or damaged.
    """
    chunks = {event.index: event for event in events if isinstance(event, ResultChunk)}
    total = next((chunk.total for chunk in chunks.values()), 0)
    missing = [index for index in range(total) if index not in chunks]
    if not total or missing:
        raise TornResult(f"parts {missing} of {total} of the load's results are not in the coordinator's log")
    text = "".join(chunks[index].data for index in range(total))
    if hashlib.sha256(text.encode()).hexdigest() != chunks[0].sha256:
        raise TornResult("the load's results in the coordinator's log are damaged: the SHA-256 differs")
    return LoadResult.model_validate(json.loads(zlib.decompress(base64.b64decode(text))))
