"""The built-in scenarios, as Locust user classes."""

import random
from collections.abc import Callable, Iterable
from typing import Any

from locust import FastHttpUser, constant, task

from stresscampaigns.api.load import PlannedScenario
from stresscampaigns.load.parameters import (
    AgentWorkflowParameters,
    HttpParameters,
    ScenarioError,
    parsed,
)

UserClass = type[FastHttpUser]


class AgentWorkflow(FastHttpUser):
    """Starts a workflow and sees that it was done; reads some of them back."""

    abstract = True
    settings = AgentWorkflowParameters()

    @task
    def workflow(self) -> None:
        """One workflow, then perhaps a look at what was stored of it."""
        body = {"agent": f"agent-{id(self)}", "prompt": self.settings.prompt}
        identifier = None
        with self.client.post(self.settings.path, json=body, catch_response=True) as response:
            if response.status_code == 200:
                identifier = _identifier(response)
                if identifier is None:
                    response.failure("the answer holds no id")
        if identifier is not None and random.random() < self.settings.read_ratio:  # noqa: S311 - no secret
            self._read(identifier)

    def _read(self, identifier: object) -> None:
        path = f"{self.settings.path}/{identifier}"
        with self.client.get(path, name=f"{self.settings.path}/[id]", catch_response=True) as response:
            if response.status_code == 200 and _identifier(response) != identifier:
                response.failure("the answer holds another id")


class Http(FastHttpUser):
    """Sends one request over and over."""

    abstract = True
    settings = HttpParameters()

    @task
    def request(self) -> None:
        """One request; where a status is expected, every other one is a failure."""
        options: dict[str, Any] = {"headers": self.settings.headers}
        if self.settings.body is not None:
            options["json"] = self.settings.body
        settings = self.settings
        with self.client.request(settings.method, settings.path, catch_response=True, **options) as response:
            expected = settings.expected_status
            if expected is not None and response.status_code == expected:
                response.success()
            elif expected is not None:
                response.failure(f"status {response.status_code} instead of {expected}")


def _identifier(response: Any) -> object:
    try:
        return response.json().get("id")
    except (ValueError, AttributeError):
        return None


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
    fields = {
        "abstract": False,
        "settings": settings,
        "weight": scenario.weight,
        "wait_time": constant(settings.think_time),
        "connection_timeout": settings.timeout,
        "network_timeout": settings.timeout,
    }
    return type(f"{scenario.name}-{number}" if number else scenario.name, (base,), fields)
