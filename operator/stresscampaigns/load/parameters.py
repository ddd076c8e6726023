"""Settings of the built-in scenarios: validated, with words that name what is wrong."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from stresscampaigns.api.load_plan import PlannedScenario
from stresscampaigns.api.units import seconds
from stresscampaigns.load.placeholders import filled, filled_path, texts


class ScenarioError(ValueError):
    """A scenario cannot be had as asked for; the message names scenario and parameter."""


def _seconds(value: object) -> object:
    return seconds(value) if isinstance(value, str) else value


Time = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=3600)]
"""Seconds, or a duration such as `100ms`."""


def _beginning_with_a_slash(path: str) -> str:
    if path.startswith("/"):
        return path
    raise ValueError(f"{path!r} has to begin with /: it leads to nobody but the target")


Path = Annotated[str, AfterValidator(_beginning_with_a_slash)]
"""Put behind the target's URL, where without its slash it could make the host another one."""


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)
    sent: ClassVar[tuple[str, ...]] = ("path",)
    """What becomes part of a request: there, with data, `${column}` is a row's value. Nothing: it takes no data."""
    think_time: Time = 0.1
    timeout: Time = 10.0
    round_trip: Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=10)] = 0.0
    """Seconds by which the path to the target and back is longer than it is."""

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every string that becomes part of a request, with its place."""
        for name in self.sent:
            yield from texts(getattr(self, name), name)

    def filled(self, row: Mapping[str, str]) -> Self:
        """These settings for one iteration, with the row's values."""
        return self.model_copy(update={name: self._filled(name, row) for name in self.sent})

    def _filled(self, name: str, row: Mapping[str, str]) -> JsonValue:
        given = getattr(self, name)
        return filled_path(given, row) if name == "path" else filled(given, row)


class AgentWorkflowParameters(_Parameters):
    """One agent: starts a workflow, thinks, reads its outcome in a share of cases, thinks again."""

    sent = ("path", "prompt")
    path: Path = "/workflows"
    prompt: str = "summarise the last hour"
    read_ratio: float = Field(default=0.5, ge=0, le=1)


class HttpParameters(_Parameters):
    """One HTTP request, over and over."""

    sent = ("path", "headers", "body")
    method: str = "GET"
    path: Path = "/"
    headers: dict[str, str] = Field(default_factory=dict)
    body: JsonValue = None
    expected_status: int | None = Field(default=None, ge=100, le=599)


class DatabasePoolParameters(_Parameters):
    """A connection of the target's pool, held for a while in each request."""

    path: Path = "/queries"
    hold: Annotated[float, BeforeValidator(_seconds), Field(gt=0, le=60)] = 0.02


class RateLimiterParameters(_Parameters):
    """Requests to something that limits their rate."""

    think_time: Time = 0.0
    method: str = "GET"
    path: Path = "/limited"
    honour_retry_after: bool = False


class MemoryPressureParameters(_Parameters):
    """Sessions that the target holds in memory."""

    path: Path = "/sessions"
    payload_bytes: int = Field(default=65_536, ge=64, le=16 * 1024 * 1024)
    sessions: int = Field(default=4, ge=1, le=1000)


class SetWritesParameters(_Parameters):
    """Unique elements, each written once and read back when the load is over."""

    sent = ()
    path: Path = "/entries"
    read_back: Literal["element", "list"] = "element"
    """Each by `GET path/element`, or many at a time by `GET path?prefix=…&after=…&limit=…`."""


Parameters = TypeVar("Parameters", bound=_Parameters)


def parsed(model: type[Parameters], scenario: PlannedScenario) -> Parameters:
    """The scenario's settings.

    Raises:
        ScenarioError: one is unknown or wrong.
    """
    try:
        return model.model_validate(scenario.parameters)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ScenarioError(f"scenario {scenario.name}: parameters: {problems}") from error
