"""How the service answers: what goes wrong inside comes out as a status that says whose fault it is."""

import math
import time
from collections.abc import Awaitable, Callable

import asyncpg
from aiohttp import web
from prometheus_client import generate_latest

from service import metrics
from service.pool import DatabaseError
from service.workflows import Busy, ExternalError

OWN_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Of the cluster's probes and of Prometheus."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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
    except ConnectionResetError:
        # Nobody reads this; it is for the count, where it must not look like our fault. The number is nginx's.
        return problem(499, "the client has gone in the middle of its request")


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
        if route not in OWN_ROUTES:
            metrics.SERVED.inc()
        metrics.DURATION.labels(request.method, route).observe(time.perf_counter() - began)


def problem(status: int, text: str, retry_after: float | None = None) -> web.Response:
    """An error as JSON. Retry-After knows whole seconds only: rounded up, or it would invite too early."""
    headers = {} if retry_after is None else {"Retry-After": str(max(1, math.ceil(retry_after)))}
    return web.json_response({"error": text}, status=status, headers=headers)
