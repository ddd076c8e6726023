"""The faults of a campaign: what is broken, where, from when, for how long."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from stresscampaigns.api.base import Model, cel, rules
from stresscampaigns.api.fault_types import FIELDS, FaultType, described, type_rules
from stresscampaigns.api.saturation import Promql
from stresscampaigns.api.selection import COUNTED, LabelSelector, Mode, Name, PodTarget
from stresscampaigns.api.units import Duration, seconds, threshold_value

LONGEST_FAULT = "24h"
_POSITIVE = cel(
    "duration(self.duration) > duration('0s')", "a fault needs a duration of more than 0s", ".duration"
)
_BOUNDED = cel(
    f"duration(self.duration) <= duration('{LONGEST_FAULT}')",
    f"a fault lasts {LONGEST_FAULT} at most",
    ".duration",
)
_VALUE = cel(
    f"(self.mode in {list(COUNTED)}) == has(self.value)",
    f"value belongs to the modes {', '.join(COUNTED)}, which need it",
    ".value",
)
_PERCENT = cel(
    "!has(self.value) || self.mode == 'fixed' || self.value <= 100",
    "value of a mode that counts in percent is 100 at most",
    ".value",
)
_JITTER = cel(
    "!has(self.jitter) || !has(self.latency) || duration(self.jitter) <= duration(self.latency)",
    "jitter must not be more than latency: no packet arrives before it was sent",
    ".jitter",
)
_SHARE = cel(
    "double(self.replace('%', '')) > 0.0 && double(self.replace('%', '')) <= 100.0",
    "share is more than 0% and 100% at most",
)
_BITS = {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}


class Peers(Model):
    """The other end of the traffic that is hit."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel("has(self.selector) != has(self.cidrs)", "peers are named by either selector or cidrs")
        )
    )
    selector: LabelSelector | None = Field(
        default=None,
        description="Pods of the target's namespace and the Services in front of them, as they are at the start.",
    )
    cidrs: (
        list[Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F:.]+(/[0-9]{1,3})?$", max_length=43)]]
        | None
    ) = Field(
        default=None, min_length=1, max_length=32, description="Addresses, like 10.0.0.7 or 10.1.0.0/16."
    )


class Fault(Model):
    """One fault. It ends by itself: whoever holds it owns its deadline."""

    model_config = ConfigDict(
        json_schema_extra=rules(_POSITIVE, _BOUNDED, _VALUE, _PERCENT, _JITTER, *type_rules())
    )
    name: Name = Field(description="Name of the fault; checks refer to it.")
    type: FaultType = Field(description=f"What is broken. {described()}.")
    at: Duration = Field(description="When it begins, counted from the start of the load.")
    duration: Duration = Field(description="How long it lasts.")
    target: PodTarget | None = Field(
        default=None, description="The pods to break; left out: those of the campaign's target."
    )
    mode: Mode = Field(
        default="one",
        description="Of the picked pods that are ready: `one`; `all`; `fixed`: as many as `value`; `fixed-percent`: "
        "`value` percent, rounded up; `random-max-percent`: from one to `value` percent, by the seed.",
    )
    value: int | None = Field(default=None, ge=1, le=1000, description="How many pods, or how many percent.")
    seed: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        description="Another seed picks other pods; the same seed, of the same pods, the same.",
    )
    new_pods: Literal["Ignore", "Include"] = Field(
        default="Ignore",
        description="A pod that takes the place of one that was hit, while the fault lasts: `Include`: it gets the "
        "remaining time.",
    )
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Traffic of this port alone, whichever end of it is the pod's.",
    )
    protocol: Literal["TCP", "UDP"] | None = Field(default=None, description="TCP by default.")
    direction: Literal["to", "from", "both"] | None = Field(
        default=None,
        description="`to`: packets that leave the pod; `from`: those that reach it; `both`. By default both for "
        "NetworkPartition, else `to`.",
    )
    peers: Peers | None = Field(default=None, description="Traffic with these alone.")
    latency: Duration | None = Field(default=None, description="So long is each packet held back.")
    jitter: Duration | None = Field(default=None, description="Evenly spread around the latency.")
    share: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] | None = Field(
        default=None, description="Of the packets, like 10%.", json_schema_extra=rules(_SHARE)
    )
    rate: (
        Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(kbit|mbit|gbit)$", max_length=12)] | None
    ) = Field(default=None, description="Bits a second, like 10mbit.")

    detected: Promql | None = Field(
        default=None,
        description="PromQL that has a value other than 0 once monitoring has noticed the fault, such as "
        'ALERTS{alertname="DatabaseDown",alertstate="firing"}.',
    )

    @property
    def start_seconds(self) -> float:
        """Begin, in seconds from the start of the load."""
        return seconds(self.at)

    @property
    def end_seconds(self) -> float:
        """End, in seconds from the start of the load."""
        return self.start_seconds + seconds(self.duration)

    def settings(self) -> dict[str, JsonValue]:
        """What its type takes, for the program in the sidecar: times in seconds, shares as ratios, bits a second."""
        told = {name: value for name, value in self.to_wire().items() if name in FIELDS and name != "peers"}
        return {name: _READ.get(name, _as_it_is)(value) for name, value in told.items()}


def _as_it_is(value: object) -> JsonValue:
    found: JsonValue = value  # type: ignore[assignment]
    return found


def _time(value: object) -> JsonValue:
    return seconds(str(value))


def _ratio(value: object) -> JsonValue:
    return threshold_value(str(value))


def _bits(value: object) -> JsonValue:
    text = str(value)
    return float(text[:-4]) * _BITS[text[-4:]]


_READ = {"latency": _time, "jitter": _time, "share": _ratio, "rate": _bits}
