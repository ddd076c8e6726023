"""Sessions over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from aiohttp import web

from service import session_routes
from service.answers import explained, measured
from service.session_routes import BODY_BYTES, SessionRoutes
from service.sessions import OVERHEAD, Sessions
from tests.unit.demo.replica import SETTINGS, Replica, replica, sample

Outcome = TypeVar("Outcome")


def with_replica(
    does: Callable[[Replica], Awaitable[Outcome]], session_bytes: int = 4 * BODY_BYTES
) -> Outcome:
    """What comes of it on a replica."""

    async def done() -> Outcome:
        async with replica(replace(SETTINGS, session_bytes=session_bytes)) as one:
            return await does(one)

    return asyncio.run(done())


async def created(one: Replica, body: bytes) -> str:
    async with one.http.post("/sessions", data=body) as response:
        assert response.status == 201
        answer = await response.json()
    assert answer["bytes"] == len(body)
    return str(answer["id"])


async def status(one: Replica, method: str, path: str, body: bytes | None = None) -> int:
    async with one.http.request(method, path, data=body) as response:
        return response.status


async def body_of(one: Replica, identifier: str) -> bytes:
    async with one.http.get(f"/sessions/{identifier}") as response:
        return await response.read()


def test_a_session_lives_until_it_is_deleted() -> None:
    async def life(one: Replica) -> None:
        identifier = await created(one, b"state")
        assert await body_of(one, identifier) == b"state"
        assert await status(one, "PUT", f"/sessions/{identifier}", b"more") == 200
        assert await body_of(one, identifier) == b"more"
        assert await status(one, "DELETE", f"/sessions/{identifier}") == 204
        assert await status(one, "GET", f"/sessions/{identifier}") == 404

    with_replica(life)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_session_is_a_404(method: str) -> None:
    assert with_replica(lambda one: status(one, method, "/sessions/elsewhere", b"x")) == 404


@pytest.mark.parametrize("size", [0, BODY_BYTES])
def test_a_body_may_be_empty_and_may_be_a_mebibyte(size: int) -> None:
    async def kept(one: Replica) -> int:
        return len(await body_of(one, await created(one, b"x" * size)))

    assert with_replica(kept) == size


def test_a_larger_body_is_refused() -> None:
    assert with_replica(lambda one: status(one, "POST", "/sessions", b"x" * (BODY_BYTES + 1))) == 413


def test_a_body_larger_than_all_sessions_may_be_is_refused() -> None:
    async def refused(one: Replica) -> int:
        return await status(one, "POST", "/sessions", b"x" * 2000)

    assert with_replica(refused, session_bytes=2000) == 413


def test_gauges_follow_what_is_held_and_what_had_to_go() -> None:
    async def filled(one: Replica) -> None:
        before = sample("sessions_evicted_total")
        for _ in range(3):
            last = await created(one, b"x" * 1000)
        assert sample("sessions_held") == 2
        assert sample("sessions_held_bytes") == 2 * (1000 + OVERHEAD)
        assert sample("sessions_evicted_total") == before + 1
        await status(one, "DELETE", f"/sessions/{last}")
        assert sample("sessions_held") == 1

    with_replica(filled, session_bytes=2 * (1000 + OVERHEAD))
    assert sample("sessions_limit_bytes") == 2 * (1000 + OVERHEAD)


UPLOAD = b"POST /sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it"


async def served_raw(does: Callable[[int], Awaitable[Outcome]]) -> Outcome:
    """As the service is served: aiohttp's own test server treats clients that go otherwise."""
    application = web.Application(middlewares=[measured, explained])
    application.add_routes(SessionRoutes(Sessions(10_000)).routes())
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        return await does(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def count(status: str) -> float:
    return sample("http_requests_total", method="POST", route="/sessions", status=status)


def test_a_client_that_goes_in_the_middle_is_not_counted_as_our_fault() -> None:
    before = count("500"), count("499")

    async def goes(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(UPLOAD)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()
        await asyncio.sleep(0.05)

    asyncio.run(served_raw(goes))
    assert (count("500"), count("499")) == (before[0], before[1] + 1)


def test_an_upload_that_stalls_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_routes, "UPLOAD_SECONDS", 0.05)

    async def stalls(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(UPLOAD)
        answer = await reader.readline()
        writer.transport.abort()
        await asyncio.sleep(0.05)
        return answer

    assert b" 503 " in asyncio.run(served_raw(stalls))
