"""One HTTP request, over and over."""

import json
from typing import Any

from stresscampaigns.load.parameters import HttpParameters
from stresscampaigns.load.scenarios.answers import JSON_HEADERS
from stresscampaigns.load.users import ScenarioUser


class Http(ScenarioUser):
    """Where a status is expected, every other one is a failure."""

    abstract = True
    settings = HttpParameters()

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        given = self.settings
        body, headers = None, dict(given.headers)
        if given.body is not None:
            body, headers = json.dumps(given.body).encode(), JSON_HEADERS | headers
        self._request = self.prepare(given.method, given.path, headers, body)
        self._key = (self.scenario, f"{given.method} {given.path}")

    def iteration(self) -> None:
        """One request."""
        self.call(self._key, self._request, self.settings.expected_status)
