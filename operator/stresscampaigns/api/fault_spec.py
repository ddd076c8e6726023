"""The faults of a campaign: what is broken, where, from when, for how long."""

import json
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from stresscampaigns.api.base import IMAGE_PATTERN, MAX_FAULT_SHARE_ANNOTATION, Model, cel, rules
from stresscampaigns.api.fault_protocol import RESERVED_PARAMETERS
from stresscampaigns.api.fault_types import FIELDS, FaultType, How, described, type_rules
from stresscampaigns.api.saturation import Promql
from stresscampaigns.api.selection import COUNTED, LabelSelector, Mode, Name, Namespace, PodTarget
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
SHARE_RULE = cel(
    "double(self.replace('%', '')) > 0.0 && double(self.replace('%', '')) <= 100.0",
    "share is more than 0% and 100% at most",
)
_DNS_NAME = r"^(\*\.)?[a-zA-Z0-9_]([-a-zA-Z0-9_.]*[a-zA-Z0-9_])?$"
_AMOUNT = cel(
    "double(self.replace('%', '')) > 0.0 && double(self.replace('%', '')) <= 1000.0",
    "amount is more than 0% and 1000% at most",
)
_DISK = cel(
    "self.type != 'DiskFull' || !has(self.amount) || double(self.amount.replace('%', '')) <= 100.0",
    "amount of a DiskFull is 100% at most: there is no more than the free space",
    ".amount",
)
_HOW_ALONE = ("status", "body", "latency", "limit")
_EITHER = cel(
    "self.type != 'ExternalApiFailure' || !has(self.how) || !("
    + " || ".join(f"has(self.{field})" for field in _HOW_ALONE)
    + ")",
    f"how of an ExternalApiFailure leaves no room for {', '.join(_HOW_ALONE)}: no request is answered",
    ".how",
)
_RETRY = cel("!has(self.retryAfter) || has(self.status)", "retryAfter goes with a status", ".retryAfter")
_NO_CHOICE = cel(
    "self.type != 'BadRollout' || (self.mode == 'one' && self.newPods == 'Ignore' && self.seed == 0)",
    "mode, seed and newPods choose pods: a BadRollout leaves them out, for it reaches all of its Deployment",
    ".mode",
)
_NO_PODS = cel(
    "self.type != 'BadRollout' || !has(self.target) || !has(self.target.selector)",
    "target of a BadRollout has no selector: its pods are those of its Deployment",
    ".target",
)
_PODS = cel(
    "self.type == 'BadRollout' || !has(self.target) || has(self.target.selector)",
    "target needs a selector",
    ".target",
)
_ENV_NAMES = cel(
    "self.all(name, name.matches('^[-._a-zA-Z][-._a-zA-Z0-9]*$'))",
    "an environment variable's name has letters, digits, _, - and dots, and begins with no digit",
)
_PARAMETER_NAMES = cel(
    "self.all(name, name.matches('^[A-Z][A-Z0-9_]{0,62}$'))",
    "a parameter's name has capital letters, digits and underscores, a letter first: PORT is told as STRESS_PORT",
)
_PARAMETERS_LEFT = cel(
    f"self.all(name, !(name in {list(RESERVED_PARAMETERS)}))",
    f"the parameters {', '.join(RESERVED_PARAMETERS)} are told to every program: give yours another name",
)
_BITS = {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}


class Peers(Model):
    """The other end of the traffic that is hit."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel("has(self.selector) != has(self.cidrs)", "peers are named by either selector or cidrs"),
            cel("!has(self.namespace) || has(self.selector)", "namespace goes with a selector", ".namespace"),
        )
    )
    namespace: Namespace | None = Field(
        default=None, description="Of the pods that the selector picks; left out: the target's."
    )
    selector: LabelSelector | None = Field(
        default=None,
        description="Pods of the namespace and the Services in front of them, as they are at the start.",
    )
    cidrs: (
        list[Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F:.]+(/[0-9]{1,3})?$", max_length=43)]]
        | None
    ) = Field(
        default=None, min_length=1, max_length=32, description="Addresses, like 10.0.0.7 or 10.1.0.0/16."
    )


SecretKey = Annotated[str, StringConstraints(pattern=r"^[-._a-zA-Z0-9]+$", max_length=253)]


class Credentials(Model):
    """A login to a database, out of a Secret of the pod's namespace: only the sidecar ever gets it."""

    secret: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$", max_length=253)] = (
        Field(description="Name of the Secret.")
    )
    username_key: SecretKey = Field(default="username", description="Its key that holds the user's name.")
    password_key: SecretKey = Field(default="password", description="Its key that holds the password.")
    database: Annotated[str, StringConstraints(min_length=1, max_length=63)] = Field(
        default="postgres", description="Name of the database that is logged in to."
    )


Parameter = Annotated[
    int | str, Field(json_schema_extra={"x-kubernetes-int-or-string": True, "maxLength": 256})
]


class FaultLimits(Model):
    """How much may be broken at once."""

    max_share: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] = Field(
        default="100%",
        description="Of the ready pods that a fault's selector picks, all faults together break no more than this "
        "share at once, rounded down. The namespace's owner can set a lower one with the annotation "
        f"{MAX_FAULT_SHARE_ANNOTATION}.",
        json_schema_extra=rules(SHARE_RULE),
    )


class Fault(Model):
    """One fault. It ends by itself: whoever holds it owns its deadline."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            *(_POSITIVE, _BOUNDED, _VALUE, _PERCENT, _JITTER, _DISK, _EITHER, _RETRY),
            *(_NO_CHOICE, _NO_PODS, _PODS),
            *type_rules(),
        )
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
    latency: Duration | None = Field(
        default=None,
        description="So long is each packet held back, or each request of an ExternalApiFailure.",
    )
    jitter: Duration | None = Field(default=None, description="Evenly spread around the latency.")
    share: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] | None = Field(
        default=None,
        description="Of the packets, or of the requests, like 10%.",
        json_schema_extra=rules(SHARE_RULE),
    )
    rate: (
        Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(kbit|mbit|gbit)$", max_length=12)] | None
    ) = Field(default=None, description="Bits a second, like 10mbit.")
    status: int | None = Field(
        default=None, ge=200, le=599, description="Of the answer; 200 where there is a body only."
    )
    body: Annotated[str, StringConstraints(max_length=4096)] | None = Field(
        default=None,
        description="Of the answer; left out: the status in words. Its type is JSON where it begins with { or [, be it "
        "any or not; HTML with <; else plain text.",
    )
    retry_after: Duration | None = Field(
        default=None, description="The answer says after how long to ask again, rounded up to seconds."
    )
    limit: int | None = Field(
        default=None, ge=1, le=100_000, description="So many requests a second pass; those beyond are hit."
    )
    credentials: Credentials | None = Field(
        default=None, description="As whom connections are taken; best the application's own user."
    )
    leave: int | None = Field(
        default=None, ge=1, le=10_000, description="So many connections stay free; left out: none."
    )
    how: How | None = Field(
        default=None,
        description="DatabaseUnavailable: `Refused` (default) resets connections, `Silent` drops packets. DnsFailure: "
        "`Silent` (default) drops questions, `NoSuchName` and `ServerFailure` answer those over UDP so. "
        "ExternalApiFailure: `Refused` refuses connections, `Silent` never answers; also over TLS.",
    )
    names: list[Annotated[str, StringConstraints(pattern=_DNS_NAME, max_length=253)]] | None = Field(
        default=None,
        min_length=1,
        max_length=16,
        description="Names as the pod knows them, short ones too; `*.example.com` are all below example.com.",
    )
    amount: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] | None = Field(
        default=None, description="How much of it is taken, like 80%.", json_schema_extra=rules(_AMOUNT)
    )
    path: Annotated[str, StringConstraints(pattern=r"^/[^\s]+$", max_length=256)] | None = Field(
        default=None, description="Where a volume is mounted in the container."
    )
    image: Annotated[str, StringConstraints(pattern=IMAGE_PATTERN, max_length=500)] | None = Field(
        default=None,
        description="Custom: an image built FROM the operator's fault image, with your own program in it. BadRollout: "
        "of the container of the bad revision.",
    )
    command: list[Annotated[str, StringConstraints(min_length=1, max_length=1024)]] | None = Field(
        default=None,
        min_length=1,
        max_length=16,
        description="The program, with its arguments; a last one is added: check, hold, inject, evidence, end, gone.",
    )
    parameters: dict[str, Parameter] | None = Field(
        default=None,
        max_length=16,
        description="What the program is told, as environment: PORT as STRESS_PORT. The run's status shows them.",
        json_schema_extra=rules(_PARAMETER_NAMES, _PARAMETERS_LEFT),
    )
    capabilities: list[Literal["NET_ADMIN", "NET_RAW"]] | None = Field(
        default=None,
        min_length=1,
        max_length=2,
        description="What the program may do to the pod's network, as root; left out: nothing, as a user without "
        "rights.",
    )
    deployment: (
        Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$", max_length=253)] | None
    ) = Field(default=None, description="Name of the Deployment, in the target's namespace.")
    env: dict[str, Annotated[str, StringConstraints(max_length=1024)]] | None = Field(
        default=None,
        min_length=1,
        max_length=16,
        description="Environment variables that the container of the bad revision has besides, or instead.",
        json_schema_extra=rules(_ENV_NAMES),
    )
    detected: Promql | None = Field(
        default=None,
        description="PromQL that has a value other than 0 once monitoring has noticed the fault, such as "
        'ALERTS{alertname="DatabaseDown",alertstate="firing"}.',
    )

    @property
    def namespace(self) -> str | None:
        """Of its pods, where it says so; None: the target's."""
        return self.target.namespace if self.target else None

    @property
    def start_seconds(self) -> float:
        """Begin, in seconds from the start of the load."""
        return seconds(self.at)

    @property
    def end_seconds(self) -> float:
        """End, in seconds from the start of the load."""
        return self.start_seconds + seconds(self.duration)

    @property
    def own_selector(self) -> LabelSelector | None:
        """None: it breaks the campaign's target, or a Deployment."""
        return self.target.selector if self.target else None

    @property
    def rolls_out(self) -> bool:
        """Does it break a Deployment rather than pods?"""
        return self.type == "BadRollout"

    def words(self) -> str:
        """What its type takes, as it was written: `latency 200ms, port 5432`."""
        told = {name: value for name, value in self.to_wire().items() if name in FIELDS}
        return ", ".join(f"{name} {_said(value)}" for name, value in sorted(told.items()))

    def settings(self) -> dict[str, JsonValue]:
        """What its type takes, for the program in the sidecar: times in seconds, shares as ratios, bits a second."""
        told = {name: value for name, value in self.to_wire().items() if name in FIELDS and name != "peers"}
        return {name: _READ.get(name, _as_it_is)(value) for name, value in told.items()}


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


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


def _told_of_login(value: object) -> JsonValue:
    """The Secret's name is the kubelet's to know."""
    return {"database": value["database"]} if isinstance(value, dict) else None


_READ = {
    "latency": _time,
    "jitter": _time,
    "retryAfter": _time,
    "share": _ratio,
    "amount": _ratio,
    "rate": _bits,
    "credentials": _told_of_login,
}
