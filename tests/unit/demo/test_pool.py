"""Connections that fail, hang, or cannot be given back: always a `DatabaseError`, and never one that is lost."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from service.database import Database
from service.pool import Connections, DatabaseError
from tests.unit.demo.fake_postgres import FakeConnection, FakePool
from tests.unit.demo.replica import SETTINGS, sample


def unit_of_work(pool: FakePool) -> None:
    """Store a workflow, as the service does."""

    async def stored() -> None:
        database = Database(SETTINGS, create_pool=pool.created)
        database._connections = Connections(pool, 1.0)
        async with database.unit_of_work() as work:
            await work.complete(await work.begin("a1", "why"), "because")

    asyncio.run(stored())


def test_a_workflow_is_stored_in_one_transaction() -> None:
    pool = FakePool()
    unit_of_work(pool)
    assert [sql.split()[0] for sql in pool.connection.asked] == ["BEGIN", "INSERT", "UPDATE", "COMMIT"]
    assert (pool.free, pool.released, pool.connection.terminated) == (8, 1, False)


def test_a_rollback_that_hangs_too_is_a_database_error() -> None:
    """asyncpg takes the connection back by itself then, and refuses to terminate it: once an HTTP 500."""
    pool = FakePool()
    pool.connection.fails, pool.connection.hung = TimeoutError(), True
    with pytest.raises(DatabaseError, match="call failed: TimeoutError"):
        unit_of_work(pool)


@pytest.mark.parametrize("failure", [TimeoutError(), OSError(), asyncpg.InterfaceError("reset")])
def test_what_is_stored_stays_a_success_when_the_connection_cannot_be_reset(failure: Exception) -> None:
    """The other HTTP 500: the commit had come back, packets were dropped from then on."""
    pool = FakePool()
    pool.reset_fails = failure
    before = sample("db_errors_total", kind=f"give back: {type(failure).__name__}")
    unit_of_work(pool)
    assert sample("db_errors_total", kind=f"give back: {type(failure).__name__}") == before + 1


@pytest.mark.parametrize(
    "failure",
    [
        TimeoutError(),
        ConnectionResetError(),
        asyncpg.ConnectionDoesNotExistError("closed in the middle of operation"),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("got result for unknown protocol state 3"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_every_failure_of_a_call_is_a_database_error_and_its_connection_is_cut_off(
    failure: Exception,
) -> None:
    pool = FakePool()
    pool.connection.fails = failure
    with pytest.raises(DatabaseError, match=type(failure).__name__):
        unit_of_work(pool)
    assert (pool.free, pool.connection.terminated) == (8, True)


def test_a_table_that_is_not_there_is_no_fault_of_the_connection() -> None:
    pool = FakePool()
    pool.connection.fails = asyncpg.UndefinedTableError("no workflows")
    with pytest.raises(asyncpg.UndefinedTableError):
        unit_of_work(pool)
    assert not pool.connection.terminated


def test_an_exhausted_pool_is_a_database_error() -> None:
    with pytest.raises(DatabaseError, match="no connection from the pool in time"):
        unit_of_work(FakePool(size=0))


def test_before_the_pool_is_open_nothing_is_lent() -> None:
    with pytest.raises(DatabaseError, match="not connected"):
        _ = Database(SETTINGS).connections


def healthy(_: FakePool) -> None:
    """Nothing goes wrong."""


def hung(pool: FakePool) -> None:
    """Calls and rollbacks hang."""
    pool.connection.fails, pool.connection.hung = TimeoutError(), True


def exhausted(pool: FakePool) -> None:
    """No connection is to be had."""
    pool.free = 0


def no_reset(pool: FakePool) -> None:
    """Connections cannot be given back."""
    pool.reset_fails = TimeoutError()


@pytest.mark.parametrize("goes_wrong", [healthy, hung, exhausted, no_reset])
def test_the_gauge_of_taken_connections_comes_back_whatever_happens(
    goes_wrong: Callable[[FakePool], None],
) -> None:
    pool = FakePool()
    goes_wrong(pool)
    before = pool.size - pool.free
    try:
        unit_of_work(pool)
    except DatabaseError:
        assert goes_wrong in (hung, exhausted)
    assert sample("db_pool_in_use") == before


class OneByOne(FakePool):
    """One connection, which as in asyncpg the next one has before its release returns."""

    def __init__(self) -> None:
        super().__init__(size=1)
        self._turn = asyncio.Semaphore()

    async def acquire(self, timeout: float) -> FakeConnection:
        await self._turn.acquire()
        return await super().acquire(timeout)

    async def release(self, connection: FakeConnection, timeout: float) -> None:
        await super().release(connection, timeout)
        self._turn.release()
        await asyncio.sleep(0.01)


def test_a_connection_that_goes_from_hand_to_hand_counts_once() -> None:
    """It was seen at 9 of 8, so that a pool was 112% full."""
    seen: list[float | None] = []

    async def one_after_the_other() -> None:
        connections = Connections(OneByOne(), 1.0)

        async def user() -> None:
            async with connections.lent():
                await asyncio.sleep(0)
                seen.append(sample("db_pool_in_use"))

        await asyncio.gather(*(user() for _ in range(5)))

    asyncio.run(one_after_the_other())
    assert seen == [1] * 5


def test_who_waits_for_a_connection_is_counted_while_waiting_and_not_longer() -> None:
    pool = FakePool()
    before, seen = sample("db_pool_waiting"), []

    async def acquire(timeout: float) -> FakeConnection:
        seen.append(sample("db_pool_waiting"))
        raise TimeoutError

    pool.acquire = acquire  # type: ignore[method-assign]
    with pytest.raises(DatabaseError):
        unit_of_work(pool)
    assert (seen, sample("db_pool_waiting")) == ([before + 1], before)


def test_who_is_cancelled_in_the_middle_gives_the_connection_back_cut_off() -> None:
    pool = FakePool()

    async def cancelled() -> None:
        async def waits() -> None:
            async with Connections(pool, 1.0).lent():
                await asyncio.Event().wait()

        task = asyncio.create_task(waits())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(cancelled())
    assert (pool.free, pool.connection.terminated) == (8, True)
