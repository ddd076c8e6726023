"""The faults of a campaign: what is broken, where, from when, for how long."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from stresscampaigns.api.base import IMAGE_PATTERN, Model, cel, rules
from stresscampaigns.api.fault_parts import SHARE_RULE, Credentials, Parameter, Peers
from stresscampaigns.api.fault_protocol import RESERVED_PARAMETERS
from stresscampaigns.api.fault_rules import fault_rules
from stresscampaigns.api.fault_settings import in_numbers, in_words
from stresscampaigns.api.fault_types import FIELDS, FaultType, How, described
from stresscampaigns.api.saturation import Promql
from stresscampaigns.api.selection import LabelSelector, Mode, Name, ObjectName, PodTarget
from stresscampaigns.api.units import PERCENT_PATTERN, RATE_PATTERN, Duration, at_most, seconds, together

DNS_NAME_PATTERN = r"^(\*\.)?[a-zA-Z0-9_]([-a-zA-Z0-9_.]*[a-zA-Z0-9_])?$"
MOUNT_PATTERN = r"^/[^\x00-\x20\x7f]+$"
_AMOUNT = cel(
    "double(self.replace('%', '')) > 0.0 && double(self.replace('%', '')) <= 1000.0",
    "amount is more than 0% and 1000% at most",
    unless=f"!self.matches(r'{PERCENT_PATTERN}')",
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


class Fault(Model):
    """One fault. It ends by itself: whoever holds it owns its deadline."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            *fault_rules(),
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
    when_not_steady: Literal["Skip", "Inject"] = Field(
        default="Skip",
        description="Where the service is not good in the last 5 s before it, by the words of its recovery check, or "
        "nobody knows: `Skip`: it is held back, and the run goes on without it; `Inject`: nobody looks, and it begins. "
        "A fault that by this campaign's own times begins while another is in force, or may still be recovered from, "
        "is never held back.",
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
        json_schema_extra=rules(at_most("1h")),
    )
    jitter: Duration | None = Field(
        default=None,
        description="Evenly spread around the latency.",
        json_schema_extra=rules(at_most("1h")),
    )
    share: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] | None = Field(
        default=None,
        description="Of the packets, or of the requests, like 10%.",
        json_schema_extra=rules(SHARE_RULE),
    )
    rate: Annotated[str, StringConstraints(pattern=RATE_PATTERN, max_length=12)] | None = Field(
        default=None, description="Bits a second, like 10mbit."
    )
    status: int | None = Field(
        default=None, ge=200, le=599, description="Of the answer; 200 where there is a body only."
    )
    body: Annotated[str, StringConstraints(max_length=4096)] | None = Field(
        default=None,
        description="Of the answer; left out: the status in words. Its type is JSON where it begins with { or [, be it "
        "any or not; HTML with <; else plain text.",
    )
    retry_after: Duration | None = Field(
        default=None,
        description="The answer says after how long to ask again, rounded up to seconds.",
        json_schema_extra=rules(at_most("24h")),
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
    names: list[Annotated[str, StringConstraints(pattern=DNS_NAME_PATTERN, max_length=253)]] | None = Field(
        default=None,
        min_length=1,
        max_length=16,
        description="Names as the pod knows them, short ones too; `*.example.com` are all below example.com.",
    )
    amount: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] | None = Field(
        default=None, description="How much of it is taken, like 80%.", json_schema_extra=rules(_AMOUNT)
    )
    path: Annotated[str, StringConstraints(pattern=MOUNT_PATTERN, max_length=256)] | None = Field(
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
    deployment: ObjectName | None = Field(
        default=None, description="Name of the Deployment, in the target's namespace."
    )
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
        return together(self.start_seconds, seconds(self.duration))

    @property
    def own_selector(self) -> LabelSelector | None:
        """None: it breaks the campaign's target, or a Deployment."""
        return self.target.selector if self.target else None

    @property
    def needs_steady_state(self) -> bool:
        """Is it held back where the service is not well before it?"""
        return self.when_not_steady == "Skip"

    @property
    def rolls_out(self) -> bool:
        """Does it break a Deployment rather than pods?"""
        return self.type == "BadRollout"

    def words(self) -> str:
        """What its type takes, as it was written: `latency 200ms, port 5432`."""
        return in_words({name: value for name, value in self.to_wire().items() if name in FIELDS})

    def settings(self) -> dict[str, JsonValue]:
        """What its type takes, for the program in the sidecar: times in seconds, shares as ratios, bits a second."""
        told = {name: value for name, value in self.to_wire().items() if name in FIELDS and name != "peers"}
        return in_numbers(told)
