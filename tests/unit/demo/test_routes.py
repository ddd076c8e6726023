"""The service's HTTP face: a status says whose fault it is, and when to come again."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from service.answers import problem
from service.settings import Settings
from tests.unit.demo.fake_postgres import FakePool
from tests.unit.demo.replica import SETTINGS, replica, sample

Answer = tuple[int, Any, str | None]


def answers(
    method: str,
    path: str,
    *bodies: Any,
    settings: Settings = SETTINGS,
    pool: FakePool | None = None,
    **more: Any,
) -> list[Answer]:
    """Status, JSON and Retry-After of one request after the other."""

    async def asked() -> list[Answer]:
        found = []
        async with replica(settings, pool, **more) as one:
            for body in bodies:
                async with one.http.request(method, path, json=body) as response:
                    found.append(
                        (response.status, await response.json(), response.headers.get("Retry-After"))
                    )
        return found

    return asyncio.run(asked())


def test_a_workflow_is_answered_with_its_number() -> None:
    ((status, body, _),) = answers("POST", "/workflows", {"agent": "a1"})
    assert (status, body["id"], body["answer"]) == (200, 7, "thought")


def test_a_database_that_hangs_is_a_503_and_never_a_500() -> None:
    pool = FakePool()

    async def asked() -> int:
        async with replica(pool=pool) as one:
            pool.connection.fails, pool.connection.hung = TimeoutError(), True
            return await one.workflow()

    assert asyncio.run(asked()) == 503


def test_an_answer_is_counted_by_its_route_and_status() -> None:
    labels = {"method": "GET", "route": "/workflows/{number}", "status": "404"}
    before = sample("http_requests_total", **labels)
    assert answers("GET", "/workflows/12", None)[0][0] == 404
    assert sample("http_requests_total", **labels) == before + 1


def test_a_number_that_no_workflow_can_have_is_not_asked_of_the_database() -> None:
    async def asked() -> tuple[int, list[str]]:
        async with replica() as one:
            before = len(one.pool.connection.asked)
            async with one.http.get("/workflows/" + "9" * 30) as response:
                return response.status, one.pool.connection.asked[before:]

    assert asyncio.run(asked()) == (404, [])


def test_a_query_keeps_a_connection_for_its_time() -> None:
    pool = FakePool()
    ((status, body, _),) = answers("POST", "/queries", {"milliseconds": 20}, pool=pool)
    assert (status, list(body)) == (200, ["waited_ms"])
    assert pool.connection.asked[-1] == "SELECT pg_sleep($1)"
    assert pool.free == 8


@pytest.mark.parametrize(
    "body",
    [
        *({"milliseconds": wrong} for wrong in (-1, 2001, "many", None, float("nan"), 10**400)),
        {},
        [],
        "20",
    ],
    ids=lambda body: repr(body)[:40],
)
def test_a_query_without_a_sensible_time_is_refused_and_takes_no_connection(body: Any) -> None:
    pool = FakePool(size=1)
    assert answers("POST", "/queries", body, pool=pool)[0][0] == 400
    assert pool.released == 1, "the look at the database, and no more"


def test_a_query_without_a_connection_is_a_503_with_a_time_to_come_again() -> None:
    ((status, body, retry_after),) = answers("POST", "/queries", {"milliseconds": 1}, connected=False)
    assert (status, body, retry_after) == (503, {"error": "database: not connected"}, "1")


def test_who_exceeds_the_limit_is_told_whole_seconds() -> None:
    settings = replace(SETTINGS, limited_rate=0.4, limited_burst=2)
    before = sample("rate_limiter_rejected_total", limiter="limited")
    found = answers("GET", "/limited", None, None, None, settings=settings)
    assert [status for status, _, _ in found] == [200, 200, 429]
    assert [retry_after for _, _, retry_after in found] == [None, None, "3"]
    assert sample("rate_limiter_rejected_total", limiter="limited") == before + 1


def test_the_limit_of_workflows_is_another_one() -> None:
    settings = replace(SETTINGS, limited_rate=0.1, limited_burst=1)
    assert [one[0] for one in answers("POST", "/workflows", *[{"agent": "a"}] * 3, settings=settings)] == [
        200
    ] * 3


@pytest.mark.parametrize(("wait", "said"), [(0.01, "1"), (1.0, "1"), (1.01, "2"), (1.5, "2"), (2.5, "3")])
def test_a_time_to_come_again_is_rounded_up(wait: float, said: str) -> None:
    assert problem(429, "rate limit", retry_after=wait).headers["Retry-After"] == said


@pytest.mark.parametrize("body", [None, {}, [1], {"prompt": "no agent"}])
def test_a_workflow_without_an_agent_is_refused(body: Any) -> None:
    assert answers("POST", "/workflows", body)[0][0] == 400


def test_metrics_tell_of_the_process_what_shows_leaks() -> None:
    async def asked() -> str:
        async with replica() as one, one.http.get("/metrics") as response:
            return await response.text()

    text = asyncio.run(asked())
    for name in ("process_open_fds", "process_max_fds", "process_resident_memory_bytes"):
        assert f"\n{name} " in text


@pytest.mark.parametrize(
    ("path", "counted"), [("/workflows/12", 1), ("/nowhere", 1), ("/healthz", 0), ("/metrics", 0)]
)
def test_what_is_served_is_counted_without_probes_and_scrapes(path: str, counted: int) -> None:
    async def asked() -> None:
        async with replica() as one, one.http.get(path) as response:
            await response.read()

    before = sample("http_requests_served_total")
    asyncio.run(asked())
    assert sample("http_requests_served_total") == before + counted
