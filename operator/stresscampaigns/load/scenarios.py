"""The built-in scenarios, as Locust user classes."""

import json
import random
from collections.abc import Callable, Iterable
from typing import Any

from stresscampaigns.api.load import PlannedScenario
from stresscampaigns.load.http.response import Response
from stresscampaigns.load.parameters import (
    AgentWorkflowParameters,
    HttpParameters,
    ScenarioError,
    parsed,
)
from stresscampaigns.load.users import ScenarioUser

UserClass = type[ScenarioUser]
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class AgentWorkflow(ScenarioUser):
    """Starts a workflow and sees that it was done; reads some of them back."""

    abstract = True
    settings = AgentWorkflowParameters()

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        body = json.dumps({"agent": f"agent-{id(self)}", "prompt": self.settings.prompt}).encode()
        self._start = self.prepare("POST", self.settings.path, _JSON, body)

    def iteration(self) -> None:
        """One workflow, then perhaps a look at what was stored of it."""
        response = self.call(
            (self.scenario, f"POST {self.settings.path}"), self._start, check=_has_an_id, keep_body=True
        )
        identifier = _identifier(response)
        if identifier is not None and random.random() < self.settings.read_ratio:  # noqa: S311 - no secret
            self._read(identifier)

    def _read(self, identifier: object) -> None:
        def same(response: Response) -> str | None:
            return None if _identifier(response) == identifier else "the answer holds another id"

        request = self.prepare("GET", f"{self.settings.path}/{identifier}", _JSON)
        self.call((self.scenario, f"GET {self.settings.path}/[id]"), request, check=same, keep_body=True)


class Http(ScenarioUser):
    """Sends one request over and over."""

    abstract = True
    settings = HttpParameters()

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        given = self.settings
        body, headers = None, dict(given.headers)
        if given.body is not None:
            body, headers = json.dumps(given.body).encode(), _JSON | headers
        self._request = self.prepare(given.method, given.path, headers, body)
        self._key = (self.scenario, f"{given.method} {given.path}")

    def iteration(self) -> None:
        """One request; where a status is expected, every other one is a failure."""
        self.call(self._key, self._request, self.settings.expected_status)


def _has_an_id(response: Response) -> str | None:
    return None if _identifier(response) is not None else "the answer holds no id"


def _identifier(response: Response | None) -> object:
    if response is None or response.status_code != 200:
        return None
    try:
        found = response.json()
    except ValueError:
        return None
    return found.get("id") if isinstance(found, dict) else None


def _agent_workflow(scenario: PlannedScenario) -> tuple[UserClass, AgentWorkflowParameters]:
    return AgentWorkflow, parsed(AgentWorkflowParameters, scenario)


def _http(scenario: PlannedScenario) -> tuple[UserClass, HttpParameters]:
    return Http, parsed(HttpParameters, scenario)


_BUILT_IN: dict[
    str, Callable[[PlannedScenario], tuple[UserClass, AgentWorkflowParameters | HttpParameters]]
] = {"agent-workflow": _agent_workflow, "http": _http}


def user_classes(scenarios: Iterable[PlannedScenario]) -> list[UserClass]:
    """One user class a scenario; those of weight 0 are left out.

    Raises:
        ScenarioError: a scenario is unknown, or a parameter is wrong.
    """
    return [_user_class(number, scenario) for number, scenario in enumerate(scenarios) if scenario.weight > 0]


def _user_class(number: int, scenario: PlannedScenario) -> UserClass:
    if scenario.name not in _BUILT_IN:
        raise ScenarioError(
            f"scenario {scenario.name!r} is unknown; built in are {', '.join(sorted(_BUILT_IN))}"
        )
    base, settings = _BUILT_IN[scenario.name](scenario)
    name = f"{scenario.name}-{number}" if number else scenario.name
    fields = {"abstract": False, "settings": settings, "scenario": name, "weight": scenario.weight}
    return type(name, (base,), fields)
