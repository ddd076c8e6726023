"""Database pool stress: requests that hold a connection for a known time."""

import json

from locust.env import Environment

from stresscampaigns.load.http.request import Prepared
from stresscampaigns.load.parameters import DatabasePoolParameters
from stresscampaigns.load.scenarios.answers import JSON_HEADERS
from stresscampaigns.load.users import ScenarioUser


class DatabasePool(ScenarioUser):
    """So many users as hold more connections than there are make others wait for one: then the pool shows its bound."""

    abstract = True
    settings = DatabasePoolParameters()

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._body = json.dumps({"milliseconds": round(self.settings.hold * 1000)}).encode()
        self._always = self._ask(self.settings) if self.rows is None else None

    def _ask(self, given: DatabasePoolParameters) -> Prepared:
        return self.prepare("POST", given.path, JSON_HEADERS, self._body)

    def iteration(self) -> None:
        """Hold one connection."""
        request = self._always or self._ask(self.turn())
        self.call((self.scenario, f"POST {self.settings.path}"), request)
