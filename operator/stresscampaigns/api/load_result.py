"""What the load measured, exact: windows, seconds, slots, the trials of a search."""

from typing import Self

from pydantic import Field, model_validator

from stresscampaigns.api.load_plan import Model
from stresscampaigns.api.slots import Slots
from stresscampaigns.api.under_way import UnderWay
from stresscampaigns.api.wire import Moment, Wire
from stresscampaigns.api.written_set import WrittenSet

OTHER_NAMES = "(other names)"
"""Of a scenario, what came after so many names that no more were kept apart."""


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
    stage: str | None = Field(default=None, description="Where workers began one apart: which.")


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


class CapacityTrial(Wire):
    """One trial of a search: so many users, from when to when, what was seen.

    Passed, failed, void or undecided: the last two say nothing about the target, neither way.
    """

    users: int
    start: float = Field(description="Seconds from the start of the load.")
    end: float
    passed: bool
    void: bool = Field(
        default=False,
        description="The generator was at its limit, or other users were there: left out, and repeated.",
    )
    undecided: bool = Field(
        default=False, description="It broke nothing, but whether it kept every check is not known."
    )
    reason: str = Field(description="What it kept or broke, or why it was left out, with the numbers.")
    broke: list[str] = Field(default_factory=list, description="Names of the checks that it broke.")
    throughput: float = Field(description="Successful requests a second.")
    p50: float | None = Field(default=None, description="Latency of all its requests, seconds.")
    p95: float | None = None
    p99: float | None = None

    @property
    def failed(self) -> bool:
        """The target did not sustain it."""
        return not (self.passed or self.void or self.undecided)

    @model_validator(mode="after")
    def _one_of_four(self) -> Self:
        if self.passed and self.void:
            raise ValueError("a trial that was left out cannot have passed")
        if self.undecided and (self.passed or self.void):
            raise ValueError("a trial that is undecided can neither have passed nor be left out")
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


class LoadResult(Wire):
    """Everything the load measured, exact."""

    started: Moment = Field(description="First user spawned, epoch seconds.")
    finished: Moment
    workers_expected: int
    workers_lost: int
    generator_cpu: dict[str, float] = Field(
        default_factory=dict, description="Worker → its highest CPU share, over 2 s."
    )
    windows: list[WindowStats]
    seconds: list[Second]
    slots: Slots | None = None
    under_way: list[UnderWay] = Field(default_factory=list, description="At the edges of windows.")
    model: Model = "closed"
    totals: Totals = Totals()
    stages_apart: float | None = Field(
        default=None,
        description="Seconds by which workers began a stage apart, at most. None: there is one alone, or nobody knows.",
    )
    capacity: CapacityResult | None = None
    written: WrittenSet | None = Field(
        default=None, description="What became of what was written, where a scenario asks for that."
    )
    findings: list[Finding] = Field(default_factory=list)
