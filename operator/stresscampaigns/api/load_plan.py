"""What the operator tells the load pods: the plan. It reaches them in a variable of their environment."""

from typing import Literal

from pydantic import Field, JsonValue

from stresscampaigns.api.wire import Wire
from stresscampaigns.api.written_set import read_back_seconds

WHOLE = "whole"
"""The window of the whole load; no stage and no fault can be called so."""
ALL_STAGES = "stages:all"
"""All stages together; no stage and no fault can be called so either."""
_TRIAL = "trial:"
SETTLED_LATE = 2.0
"""Seconds after a trial in which its last counts arrive."""
GATHER_SECONDS = 1.0
"""Within this a trial's users are there, but for those whose last answer takes longer; then it settles."""
BEGUN_LATE = GATHER_SECONDS + 2.0
"""Seconds that a trial begins late at most: its users gather, its counts begin with a whole second, and the
coordinator looks at the clock every quarter of a second."""
ANSWERED_WITHIN = 120.0
"""Seconds for which a search waits for what the operator says of a trial: until Prometheus is heard, 60 s at most, and
for a second try where the first one got nowhere, 20 s each; or until another operator has taken over."""
CONNECT_SECONDS = 120.0
"""Within this all workers must connect, or as long as the run waits for them, if that is longer."""
Model = Literal["closed", "open"]
"""Closed: so many users, each waits for its answer. Open: so many arrivals a second, whether answered or not."""
RowOrder = Literal["sequential", "random"]


def trial_window(number: int) -> str:
    """The window of a search's trial, counted from 1, void ones among them. No stage or fault can be called so."""
    return f"{_TRIAL}{number}"


def trial_number(window: str) -> int | None:
    """The reverse of `trial_window`; None where it is another window."""
    return int(window.removeprefix(_TRIAL)) if window.startswith(_TRIAL) else None


class PlannedStage(Wire):
    """Users (closed) or arrivals a second (open), reached in a straight line within `ramp` seconds, then held."""

    name: str
    users: int = Field(default=0, ge=0)
    rate: float | None = Field(default=None, ge=0, description="Arrivals a second, in the open model.")
    ramp: float = Field(default=0.0, ge=0)
    duration: float = Field(gt=0)


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


class PlannedHeader(Wire):
    """A header of every request to the target: its value, or the file in which the workers find it."""

    name: str
    value: str | None = None
    file: str | None = Field(default=None, description="Ends with the names of the Secret and of its key.")


class PlannedWindow(Wire):
    """A stretch of the run that some check looks at, in seconds from the start of the load."""

    name: str
    start: float = Field(ge=0)
    end: float


class TrialBound(Wire):
    """What a trial must not exceed to be sustained: one of the campaign's checks, or of `load.capacity` itself."""

    name: str
    kind: Literal["latency", "errorRate", "throughput"]
    percentile: float = Field(default=95.0, description="Of a latency.")
    request: str | None = Field(default=None, description="Only requests of this name.")
    scenario: str | None = Field(default=None, description="Only requests of this scenario.")
    most: float = Field(description="Seconds, a ratio, or requests a second.")


class CapacitySearch(Wire):
    """The highest number of users that is sustained, looked for after the stages; times in seconds."""

    lowest: int = Field(ge=1)
    highest: int
    duration: float
    confirm_duration: float
    confirmations: int
    most_trials: int
    settle: float = Field(description="Before each trial counts, its users have been there so long.")
    bounds: list[TrialBound] = Field(default_factory=list)
    answers: str | None = Field(
        default=None,
        description="File in which the operator says what checks that the load cannot judge say of its trials.",
    )

    @property
    def longest(self) -> float:
        """Seconds that it takes at most, but for those of `between`."""
        return self.most_trials * (self.settle + self.confirm_duration + SETTLED_LATE)

    @property
    def between(self) -> float:
        """Seconds between its trials at most, all together; apart, for no rehearsal makes them shorter."""
        return self.most_trials * (BEGUN_LATE + (ANSWERED_WITHIN if self.answers else 0.0))


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


class PlannedRecoveryRule(Wire):
    """Of which seconds the operator is to hear while the service is not good, and what good means."""

    name: str
    start: float = Field(ge=0, description="When its first fault begins, seconds from the start of the load.")
    max_error_ratio: float
    max_p95_us: float
    good_seconds: int = Field(ge=1, description="So many good ones in a row mean recovered.")


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
    recovery_rules: list[PlannedRecoveryRule] = Field(default_factory=list)
    before_faults: list[PlannedWindow] = Field(
        default_factory=list, description="The operator is to hear of every whole second in these."
    )
    arrivals: Literal["even", "poisson"] = "even"
    max_in_flight: int = Field(default=1000, ge=1, description="Users of all workers, in the open model.")
    seed: int = 0
    verify: bool = Field(default=True, description="TLS certificates must be trusted.")
    ca_file: str | None = Field(default=None, description="Further certificate authorities, PEM.")
    proxy: str | None = None
    headers: list[PlannedHeader] = Field(default_factory=list)
    stop_timeout: float = Field(default=10.0, ge=0, description="Seconds for requests in flight to end.")
    connect_timeout: float = Field(
        default=CONNECT_SECONDS, gt=0, description="Seconds for all workers to connect."
    )

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
