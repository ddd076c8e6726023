"""One HTTP request, over and over."""

import json
from typing import Any

from stresscampaigns.load.one_request import OneRequestUser
from stresscampaigns.load.parameters import HttpParameters
from stresscampaigns.load.scenarios.answers import JSON_HEADERS


class Http(OneRequestUser):
    """Where a status is expected, every other one is a failure."""

    abstract = True
    settings = HttpParameters()

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        given = self.settings
        body, headers = None, dict(given.headers)
        if given.body is not None:
            body, headers = json.dumps(given.body).encode(), JSON_HEADERS | headers
        self.request = self.prepare(given.method, given.path, headers, body)
        self.key = (self.scenario, f"{given.method} {given.path}")
        self.expected = given.expected_status
