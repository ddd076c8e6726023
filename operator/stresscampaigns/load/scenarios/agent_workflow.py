"""Concurrent agent workflows: calls that depend on one another, with state in between."""

import json
import random

from locust.env import Environment

from stresscampaigns.load.http.request import Prepared
from stresscampaigns.load.http.response import Response
from stresscampaigns.load.parameters import AgentWorkflowParameters
from stresscampaigns.load.scenarios.answers import JSON_HEADERS, field
from stresscampaigns.load.users import ScenarioUser


class AgentWorkflow(ScenarioUser):
    """Starts a workflow and sees that it was done; reads some of them back."""

    abstract = True
    settings = AgentWorkflowParameters()

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._always = self._begin(self.settings) if self.rows is None else None

    def _begin(self, given: AgentWorkflowParameters) -> Prepared:
        body = json.dumps({"agent": f"agent-{id(self)}", "prompt": given.prompt}).encode()
        return self.prepare("POST", given.path, JSON_HEADERS, body)

    def iteration(self) -> None:
        """One workflow, then perhaps a look at what was stored of it."""
        given = self.turn()
        key = (self.scenario, f"POST {self.settings.path}")
        response = self.call(key, self._always or self._begin(given), check=_has_an_id, keep_body=True)
        identifier = field(response, "id")
        if identifier is not None and random.random() < self.settings.read_ratio:  # noqa: S311 - no secret
            self._read(given.path, identifier)

    def _read(self, path: str, identifier: object) -> None:
        def same(response: Response) -> str | None:
            return None if field(response, "id") == identifier else "the answer holds another id"

        request = self.prepare("GET", f"{path}/{identifier}", JSON_HEADERS)
        self.call((self.scenario, f"GET {self.settings.path}/[id]"), request, check=same, keep_body=True)


def _has_an_id(response: Response) -> str | None:
    return None if field(response, "id") is not None else "the answer holds no id"
