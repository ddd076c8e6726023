"""The service's routes."""

import time
from dataclasses import dataclass

from aiohttp import web

from service.answers import explained, exposition, measured, problem
from service.database import Database
from service.entry_routes import EntryRoutes
from service.rate_limit import Limiter
from service.session_routes import BODY_BYTES, SessionRoutes
from service.workflows import Workflows

LONGEST_QUERY = 2000.0
"""Milliseconds."""


@dataclass
class Face:
    """Routes and what they need."""

    workflows: Workflows
    database: Database
    limiter: Limiter
    limited: Limiter
    sessions: SessionRoutes
    entries: EntryRoutes
    ready: bool = True

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(middlewares=[measured, explained], client_max_size=BODY_BYTES)
        application.add_routes(
            [
                web.post("/workflows", self.start),
                # 18 digits: every number fits a bigint.
                web.get("/workflows/{number:[0-9]{1,18}}", self.read),
                web.post("/queries", self.query),
                web.get("/limited", self.pass_limit),
                *self.sessions.routes(),
                *self.entries.routes(),
                web.get("/healthz", self.alive),
                web.get("/readyz", self.is_ready),
                web.get("/metrics", exposition),
            ]
        )
        return application

    async def start(self, request: web.Request) -> web.StreamResponse:
        """POST /workflows: run one workflow."""
        if wait := self.limiter.wait(time.monotonic()):
            return problem(429, "rate limit", retry_after=wait)
        try:
            body = await request.json()
            agent, prompt = str(body["agent"]), str(body.get("prompt", ""))
        except (ValueError, LookupError, TypeError):
            return problem(400, 'send JSON like {"agent": "a1", "prompt": "..."}')
        return web.json_response(await self.workflows.run(agent, prompt))

    async def read(self, request: web.Request) -> web.StreamResponse:
        """GET /workflows/{number}: one workflow as it is stored."""
        found = await self.database.read(int(request.match_info["number"]))
        return web.json_response(found) if found else problem(404, "no such workflow")

    async def query(self, request: web.Request) -> web.StreamResponse:
        """POST /queries: a database connection is busy for so many milliseconds."""
        try:
            milliseconds = float((await request.json())["milliseconds"])
        except (ValueError, LookupError, TypeError, OverflowError):
            return problem(400, 'send JSON like {"milliseconds": 20}')
        if not 0 <= milliseconds <= LONGEST_QUERY:
            return problem(400, f"milliseconds must be from 0 to {LONGEST_QUERY:.0f}")
        waited = await self.database.sleep(milliseconds / 1000)
        return web.json_response({"waited_ms": round(waited * 1000, 3)})

    async def pass_limit(self, _: web.Request) -> web.StreamResponse:
        """GET /limited: through a rate limiter and nothing else."""
        if wait := self.limited.wait(time.monotonic()):
            return problem(429, "rate limit", retry_after=wait)
        return web.json_response({"passed": True})

    async def alive(self, _: web.Request) -> web.StreamResponse:
        """The event loop turns."""
        return web.Response(text="ok")

    async def is_ready(self, _: web.Request) -> web.StreamResponse:
        """Ready unless on the way out. The database is shared: its absence must not take every replica away."""
        return web.Response(text="ok") if self.ready else problem(503, "shutting down")
