"""Rules that end a run before its time: a bound on a question that can be answered while the load is on."""

from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field, StringConstraints

from stresscampaigns.api.base import Model, cel, rules
from stresscampaigns.api.check_spec import (
    ErrorRateQuestion,
    LatencyQuestion,
    RequestsQuestion,
    ThroughputQuestion,
    ratio_bounds,
    time_bounds,
)
from stresscampaigns.api.selection import Name
from stresscampaigns.api.units import Duration, Threshold

RuleKind = Literal["latency", "errorRate", "throughput", "query"]
_KINDS: tuple[RuleKind, ...] = get_args(RuleKind)
_BOUNDS = ("above", "below")
_ONE_KIND = cel(
    f"[{', '.join(f'has(self.{kind})' for kind in _KINDS)}].filter(x, x).size() == 1",
    f"an abort rule asks exactly one question: give one of {', '.join(_KINDS)}",
)
_ONE_BOUND = cel(
    "has(self.above) != has(self.below)", "an abort rule has one bound: give either above or below"
)
_LENGTH = cel(
    "duration(self) >= duration('1s') && duration(self) <= duration('1h')",
    "`for` of an abort rule is from 1s to 1h: whole seconds are looked at",
)


class AbortRule(Model):
    """When this holds for so long, the run is over: load and faults end at once."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            _ONE_KIND, _ONE_BOUND, *time_bounds(("latency",), _BOUNDS), *ratio_bounds(("errorRate",), _BOUNDS)
        )
    )
    name: Name = Field(description="Name of the rule; the run's message gives it.")
    latency: LatencyQuestion | None = Field(default=None, description="Latency percentile of each second.")
    error_rate: ErrorRateQuestion | None = Field(
        default=None, description="Share of failed requests of each second."
    )
    throughput: ThroughputQuestion | None = Field(
        default=None, description="Successful requests of each second."
    )
    query: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        default=None, description="A PromQL expression; any one of its series is enough."
    )
    above: Threshold | None = Field(default=None, description="More than this is too much.")
    below: Threshold | None = Field(default=None, description="Less than this is too little.")
    for_: Duration = Field(
        default="10s",
        alias="for",
        description="So long without a break. A second in which nothing completed says nothing of latency and errors.",
        json_schema_extra=rules(_LENGTH),
    )

    @property
    def kind(self) -> RuleKind:
        """Which question it asks."""
        present = (self.latency, self.error_rate, self.throughput, self.query)
        return next(kind for kind, asked in zip(_KINDS, present, strict=True) if asked is not None)

    @property
    def requests(self) -> RequestsQuestion | None:
        """Which requests it asks for; None: it asks Prometheus."""
        return self.latency or self.error_rate or self.throughput
