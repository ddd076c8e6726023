"""The checks of a campaign: one question each, with a threshold."""

from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field, StringConstraints

from stresscampaigns.api.base import Model, asked, cel, rules
from stresscampaigns.api.bound_rules import any_bounds, count_bounds, plain_bounds, ratio_bounds, time_bounds
from stresscampaigns.api.saturation import SaturationQuestion
from stresscampaigns.api.selection import FAULT_OR_EVERY_PATTERN, Name
from stresscampaigns.api.units import (
    DURATION_PATTERN,
    PERCENT_PATTERN,
    Duration,
    Percentile,
    Threshold,
    at_most,
)

CheckKind = Literal[
    "latency",
    "errorRate",
    "throughput",
    "recovery",
    "capacity",
    "saturation",
    "dataLoss",
    "restarts",
    "podsReady",
    "containment",
    "query",
]
EVERY = "*"
"""Every fault of the campaign."""
FaultOrEvery = Annotated[str, StringConstraints(pattern=FAULT_OR_EVERY_PATTERN, min_length=1, max_length=40)]
_KINDS: tuple[CheckKind, ...] = get_args(CheckKind)


def _both_are(pattern: str) -> str:
    """CEL: min and max are both texts that fit the pattern."""
    return " && ".join(
        f"type(self.{bound}) == string && string(self.{bound}).matches(r'{pattern}')"
        for bound in ("min", "max")
    )


_ONE_KIND = cel(
    f"[{', '.join(f'has(self.{kind})' for kind in _KINDS)}].filter(x, x).size() == 1",
    f"a check asks exactly one question: give one of {', '.join(_KINDS)}",
)
_A_BOUND = cel("has(self.max) || has(self.min)", "a check needs a threshold: give max, min, or both")
_NUMBERS = "type(self.min) == int && type(self.max) == int"
_IN_ORDER = cel(
    f"!has(self.min) || !has(self.max) || ({_NUMBERS} ? int(self.min) <= int(self.max) : "
    f"{_both_are(PERCENT_PATTERN)} ? double(string(self.min).replace('%', '')) <= "
    "double(string(self.max).replace('%', '')) : "
    f"!({_both_are(DURATION_PATTERN)}) || duration(string(self.min)) <= duration(string(self.max)))",
    "min is more than max: no number keeps both",
    ".min",
)
_NO_WINDOW = cel(
    "!(has(self.recovery) || has(self.restarts) || has(self.podsReady) || has(self.containment)) || "
    "(!has(self.during) && !has(self.after))",
    "a check on recovery, restarts, podsReady or containment looks at its own fault: leave out during and after",
)
_NO_WINDOW_OF_CAPACITY = cel(
    "!has(self.capacity) || (!has(self.during) && !has(self.after))",
    "a capacity check looks at the search: leave out during and after",
)
_NO_WINDOW_OF_LOSS = cel(
    "!has(self.dataLoss) || (!has(self.during) && !has(self.after))",
    "a dataLoss check looks at all that was written: leave out during and after",
)
_ONE_WINDOW = cel("!has(self.during) || !has(self.after)", "give during or after, not both")
_COMPARABLE = cel(
    "!has(self.comparedTo) || has(self.latency) || has(self.throughput) || has(self.query)",
    "comparedTo is for latency, throughput and query checks",
    ".comparedTo",
)
_ANOTHER_WINDOW = cel(
    "!has(self.comparedTo) || has(self.after) || (has(self.during) && self.during != self.comparedTo)",
    "comparedTo needs another window to compare with it: give during or after",
    ".comparedTo",
)
_SHARES = [
    cel(
        f"!has(self.comparedTo) || !has(self.{bound}) || (type(self.{bound}) == string && "
        f"string(self.{bound}).matches(r'^[0-9]+(\\.[0-9]+)?%$'))",
        f"{bound} of a check with comparedTo is a share of what was there, like 120%",
        f".{bound}",
    )
    for bound in ("max", "min")
]

_RULES = (
    _ONE_KIND,
    _A_BOUND,
    *time_bounds(("latency", "recovery", "podsReady"), ("max", "min"), unless="comparedTo"),
    *ratio_bounds(("errorRate", "saturation"), ("max", "min")),
    *count_bounds(("dataLoss", "restarts", "containment"), ("max", "min")),
    *plain_bounds(("throughput",), ("max", "min"), unless="comparedTo"),
    *plain_bounds(("capacity",), ("max", "min")),
    *any_bounds(("max", "min")),
    _IN_ORDER,
    _ONE_WINDOW,
    _NO_WINDOW,
    _NO_WINDOW_OF_CAPACITY,
    _NO_WINDOW_OF_LOSS,
    _COMPARABLE,
    _ANOTHER_WINDOW,
    *_SHARES,
)


class RequestsQuestion(Model):
    """Which requests?"""

    name: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Only requests of this name; left out: all."
    )
    scenario: Annotated[str, StringConstraints(max_length=63)] | None = Field(
        default=None,
        description="Only requests of this scenario; left out: all. One that is listed again is called "
        "agent-workflow-2, for instance.",
    )


class LatencyQuestion(RequestsQuestion):
    """How long do requests take?"""

    percentile: Percentile


class ErrorRateQuestion(RequestsQuestion):
    """Which share of requests fails?"""


class ThroughputQuestion(RequestsQuestion):
    """How many requests succeed in a second, on average over the window?"""


class RecoveryQuestion(Model):
    """How long after a fault's end is the service good again?"""

    fault: FaultOrEvery = Field(
        description="Name of the fault; `*`: every one, each by itself, and the worst counts."
    )
    since: Literal["faultEnd", "faultStart"] = Field(
        default="faultEnd", description="From which moment the time counts."
    )
    good_error_rate: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] = (
        Field(default="1%", description="A second is good when at most this share of its requests fail, …")
    )
    good_p95: Duration = Field(
        default="1s",
        description="… and their 95th percentile is at most this.",
        json_schema_extra=rules(at_most("1h")),
    )
    good_seconds: int = Field(
        default=3, ge=1, le=600, description="So many good seconds in a row mean recovered."
    )
    breaks_within: Duration = Field(
        default="5m",
        description="Where the service stayed good under the fault, what breaks later than so long after its end is "
        "not its doing.",
        json_schema_extra=rules(at_most("24h")),
    )


class CapacityQuestion(Model):
    """How many users are sustained, as load.capacity found it?"""


class FaultQuestion(Model):
    """About what happens from a fault's start on, for as long as its surroundings are looked at."""

    fault: FaultOrEvery = Field(description="Name of the fault; `*`: every one.")


class RestartsQuestion(FaultQuestion):
    """How many containers of the target restart, and how many of its pods vanish?"""


class PodsReadyQuestion(FaultQuestion):
    """How long after the fault's end are as many pods ready again, of the target and of those hit, as before?"""


class ContainmentQuestion(FaultQuestion):
    """How many pods of neighbours restart, vanish, or are not ready?"""

    neighbours: list[Name] | None = Field(
        default=None, min_length=1, max_length=8, description="Only these; left out: all."
    )


class DataLossQuestion(Model):
    """How many of the elements that the target has acknowledged are not there in the end?"""

    duplicates: bool = Field(
        default=False, description="Count elements that a listing holds twice, too; needs readBack: list."
    )


_UNITS = (
    "Of latency, recovery and podsReady a duration (800ms); of errorRate and saturation a share (1%); of throughput "
    "requests a second, of capacity users, of dataLoss, restarts and containment how many (0); with comparedTo a share "
    "(120%); of a query what its values are. Fractions go in quotes."
)


class Check(Model):
    """One question with a threshold; its answer is Passed, Failed or Inconclusive, with the number."""

    model_config = ConfigDict(json_schema_extra=rules(*_RULES))
    name: Name = Field(description="Name of the check.")
    latency: LatencyQuestion | None = Field(default=None, description="Latency percentile of requests.")
    error_rate: ErrorRateQuestion | None = Field(default=None, description="Share of failed requests.")
    throughput: ThroughputQuestion | None = Field(default=None, description="Successful requests a second.")
    recovery: RecoveryQuestion | None = Field(default=None, description="Time until good again.")
    capacity: CapacityQuestion | None = Field(
        default=None, description="Users sustained; needs load.capacity."
    )
    saturation: SaturationQuestion | None = Field(
        default=None, description="Highest share of a resource's limit that was in use, like 90%."
    )
    data_loss: DataLossQuestion | None = Field(
        default=None, description="Acknowledged writes that are lost; needs the scenario set-writes."
    )
    restarts: RestartsQuestion | None = Field(
        default=None,
        description="Restarts and losses of the target's pods from a fault on: does it heal without?",
    )
    pods_ready: PodsReadyQuestion | None = Field(
        default=None, description="Time until pods are ready again after a fault."
    )
    containment: ContainmentQuestion | None = Field(
        default=None, description="Pods of neighbours that a fault harms; needs neighbours."
    )
    query: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        default=None,
        description="A PromQL expression, evaluated over the window; every value must keep the threshold.",
    )
    max: Threshold | None = Field(default=None, description=f"Upper bound, itself allowed. {_UNITS}")
    min: Threshold | None = Field(
        default=None, description="Lower bound, itself allowed; a check may have both. Units as of max."
    )
    during: Name | None = Field(
        default=None,
        description="Look only at this stage or fault; left out: at the whole run, and, where the load searches for "
        "its capacity, at every trial: it limits what is sustained, and is broken where the stages or the lower bound "
        "break it.",
    )
    after: Name | None = Field(
        default=None, description="Look only at the time from the end of this fault to the end of the load."
    )
    compared_to: Name | None = Field(
        default=None,
        description="Judge the share of what it was during this stage or fault: max 120% means at most a fifth "
        "more than then. Of latency and throughput, what may be chance is Inconclusive; of a query, the means are "
        "compared as they are.",
    )

    @property
    def kind(self) -> CheckKind:
        """Which question it asks."""
        return asked(self, _KINDS)

    @property
    def about(self) -> FaultQuestion | None:
        """The question about a fault's pods, if it is one."""
        return self.restarts or self.pods_ready or self.containment
