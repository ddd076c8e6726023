"""The load part of a campaign: stages, scenarios, or a Locust file of the user's own."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from stresscampaigns.api.base import HOST_PATTERN, Model, cel, no_link_local, rules
from stresscampaigns.api.capacity_spec import Capacity
from stresscampaigns.api.depth import DEEPEST, within_depth
from stresscampaigns.api.generator import MOST_WORKERS
from stresscampaigns.api.header_spec import HEADERS_RULES, Header
from stresscampaigns.api.load_plan import RowOrder
from stresscampaigns.api.load_rules import LOAD_RULES, STAGES_RULES
from stresscampaigns.api.locustfile_spec import LocustfileSource
from stresscampaigns.api.profiles import PROFILES, ProfileName, expected_stages, profile_stages
from stresscampaigns.api.selection import ObjectName
from stresscampaigns.api.stage_spec import MOST_RATE, MOST_USERS, Stage
from stresscampaigns.api.units import (
    DURATION_PATTERN,
    PERCENT_PATTERN,
    Duration,
    seconds,
    threshold_value,
    together,
    written_as,
)
from stresscampaigns.api.written_set import read_back_seconds

_SOME_WEIGHT = cel(
    "self.exists(s, !has(s.weight) || s.weight > 0)", "every scenario has weight 0: give at least one weight"
)
_SERIES = cel(
    r"self.matches('^[a-zA-Z_:][a-zA-Z0-9_:]*( *\\{.*\\})?$')",
    'series needs a series selector like http_requests_total{app="agents"}, without functions: its samples are '
    "read as they were scraped",
)
_PROXY = cel(
    "self.matches('^http://[^@]+$')",
    "a proxy is spoken to in plain HTTP and without credentials: write it like http://proxy:3128",
)
_A_MINUTE = cel(
    "duration(self) >= duration('1m')",
    "a profile's stages need time: give a duration of 1m or more",
    unless=f"!self.matches(r'{DURATION_PATTERN}')",
)
_DATA_ENDINGS = cel(
    "self.endsWith('.csv') || self.endsWith('.jsonl')",
    "a data file is CSV with a header row, called *.csv, or one JSON object a line, called *.jsonl",
)
_SEARCH_LOWEST, _SEARCH_USERS = 10, 1000
_PROFILES = "; ".join(
    f"{name} ({profile.users} users, {profile.duration}: {', '.join(part.name for part in profile.parts)})"
    for name, profile in PROFILES.items()
)

Proxy = Annotated[str, StringConstraints(pattern=rf"^http://{HOST_PATTERN}/?$", min_length=8, max_length=500)]


class DataSource(Model):
    """Rows whose values take the place of `${column}` in a scenario's parameters, in a ConfigMap of the campaign's
    namespace."""

    config_map: ObjectName = Field(description="Name of the ConfigMap.")
    key: Annotated[str, StringConstraints(pattern=r"^[-._a-zA-Z0-9]+\.(csv|jsonl)$", max_length=253)] = Field(
        description="Key of the file in it: CSV with a header row that names the columns, or, called *.jsonl, one JSON "
        "object a line.",
        json_schema_extra=rules(_DATA_ENDINGS),
    )
    order: RowOrder = Field(
        default="sequential",
        description="sequential: in the file's order, shared out over the workers, over and over. random: any row, "
        "drawn anew each time.",
    )


def _not_too_deep(parameters: object) -> object:
    """CEL cannot look into what may be anything, and the API server takes 10,000 levels of it."""
    if not within_depth(parameters):
        raise ValueError(f"they are nested more than {DEEPEST} deep")
    return parameters


class Scenario(Model):
    """What a user does, over and over."""

    name: Literal[
        "agent-workflow", "database-pool", "http", "memory-pressure", "rate-limiter", "set-writes"
    ] = Field(description="A built-in scenario.")
    weight: int = Field(default=1, ge=0, le=1000, description="Its share among the scenarios.")
    parameters: Annotated[dict[str, JsonValue] | None, BeforeValidator(_not_too_deep)] = Field(
        default=None,
        description="Settings of the scenario, those of all: thinkTime, timeout, roundTrip; agent-workflow: path, "
        "prompt, readRatio; http: method, path, headers, body, expectedStatus; database-pool: path, hold; "
        "rate-limiter: method, path, honourRetryAfter; set-writes: path, readBack; memory-pressure: path, "
        "payloadBytes, sessions.",
        json_schema_extra={"x-kubernetes-preserve-unknown-fields": True},
    )
    data: DataSource | None = Field(
        default=None,
        description="Values for `${column}` in the parameters path, prompt, headers and body: the next row for each "
        "iteration.",
    )


class Tls(Model):
    """Whose certificates the load's clients trust, beside the public authorities."""

    ca_secret: Annotated[str, StringConstraints(min_length=1, max_length=253)] | None = Field(
        default=None,
        description="A Secret of the campaign's namespace with an authority's certificate under `ca.crt`.",
    )
    insecure_skip_verify: bool = Field(default=False, description="Trust any certificate.")


class ExpectedTraffic(Model):
    """What the target meets every day, and how many times as much it must hold, too."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel(
                "has(self.users) != has(self.rate)",
                "give either users (closed model: concurrent users) or rate (open model: arrivals a second)",
            ),
            cel(
                "double(self.factor.replace('%', '')) >= 100.0",
                "factor is how many times the expected traffic: give 100% or more; 300% is three times as much",
                ".factor",
                unless=f"!({written_as(PERCENT_PATTERN, 'self.factor')})",
            ),
            cel(
                f"(has(self.users) ? double(self.users) / {MOST_USERS}.0 : self.rate / {MOST_RATE}.0) * "
                "double(self.factor.replace('%', '')) <= 100.0",
                f"expected traffic times factor is more than {MOST_USERS} users or {MOST_RATE} arrivals a second",
                ".factor",
                unless=f"!({written_as(PERCENT_PATTERN, 'self.factor')})",
            ),
        )
    )
    users: int | None = Field(
        default=None, ge=1, le=MOST_USERS, description="Closed model: concurrent users."
    )
    rate: float | None = Field(default=None, gt=0, le=MOST_RATE, description="Open model: arrivals a second.")
    factor: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] = Field(
        default="300%",
        description="The most that the target must hold, as a share of the expected traffic: 300% is three times "
        "as much, not three times more.",
    )
    duration: Duration = Field(
        default="10m",
        description="Length of each of the two stages, `expected` and `buffer`; a tenth of it is a ramp.",
        json_schema_extra=rules(_A_MINUTE),
    )


class ServerCounter(Model):
    """The target's own counter of requests, to be compared with what the load sent, to the request."""

    series: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        description="A PromQL series selector: of every pod of the target, a counter that exists from the process's "
        "start, of just the requests that the load makes, no probes and no scrapes.",
        examples=['http_requests_served_total{app="agents"}'],
        json_schema_extra=rules(_SERIES),
    )


class Load(Model):
    """Users or arrivals, when, and what they do."""

    model_config = ConfigDict(json_schema_extra=rules(*LOAD_RULES))
    workers: int | None = Field(
        default=None,
        ge=1,
        le=MOST_WORKERS,
        description="Load-generator pods beside the coordinator; left out: as many as the peak of the load needs.",
    )
    profile: ProfileName | None = Field(
        default=None, description=f"The load by name, with its users, length and stages: {_PROFILES}."
    )
    users: int | None = Field(
        default=None,
        ge=1,
        le=MOST_USERS,
        description="Peak of the profile, instead of its own; of a spike ten times the baseline, of capacity "
        "the highest load that is tried.",
    )
    duration: Duration | None = Field(
        default=None,
        description="Length of the profile, instead of its own; its stages keep their shares of it.",
        json_schema_extra=rules(_A_MINUTE),
    )
    expected: ExpectedTraffic | None = Field(
        default=None, description="The load as expected traffic and a factor over it."
    )
    stages: list[Stage] | None = Field(
        default=None,
        min_length=1,
        max_length=32,
        description="The load over time, one stage after the other.",
        json_schema_extra=rules(*STAGES_RULES),
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
    server_counter: ServerCounter | None = Field(
        default=None,
        description="Where the target counts its requests itself. What it counted and what the load sent must agree, "
        "or the run is Inconclusive.",
    )
    tls: Tls | None = Field(default=None, description="For targets behind https.")
    headers: list[Header] | None = Field(
        default=None,
        min_length=1,
        max_length=16,
        description="Sent with every request to the target's scheme, host and port, by built-in scenarios and by "
        "StressUser.",
        json_schema_extra=rules(*HEADERS_RULES),
    )
    proxy: Proxy | None = Field(
        default=None,
        description="Where requests go instead of straight to the target; proxies in the environment are ignored.",
        examples=["http://proxy:3128"],
        json_schema_extra=rules(_PROXY, no_link_local()),
    )
    scenarios: list[Scenario] | None = Field(
        default=None,
        min_length=1,
        max_length=16,
        description="Built-in scenarios.",
        json_schema_extra=rules(_SOME_WEIGHT),
    )
    locustfile: LocustfileSource | None = Field(default=None, description="Your own scenarios instead.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if [self.profile, self.stages, self.expected].count(None) != 2:
            raise ValueError("give exactly one of profile, stages, expected")
        return self

    @property
    def course(self) -> list[Stage]:
        """The stages, however they were asked for."""
        if self.expected:
            one = self.expected
            return expected_stages(one.users, one.rate, threshold_value(one.factor), one.duration)
        if self.profile:
            search = self.profile == "capacity"
            return profile_stages(self.profile, None if search else self.users, self.duration)
        return self.stages or []

    @property
    def search(self) -> Capacity | None:
        """The search after the stages, if there is one."""
        if self.capacity or self.profile != "capacity":
            return self.capacity
        highest = self.users or _SEARCH_USERS
        return Capacity(lowest=min(_SEARCH_LOWEST, highest), highest=highest)

    @property
    def peak_rate(self) -> float | None:
        """The most arrivals a second; None in the closed model."""
        return max((stage.rate for stage in self.course if stage.rate is not None), default=None)

    @property
    def peak_users(self) -> int:
        """The most users of the closed model, a search among them."""
        users = max(stage.users or 0 for stage in self.course)
        return max(users, self.search.highest) if self.search else users

    @property
    def peak(self) -> str:
        """The most that the stages ask for, in words."""
        if self.peak_rate is not None:
            return f"up to {self.peak_rate:g} arrivals a second"
        return f"up to {max(stage.users or 0 for stage in self.course)} users"

    @property
    def read_back(self) -> float:
        """Seconds after its end in which what the load wrote is read back, at most."""
        return read_back_seconds(self.scenarios or [])

    @property
    def total_seconds(self) -> float:
        """Length of all stages together, in seconds."""
        return together(*(seconds(stage.duration) for stage in self.course))
