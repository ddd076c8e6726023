"""Memory pressure: large bodies, and sessions that the target must hold."""

import random
from typing import Any

from stresscampaigns.load.http.response import Response
from stresscampaigns.load.parameters import MemoryPressureParameters
from stresscampaigns.load.scenarios.answers import field
from stresscampaigns.load.users import ScenarioUser


class MemoryPressure(ScenarioUser):
    """Opens sessions up to its number, then replaces and reads them in turn: what it wrote must come back."""

    abstract = True
    settings = MemoryPressureParameters()

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._sessions: dict[str, bytes] = {}
        self._turn = 0

    def iteration(self) -> None:
        """One more session, or a look at an old one and new contents for it."""
        if len(self._sessions) < self.settings.sessions:
            self._open()
            return
        self._turn = (self._turn + 1) % len(self._sessions)
        identifier = list(self._sessions)[self._turn]
        if self._read(identifier):
            self._replace(identifier)
        else:
            del self._sessions[identifier]

    def _open(self) -> None:
        body = self._contents()
        request = self.prepare("POST", self.settings.path, body=body)
        identifier = field(self.call(self._key("POST"), request, keep_body=True), "id")
        if identifier is not None:
            self._sessions[str(identifier)] = body

    def _read(self, identifier: str) -> bool:
        wanted = self._sessions[identifier]

        def same(response: Response) -> str | None:
            return None if response.content == wanted else "the session holds something else"

        request = self.prepare("GET", f"{self.settings.path}/{identifier}")
        response = self.call(self._key("GET", "/[id]"), request, check=same, keep_body=True)
        return response is not None and response.ok

    def _replace(self, identifier: str) -> None:
        body = self._contents()
        request = self.prepare("PUT", f"{self.settings.path}/{identifier}", body=body)
        response = self.call(self._key("PUT", "/[id]"), request)
        if response is not None and response.ok:
            self._sessions[identifier] = body
        else:
            del self._sessions[identifier]  # nobody knows what it holds now

    def _contents(self) -> bytes:
        return random.randbytes(64) * (self.settings.payload_bytes // 64)  # noqa: S311 - no secret

    def _key(self, method: str, rest: str = "") -> tuple[str, str]:
        return self.scenario, f"{method} {self.settings.path}{rest}"
