"""The service's HTTP face: what goes wrong inside comes out as a status that says whose fault it is."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg
from aiohttp import web
from prometheus_client import generate_latest

from service import metrics
from service.database import Database, DatabaseError
from service.rate_limit import TokenBucket
from service.workflows import Busy, ExternalError, Workflows

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Face:
    """Routes and what they need."""

    workflows: Workflows
    database: Database
    bucket: TokenBucket
    ready: bool = True

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(middlewares=[measured, explained])
        application.add_routes(
            [
                web.post("/workflows", self.start),
                web.get("/workflows/{number:[0-9]+}", self.read),
                web.get("/healthz", self.alive),
                web.get("/readyz", self.is_ready),
                web.get("/metrics", exposition),
            ]
        )
        return application

    async def start(self, request: web.Request) -> web.StreamResponse:
        """POST /workflows: run one workflow."""
        if wait := self.bucket.take(time.monotonic()):
            metrics.LIMITED.inc()
            return problem(429, "rate limit", retry_after=wait)
        try:
            body = await request.json()
            agent, prompt = str(body["agent"]), str(body.get("prompt", ""))
        except (ValueError, KeyError, TypeError):
            return problem(400, 'send JSON like {"agent": "a1", "prompt": "..."}')
        return web.json_response(await self.workflows.run(agent, prompt))

    async def read(self, request: web.Request) -> web.StreamResponse:
        """GET /workflows/{number}: one workflow as it is stored."""
        found = await self.database.read(int(request.match_info["number"]))
        return web.json_response(found) if found else problem(404, "no such workflow")

    async def alive(self, _: web.Request) -> web.StreamResponse:
        """The event loop turns."""
        return web.Response(text="ok")

    async def is_ready(self, _: web.Request) -> web.StreamResponse:
        """Ready unless on the way out. The database is shared: its absence must not take every replica away."""
        return web.Response(text="ok") if self.ready else problem(503, "shutting down")


async def exposition(_: web.Request) -> web.StreamResponse:
    """GET /metrics."""
    return web.Response(body=generate_latest(), headers={"Content-Type": "text/plain; version=0.0.4"})


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Failures of others as statuses."""
    try:
        return await handler(request)
    except asyncpg.UndefinedTableError:
        return problem(503, "database: its tables are not there yet", retry_after=1)
    except DatabaseError as error:
        return problem(503, f"database: {error.kind}", retry_after=1)
    except ExternalError as error:
        return problem(502, f"external API: {error}")
    except Busy as error:
        return problem(503, str(error), retry_after=1)


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time every answer by its route, not its path."""
    began = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        metrics.REQUESTS.labels(request.method, route, str(status)).inc()
        metrics.DURATION.labels(request.method, route).observe(time.perf_counter() - began)


def problem(status: int, text: str, retry_after: float | None = None) -> web.Response:
    """An error as JSON."""
    headers = {"Retry-After": str(max(1, round(retry_after)))} if retry_after else {}
    return web.json_response({"error": text}, status=status, headers=headers)
