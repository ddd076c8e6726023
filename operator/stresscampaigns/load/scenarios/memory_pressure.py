"""Memory pressure: large bodies, and sessions that the target must hold."""

import random

from locust.env import Environment

from stresscampaigns.load.http.response import Response
from stresscampaigns.load.parameters import MemoryPressureParameters
from stresscampaigns.load.scenarios.answers import field
from stresscampaigns.load.users import ScenarioUser


class MemoryPressure(ScenarioUser):
    """Opens sessions up to its number, then replaces and reads them in turn: what it wrote must come back."""

    abstract = True
    settings = MemoryPressureParameters()

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._sessions: dict[str, bytes] = {}
        """The session's own path → what it should hold."""
        self._turn = 0

    def iteration(self) -> None:
        """One more session, or a look at an old one and new contents for it."""
        if len(self._sessions) < self.settings.sessions:
            self._open()
            return
        self._turn = (self._turn + 1) % len(self._sessions)
        path = list(self._sessions)[self._turn]
        if self._read(path):
            self._replace(path)
        else:
            del self._sessions[path]

    def _open(self) -> None:
        path, body = self.turn().path, self._contents()
        request = self.prepare("POST", path, body=body)
        identifier = field(self.call(self._key("POST"), request, keep_body=True), "id")
        if identifier is not None:
            self._sessions[f"{path}/{identifier}"] = body

    def _read(self, path: str) -> bool:
        wanted = self._sessions[path]

        def same(response: Response) -> str | None:
            try:
                return None if response.content == wanted else "the session holds something else"
            except ValueError:
                return "the body cannot be read"

        request = self.prepare("GET", path)
        response = self.call(self._key("GET", "/[id]"), request, check=same, keep_body=True)
        return response is not None and response.ok

    def _replace(self, path: str) -> None:
        body = self._contents()
        request = self.prepare("PUT", path, body=body)
        response = self.call(self._key("PUT", "/[id]"), request)
        if response is not None and response.ok:
            self._sessions[path] = body
        else:
            del self._sessions[path]  # nobody knows what it holds now

    def _contents(self) -> bytes:
        return random.randbytes(64) * (self.settings.payload_bytes // 64)  # noqa: S311 - no secret

    def _key(self, method: str, rest: str = "") -> tuple[str, str]:
        return self.scenario, f"{method} {self.settings.path}{rest}"
