"""Rate limiter validation: what it lets through, and whether it refuses the rest as it should.

Requests that were let through and refusals are counted under two names, so that a check can bound each: as many as
promised get through, and no more. A refusal is 429 with a Retry-After of whole seconds (RFC 6585, section 4, and
RFC 9110, section 10.2.3); one without is a failure.
"""

import gevent
from locust.env import Environment

from stresscampaigns.load.http.request import Prepared
from stresscampaigns.load.http.response import Response
from stresscampaigns.load.parameters import RateLimiterParameters
from stresscampaigns.load.users import ScenarioUser

REFUSED = 429
_MOST_DIGITS = 9
"""Of seconds: some thirty years."""


class RateLimiter(ScenarioUser):
    """Asks; where it is refused, it asks again at once, or after as long as it was told."""

    abstract = True
    settings = RateLimiterParameters()

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._always = self._ask(self.settings) if self.rows is None else None
        name = f"{self.settings.method} {self.settings.path}"
        self._key = (self.scenario, name)
        self._refused = {REFUSED: (self.scenario, f"{name} refused")}

    def _ask(self, given: RateLimiterParameters) -> Prepared:
        return self.prepare(given.method, given.path)

    def iteration(self) -> None:
        """One request."""
        request = self._always or self._ask(self.turn())
        response = self.call(self._key, request, check=_honest, others=self._refused)
        if response is not None and response.status_code == REFUSED and self.settings.honour_retry_after:
            gevent.sleep(min(_retry_after(response) or 0, self.settings.timeout))


def _honest(response: Response) -> str | None:
    if response.status_code == REFUSED and _retry_after(response) is None:
        return "429 without a Retry-After in whole seconds"
    return None


def _retry_after(response: Response) -> int | None:
    told = response.header("Retry-After") or ""
    return int(told) if told.isdecimal() and len(told) <= _MOST_DIGITS else None
