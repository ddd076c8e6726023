"""Liveness, readiness and metrics over HTTP."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

Responder = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def serve(
    health_port: int,
    metrics_port: int,
    alive: Callable[[], bool],
    ready: Callable[[], bool],
    registry: CollectorRegistry,
) -> list[web.AppRunner]:
    """Start both servers; clean up the runners to stop them."""
    health = web.Application()
    health.add_routes([web.get("/healthz", _answer(alive)), web.get("/readyz", _answer(ready))])
    metrics = web.Application()
    metrics.add_routes([web.get("/metrics", _metrics(registry))])
    return [await _start(health, health_port), await _start(metrics, metrics_port)]


async def _start(application: web.Application, port: int) -> web.AppRunner:
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=port).start()
    return runner


def _answer(good: Callable[[], bool]) -> Responder:
    async def respond(_: web.Request) -> web.Response:
        return web.Response(text="ok") if good() else web.Response(status=503, text="not ready")

    return respond


def _metrics(registry: CollectorRegistry) -> Responder:
    async def respond(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return respond
