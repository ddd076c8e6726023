"""The look at the database that is taken every second."""

import asyncio
from typing import Any

import asyncpg

from service.database import Database
from tests.unit.demo.fake_postgres import FakeConnection, FakePool
from tests.unit.demo.replica import SETTINGS, sample


class EmptyDatabase(FakeConnection):
    """Has no tables until they are made."""

    async def _query(self, sql: str) -> None:
        if "CREATE TABLE" in sql:
            self.fails = None
        elif "pg_advisory" not in sql:
            await super()._query(sql)


def test_tables_are_made_where_they_are_not_there() -> None:
    pool = FakePool()
    pool.connection = EmptyDatabase()
    pool.connection.fails = asyncpg.UndefinedTableError("no workflows")

    async def looked() -> None:
        database = Database(SETTINGS, create_pool=pool.created)
        await database.look()
        await database.look()

    asyncio.run(looked())
    assert (pool.connection.fails, pool.free) == (None, 8)


class OlderDatabase(EmptyDatabase):
    """Has the tables of an older version, and not all that there are now."""

    async def _query(self, sql: str) -> None:
        if self.fails is None or "entries" in sql:
            await super()._query(sql)


def test_a_table_that_is_new_is_made_in_a_database_that_has_the_others() -> None:
    pool = FakePool()
    pool.connection = OlderDatabase()
    pool.connection.fails = asyncpg.UndefinedTableError("no entries")
    asyncio.run(Database(SETTINGS, create_pool=pool.created).look())
    assert pool.connection.fails is None


def test_a_database_that_comes_later_is_found_and_one_that_fails_is_told() -> None:
    pool = FakePool()

    async def kept(seconds: float, **options: Any) -> float:
        task = asyncio.create_task(Database(SETTINGS, **options).keep())
        await asyncio.sleep(seconds)
        task.cancel()
        return sample("db_up")

    async def refused(*_: object, **__: object) -> FakePool:
        raise ConnectionRefusedError

    assert asyncio.run(kept(0.05, create_pool=refused)) == 0
    assert asyncio.run(kept(0.05, create_pool=pool.created)) == 1
    pool.connection.fails = asyncpg.InternalClientError("protocol")
    assert asyncio.run(kept(0.05, create_pool=pool.created)) == 0
