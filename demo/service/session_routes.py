"""Sessions over HTTP: each lives in the replica that made it, and an unknown one is a 404."""

import asyncio
import uuid

from aiohttp import web

from service import metrics
from service.answers import problem
from service.sessions import Sessions, TooLarge
from service.workflows import Busy

BODY_BYTES = 1024 * 1024
MOST_UPLOADS = 16
UPLOAD_SECONDS = 5.0


class SessionRoutes:
    """POST, PUT, GET and DELETE of sessions."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._uploads = asyncio.Semaphore(MOST_UPLOADS)
        metrics.SESSION_LIMIT.set(sessions.limit)

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        return [
            web.post("/sessions", self.create),
            web.put("/sessions/{id}", self.replace),
            web.get("/sessions/{id}", self.read),
            web.delete("/sessions/{id}", self.delete),
        ]

    async def create(self, request: web.Request) -> web.StreamResponse:
        """POST /sessions: keep a body."""
        return self._keep(uuid.uuid4().hex, await self._body(request), status=201)

    async def replace(self, request: web.Request) -> web.StreamResponse:
        """PUT /sessions/{id}: another body for a session."""
        identifier = request.match_info["id"]
        if identifier not in self._sessions:
            return _unknown()
        return self._keep(identifier, await self._body(request), status=200)

    async def read(self, request: web.Request) -> web.StreamResponse:
        """GET /sessions/{id}: the body."""
        body = self._sessions.get(request.match_info["id"])
        return _unknown() if body is None else web.Response(body=body)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """DELETE /sessions/{id}."""
        was_there = self._sessions.delete(request.match_info["id"])
        self._tell()
        return web.Response(status=204) if was_there else _unknown()

    def _keep(self, identifier: str, body: bytes, status: int) -> web.StreamResponse:
        try:
            metrics.SESSIONS_EVICTED.inc(self._sessions.put(identifier, body))
        except TooLarge as error:
            return problem(413, str(error))
        self._tell()
        return web.json_response({"id": identifier, "bytes": len(body)}, status=status)

    async def _body(self, request: web.Request) -> bytes:
        """Bodies under way are memory, too: so many at once. One that stalls must not keep its place for ever."""
        try:
            async with asyncio.timeout(UPLOAD_SECONDS), self._uploads:
                return await request.read()
        except TimeoutError as error:
            raise Busy("the upload took too long") from error

    def _tell(self) -> None:
        metrics.SESSIONS.set(len(self._sessions))
        metrics.SESSION_BYTES.set(self._sessions.size)


def _unknown() -> web.Response:
    return problem(404, "no such session here")
