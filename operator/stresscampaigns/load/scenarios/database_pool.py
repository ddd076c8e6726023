"""Database pool stress: requests that hold a connection for a known time."""

import json
from typing import Any

from stresscampaigns.load.parameters import DatabasePoolParameters
from stresscampaigns.load.scenarios.answers import JSON_HEADERS
from stresscampaigns.load.users import ScenarioUser


class DatabasePool(ScenarioUser):
    """So many users as hold more connections than there are make others wait for one: then the pool shows its bound."""

    abstract = True
    settings = DatabasePoolParameters()

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        body = json.dumps({"milliseconds": round(self.settings.hold * 1000)}).encode()
        self._request = self.prepare("POST", self.settings.path, JSON_HEADERS, body)

    def iteration(self) -> None:
        """Hold one connection."""
        self.call((self.scenario, f"POST {self.settings.path}"), self._request)
