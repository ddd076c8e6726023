"""Unique elements, written through the target: what it has acknowledged must be there when all is over."""

import json

from locust.env import Environment

from stresscampaigns.load.parameters import SetWritesParameters
from stresscampaigns.load.scenarios.answers import JSON_HEADERS
from stresscampaigns.load.users import ScenarioUser
from stresscampaigns.load.written import WRITTEN


class SetWrites(ScenarioUser):
    """Writes one element after the other, and notes what it was answered. Each user is a writer of its own."""

    abstract = True
    settings = SetWritesParameters()

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._ledger = WRITTEN.open(self.base, self.settings)
        self._key = (self.scenario, f"POST {self.settings.path}")

    def iteration(self) -> None:
        """One element."""
        number = self._ledger.begin(self._recorder.elapsed())
        body = json.dumps({"element": self._ledger.element(number)}).encode()
        response = self.call(self._key, self.prepare("POST", self.settings.path, JSON_HEADERS, body))
        # What answers after a redirect may never have had the element: a POST becomes a GET of, say, a login page.
        status = 0 if response is None or response.history else response.status_code
        if 200 <= status < 300:
            self._ledger.acknowledge(number)
        elif 400 <= status < 500:
            self._ledger.refuse()
