"""One HTTP request, over and over."""

import json

from locust.env import Environment

from stresscampaigns.load.data_file import Row
from stresscampaigns.load.http.client import REDIRECTS, Client
from stresscampaigns.load.http.request import Prepared
from stresscampaigns.load.one_request import OneRequestUser
from stresscampaigns.load.parameters import HttpParameters, ScenarioError
from stresscampaigns.load.rows import Rows
from stresscampaigns.load.scenarios.answers import JSON_HEADERS
from stresscampaigns.load.users import Means

MOST_BYTES = 192 * 1024 * 1024
"""Of the requests that are prepared for all rows: a load pod may use 512 MiB in all."""
_BYTES_BESIDE = 700
"""What a prepared request takes beside what it sends (measured)."""


class Http(OneRequestUser):
    """Where a status is expected, every other one is a failure; a redirect that is expected is not followed."""

    abstract = True
    settings = HttpParameters()

    @classmethod
    def get_ready(cls, url: str) -> None:
        """With data: prepare the request of every row, so that an arrival costs no more than without."""
        if cls.rows is None:
            return
        prepared = cls._prepared_for(cls.rows, url.rstrip("/"))
        cls.request = max(prepared, key=lambda one: len(one.payload))
        cls.requests = cls.rows.in_turn(prepared)

    @classmethod
    def _prepared_for(cls, rows: Rows, base: str) -> list[Prepared]:
        client, prepared, held = Client(Means.connector), [], 0
        for row in rows.own:
            made = cls._prepared_of(row, client, base)
            prepared.append(made)
            held += len(made.payload) + len(made.body or b"") + _BYTES_BESIDE
            if held > MOST_BYTES:
                raise ScenarioError(
                    f"scenario {cls.scenario}: data: the requests of all its {len(rows.own)} rows are more than "
                    f"{MOST_BYTES >> 20} MiB, which a load pod cannot hold: give fewer rows, or a shorter body"
                )
        return prepared

    @classmethod
    def _prepared_of(cls, row: Row, client: Client, base: str) -> Prepared:
        try:
            return _prepared(client, base, cls.settings.filled(row.values))
        except ValueError as error:
            raise ScenarioError(f"scenario {cls.scenario}: data: {row.place}: {error}") from error

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        given = self.settings
        if self.rows is None:
            self.request = _prepared(self.client, self.base, given)
        self.key = (self.scenario, f"{given.method} {given.path}")
        self.expected = given.expected_status
        if self.expected in REDIRECTS:
            self.client.most_redirects = 0


def _prepared(client: Client, base: str, given: HttpParameters) -> Prepared:
    url = f"{base}{given.path}"
    if given.body is None:
        return client.prepare(given.method, url, given.headers)
    return client.prepare(given.method, url, given.headers, json.dumps(given.body).encode(), JSON_HEADERS)
