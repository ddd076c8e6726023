"""Rules that end a run before its time: a bound on a question that can be answered while the load is on."""

from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field, StringConstraints

from stresscampaigns.api.abort_refusals import REFUSALS
from stresscampaigns.api.base import Model, asked, cel, rules
from stresscampaigns.api.bound_rules import any_bounds, count_bounds, plain_bounds, ratio_bounds, time_bounds
from stresscampaigns.api.check_spec import (
    CapacityQuestion,
    ContainmentQuestion,
    DataLossQuestion,
    ErrorRateQuestion,
    FaultQuestion,
    LatencyQuestion,
    PodsReadyQuestion,
    RecoveryQuestion,
    RequestsQuestion,
    RestartsQuestion,
    ThroughputQuestion,
)
from stresscampaigns.api.saturation import SaturationQuestion
from stresscampaigns.api.selection import Name
from stresscampaigns.api.units import DURATION_PATTERN, Duration, Threshold, seconds

RuleKind = Literal[
    "latency",
    "errorRate",
    "throughput",
    "query",
    "saturation",
    "recovery",
    "restarts",
    "podsReady",
    "containment",
]
DEFAULT_LENGTH = "10s"
_KINDS: tuple[RuleKind, ...] = get_args(RuleKind)
_BOUNDS = ("above", "below")
_ONE_KIND = cel(
    # A question of another kind of check is refused by a rule of its own, with what to do instead.
    "has(self.dataLoss) || has(self.capacity) || "
    f"[{', '.join(f'has(self.{kind})' for kind in _KINDS)}].filter(x, x).size() == 1",
    f"an abort rule asks exactly one question: give one of {', '.join(_KINDS)}",
)
_ONE_BOUND = cel(
    "has(self.above) != has(self.below)", "an abort rule has one bound: give either above or below"
)
_LENGTH = cel(
    "duration(self) >= duration('1s') && duration(self) <= duration('1h')",
    "`for` of an abort rule is from 1s to 1h: whole seconds are looked at",
    unless=f"!self.matches(r'{DURATION_PATTERN}')",
)


class AbortRule(Model):
    """When this holds for so long, the run is over: load and faults end at once."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            _ONE_KIND,
            _ONE_BOUND,
            *time_bounds(("latency", "recovery", "podsReady"), _BOUNDS),
            *ratio_bounds(("errorRate", "saturation"), _BOUNDS),
            *count_bounds(("restarts", "containment"), _BOUNDS),
            *plain_bounds(("throughput",), _BOUNDS),
            *any_bounds(_BOUNDS),
            *REFUSALS,
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
    saturation: SaturationQuestion | None = Field(
        default=None, description="Share of a resource's limit in use, like 90%; any one container is enough."
    )
    recovery: RecoveryQuestion | None = Field(
        default=None, description="The service is not good again so long after a fault."
    )
    restarts: RestartsQuestion | None = Field(
        default=None,
        description="Restarts and losses of the target's pods from a fault on, OOM kills among them.",
    )
    pods_ready: PodsReadyQuestion | None = Field(
        default=None, description="Pods are not all ready again so long after a fault."
    )
    containment: ContainmentQuestion | None = Field(
        default=None, description="Pods of neighbours that a fault harms; needs neighbours."
    )
    data_loss: DataLossQuestion | None = Field(default=None, description="Refused: not known before the end.")
    capacity: CapacityQuestion | None = Field(default=None, description="Refused: not known before the end.")
    compared_to: Name | None = Field(default=None, description="Refused: not known before the end.")
    above: Threshold | None = Field(
        default=None, description="More than this is too much. Units as of max in checks."
    )
    below: Threshold | None = Field(
        default=None, description="Less than this is too little. Units as of max."
    )
    for_: Duration | None = Field(
        default=None,
        alias="for",
        description=f"So long without a break; left out: {DEFAULT_LENGTH}. A second in which nothing completed says "
        "nothing of latency and errors. Not of recovery, restarts, podsReady and containment: there one moment is "
        "enough.",
        json_schema_extra=rules(_LENGTH),
    )

    @property
    def kind(self) -> RuleKind:
        """Which question it asks."""
        return asked(self, _KINDS)

    @property
    def requests(self) -> RequestsQuestion | None:
        """Which requests it asks for, of each second; None: it asks something else."""
        return self.latency or self.error_rate or self.throughput

    @property
    def about(self) -> FaultQuestion | None:
        """The question about the pods around a fault, if it is one."""
        return self.restarts or self.pods_ready or self.containment

    @property
    def lasts(self) -> str:
        """`for`, or what stands for it."""
        return self.for_ or DEFAULT_LENGTH

    @property
    def length(self) -> float:
        """The same in seconds."""
        return seconds(self.lasts)
