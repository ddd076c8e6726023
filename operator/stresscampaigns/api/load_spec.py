"""The load part of a campaign: stages, scenarios, or a Locust file of the user's own."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from stresscampaigns.api.base import Model, cel, rules
from stresscampaigns.api.load import WHOLE
from stresscampaigns.api.selection import Name
from stresscampaigns.api.units import Duration, seconds

_RAMP_FITS = cel(
    "!has(self.ramp) || duration(self.ramp) <= duration(self.duration)",
    "the ramp must not be longer than its stage: make duration longer or ramp shorter",
    ".ramp",
)
_ONE_SOURCE = cel(
    "has(self.scenarios) != has(self.locustfile)",
    "give either scenarios or locustfile: exactly one of them says what the users do",
)
_UNIQUE_STAGES = cel(
    "self.all(a, self.exists_one(b, b.name == a.name))", "two stages have the same name: each needs its own"
)
_SOME_LOAD = cel(
    "self.exists(s, (has(s.users) && s.users > 0) || (has(s.rate) && s.rate > 0.0))",
    "no stage has any load: give at least one stage users, or a rate, of 1 or more",
)
_ONE_MODEL = cel(
    "self.all(s, has(s.users)) || self.all(s, has(s.rate))",
    "stages mix users (closed model) and rate (open model): give all of them the one or the other",
)
_USERS_OR_RATE = cel(
    "has(self.users) != has(self.rate)",
    "give either users (closed model: concurrent users) or rate (open model: arrivals a second)",
)
_ONLY_OPEN = cel(
    "!(has(self.maxInFlight) || has(self.arrivals)) || self.stages.all(s, has(s.rate))",
    "maxInFlight and arrivals belong to the open model: give the stages a rate instead of users",
)
_NOT_RESERVED = cel(
    f"self.all(s, s.name != '{WHOLE}')",
    f"no stage can be called {WHOLE}: that is the window of the whole load",
)
_SOME_WEIGHT = cel(
    "self.exists(s, !has(s.weight) || s.weight > 0)", "every scenario has weight 0: give at least one weight"
)


_ONLY_CLOSED = cel(
    "!has(self.capacity) || self.stages.all(s, has(s.users))",
    "capacity is searched in users: give the stages users instead of a rate",
)


class Stage(Model):
    """A stretch of the load: users or arrivals a second, reached by a ramp, held until the stage ends."""

    model_config = ConfigDict(json_schema_extra=rules(_RAMP_FITS, _USERS_OR_RATE))
    name: Name = Field(description="Name of the stage; a check can look at it with `during`.")
    users: int | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="Closed model: concurrent users at the end of the ramp; each waits for its answer.",
    )
    rate: float | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="Open model: arrivals a second at the end of the ramp, whether earlier ones were answered "
        "or not. Latency counts from the intended time.",
    )
    ramp: Duration | None = Field(
        default=None,
        description="Time in which the load goes in a straight line from the last stage's to this one's; "
        "left out: at once.",
    )
    duration: Duration = Field(description="Length of the whole stage, its ramp included.")


class Scenario(Model):
    """What a user does, over and over."""

    name: Literal["agent-workflow", "database-pool", "http", "memory-pressure", "rate-limiter"] = Field(
        description="A built-in scenario."
    )
    weight: int = Field(default=1, ge=0, le=1000, description="Its share among the scenarios.")
    parameters: dict[str, JsonValue] | None = Field(
        default=None,
        description="Settings of the scenario, for instance path, thinkTime, timeout.",
        json_schema_extra={"x-kubernetes-preserve-unknown-fields": True},
    )


class LocustfileSource(Model):
    """A Locust file of the user's own, in a ConfigMap of the campaign's namespace."""

    config_map: Annotated[str, StringConstraints(min_length=1, max_length=253)] = Field(
        description="Name of the ConfigMap."
    )
    key: Annotated[str, StringConstraints(pattern=r"^[-._a-zA-Z0-9]+$", max_length=253)] = Field(
        default="locustfile.py", description="Key of the file in it."
    )


class Tls(Model):
    """Whose certificates the load's clients trust, beside the public authorities."""

    ca_secret: Annotated[str, StringConstraints(min_length=1, max_length=253)] | None = Field(
        default=None,
        description="A Secret of the campaign's namespace with an authority's certificate under `ca.crt`.",
    )
    insecure_skip_verify: bool = Field(default=False, description="Trust any certificate.")


class CapacityLatency(Model):
    """A latency that a sustained load keeps."""

    percentile: float = Field(default=95, gt=0, le=100, description="For instance 95 or 99.9.")
    max: Duration = Field(default="1s", description="At most this.")


class Capacity(Model):
    """After the stages: the highest number of concurrent users that the target sustains."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel("self.lowest <= self.highest", "lowest must not be more than highest", ".lowest"),
            cel(
                "duration(self.trial) <= duration(self.confirm)",
                "a trial that confirms must not be shorter than the others: make confirm longer or trial shorter",
                ".confirm",
            ),
            cel(
                "self.confirmations < self.mostTrials",
                "mostTrials must be more than confirmations",
                ".mostTrials",
            ),
        )
    )
    lowest: int = Field(default=1, ge=1, le=100_000, description="Users of the first trial.")
    highest: int = Field(ge=1, le=100_000, description="No trial has more users.")
    trial: Duration = Field(default="20s", description="Length of a trial.")
    confirm: Duration = Field(default="60s", description="Length of a trial that confirms the lower bound.")
    confirmations: int = Field(default=3, ge=1, le=10, description="So many of them make it a result.")
    most_trials: int = Field(default=20, ge=2, le=50, description="The search ends after so many trials.")
    settle: Duration = Field(default="3s", description="Users are there so long before a trial counts.")
    error_rate: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] = Field(
        default="1%", description="Sustained: at most this share of requests fails, …"
    )
    latency: CapacityLatency = Field(
        default_factory=CapacityLatency,
        description="… and latency is at most this.",
        json_schema_extra={"default": {}},
    )


class Load(Model):
    """Users or arrivals, when, and what they do."""

    model_config = ConfigDict(json_schema_extra=rules(_ONE_SOURCE, _ONLY_OPEN, _ONLY_CLOSED))
    workers: int = Field(default=2, ge=1, le=100, description="Load-generator pods beside the coordinator.")
    stages: list[Stage] = Field(
        min_length=1,
        max_length=32,
        description="The load over time, one stage after the other.",
        json_schema_extra=rules(_UNIQUE_STAGES, _NOT_RESERVED, _SOME_LOAD, _ONE_MODEL),
    )
    arrivals: Literal["even", "poisson"] | None = Field(
        default=None, description="Open model: evenly spaced (the default), or as a Poisson process."
    )
    max_in_flight: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="Open model: arrivals that can be under way at once, 1000 by default. One more is dropped, "
        "and said so.",
    )
    capacity: Capacity | None = Field(
        default=None,
        description="After the stages, search for the highest load that is sustained (closed model).",
    )
    tls: Tls | None = Field(default=None, description="For targets behind https.")
    scenarios: list[Scenario] | None = Field(
        default=None,
        min_length=1,
        max_length=16,
        description="Built-in scenarios.",
        json_schema_extra=rules(_SOME_WEIGHT),
    )
    locustfile: LocustfileSource | None = Field(default=None, description="Your own scenarios instead.")

    @property
    def peak(self) -> str:
        """The most that the stages ask for, in words."""
        rates = [stage.rate for stage in self.stages if stage.rate is not None]
        if rates:
            return f"up to {max(rates):g} arrivals a second"
        return f"up to {max(stage.users or 0 for stage in self.stages)} users"

    @property
    def total_seconds(self) -> float:
        """Length of all stages together, in seconds."""
        return sum(seconds(stage.duration) for stage in self.stages)
