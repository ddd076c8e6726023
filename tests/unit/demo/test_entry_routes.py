"""Elements over HTTP: 201 means that it is stored, unless the replica has the defect of saying so too early."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from tests.unit.demo.fake_postgres import FakeConnection, FakePool
from tests.unit.demo.replica import SETTINGS, Replica, replica

Outcome = TypeVar("Outcome")


class Table(FakeConnection):
    """The table of elements."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []

    async def execute(self, sql: str, *values: object, timeout: float | None = None) -> None:
        await self._query(sql)
        self.elements.append(str(values[0]))

    async def fetchval(self, sql: str, *values: object) -> object:
        await self._query(sql)
        return (values[0] in self.elements) or None if values else 1

    async def fetch(self, sql: str, prefix: str, after: str, limit: int) -> list[dict[str, str]]:
        await self._query(sql)
        fitting = sorted(one for one in self.elements if one.startswith(prefix) and one > after)
        return [{"element": one} for one in fitting[:limit]]


def on(does: Callable[[Replica, Table], Awaitable[Outcome]], defect: str = "") -> Outcome:
    """What comes of it on a replica."""

    async def done() -> Outcome:
        pool, table = FakePool(), Table()
        pool.connection = table
        async with replica(replace(SETTINGS, defect=defect), pool) as one:
            return await does(one, table)

    return asyncio.run(done())


async def write(one: Replica, body: Any) -> int:
    async with one.http.post("/entries", json=body) as response:
        return response.status


async def read(one: Replica, path: str) -> tuple[int, Any]:
    async with one.http.get(path) as response:
        return response.status, await response.json()


def test_an_element_that_was_acknowledged_is_stored_and_can_be_read() -> None:
    async def does(one: Replica, table: Table) -> Any:
        told = await write(one, {"element": "a-1"})
        return (
            told,
            table.elements,
            (await read(one, "/entries/a-1"))[0],
            (await read(one, "/entries/a-2"))[0],
        )

    assert on(does) == (201, ["a-1"], 200, 404)


def test_elements_are_listed_by_prefix_from_behind_one_on() -> None:
    async def does(one: Replica, table: Table) -> Any:
        table.elements = ["b-1", "a-3", "a-1", "a-2"]
        return [
            (await read(one, f"/entries?{query}"))[1]["elements"]
            for query in ("prefix=a-", "prefix=a-&after=a-1", "prefix=a-&limit=2", "prefix=a-&after=a-3")
        ]

    assert on(does) == [["a-1", "a-2", "a-3"], ["a-2", "a-3"], ["a-1", "a-2"], []]


@pytest.mark.parametrize(
    "body", [None, [], {}, {"element": 1}, {"element": ""}, {"element": "x" * 201}, {"element": "\0"}]
)
def test_what_is_no_element_is_refused(body: Any) -> None:
    async def does(one: Replica, table: Table) -> Any:
        return await write(one, body), table.elements

    assert on(does) == (400, [])


@pytest.mark.parametrize(("path", "status"), [("?limit=many", 400), ("?prefix=%00", 400), ("/%00", 404)])
def test_nonsense_is_not_asked_of_the_database(path: str, status: int) -> None:
    async def does(one: Replica, table: Table) -> Any:
        return (await read(one, f"/entries{path}"))[0], len(table.asked)

    assert on(does) == (status, 1), "the look at the database, and no more"


async def cut_off(one: Replica, table: Table) -> tuple[int, list[str]]:
    """A write while the database is away; it is back later."""
    table.fails = TimeoutError()
    told = await write(one, {"element": "a-1"})
    await asyncio.sleep(0.05)
    table.fails = None
    return told, table.elements


def test_a_sound_replica_does_not_acknowledge_what_the_database_has_not_stored() -> None:
    assert on(cut_off) == (503, [])


def test_with_the_defect_it_does_and_the_element_is_lost() -> None:
    assert on(cut_off, "acks-before-commit") == (201, [])


def test_with_the_defect_nothing_is_lost_while_the_database_is_well() -> None:
    async def does(one: Replica, table: Table) -> list[str]:
        assert await write(one, {"element": "a-1"}) == 201
        await asyncio.sleep(0.05)
        return table.elements

    assert on(does, "acks-before-commit") == ["a-1"]
