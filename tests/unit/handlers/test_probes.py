"""Liveness, readiness and metrics over HTTP."""

import asyncio
from collections.abc import Callable

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge

from stresscampaigns.handlers.http import serve


def port(runner: web.AppRunner) -> int:
    """The one of IPv4, whose addresses are pairs: where the kernel chooses, that of IPv6 is another."""
    return next(int(address[1]) for address in runner.addresses if len(address) == 2)


def answers(alive: Callable[[], bool], ready: Callable[[], bool]) -> dict[str, tuple[int, str]]:
    """Path → status and text."""

    async def ask() -> dict[str, tuple[int, str]]:
        registry = CollectorRegistry()
        Gauge("stress_things", "Things", registry=registry).set(7)
        health, metrics = await serve(0, 0, alive, ready, registry)
        found = {}
        async with aiohttp.ClientSession() as session:
            for path, runner in (("/healthz", health), ("/readyz", health), ("/metrics", metrics)):
                async with session.get(f"http://127.0.0.1:{port(runner)}{path}") as response:
                    found[path] = (response.status, await response.text())
        for runner in (health, metrics):
            await runner.cleanup()
        return found

    return asyncio.run(ask())


@pytest.mark.parametrize(("good", "status"), [(True, 200), (False, 503)])
def test_each_probe_says_what_it_was_told_to_say(good: bool, status: int) -> None:
    found = answers(alive=lambda: good, ready=lambda: not good)
    assert found["/healthz"][0] == status
    assert found["/readyz"][0] == (503 if good else 200)


def test_metrics_are_there_whether_ready_or_not() -> None:
    status, text = answers(alive=lambda: True, ready=lambda: False)["/metrics"]
    assert status == 200
    assert "stress_things 7.0" in text
