"""PostgreSQL behind a pool that gets rid of connections that hang.

When packets are dropped, nothing refuses: a call must give up by itself, and its connection must be cut off, not
given back. So every call has a deadline, and the pool ends what missed it.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import asyncpg.pool

from service import metrics
from service.settings import Settings

_SCHEMA = """
CREATE TABLE IF NOT EXISTS workflows (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agent text NOT NULL,
  prompt text NOT NULL,
  answer text,
  started_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz
)
"""
PoolConnection = asyncpg.pool.PoolConnectionProxy
LOOK_SECONDS = 1.0
_LOCK = 7_041_776


class DatabaseError(Exception):
    """The database is away, hangs, or its pool is exhausted; `kind` says which."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class UnitOfWork:
    """What is written inside one transaction."""

    def __init__(self, connection: PoolConnection) -> None:
        self._connection = connection

    async def begin(self, agent: str, prompt: str) -> int:
        """Store a workflow that begins; its number."""
        sql = "INSERT INTO workflows (agent, prompt) VALUES ($1, $2) RETURNING id"
        return int(await self._connection.fetchval(sql, agent, prompt))

    async def complete(self, number: int, answer: str) -> None:
        """Store a workflow's end."""
        sql = "UPDATE workflows SET answer = $2, completed_at = now() WHERE id = $1"
        await self._connection.execute(sql, number, answer)


class Database:
    """Workflows in PostgreSQL."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: asyncpg.Pool | None = None
        metrics.POOL_SIZE.set(settings.pool_size)

    async def keep(self) -> None:
        """Open the pool as soon as the database is there, and look at it every second from then on."""
        while True:
            try:
                await self._look()
                metrics.DATABASE_UP.set(1)
            except (DatabaseError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                metrics.DATABASE_UP.set(0)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        if self._pool is None:
            pool = await asyncpg.create_pool(
                self._settings.database_url,
                min_size=1,
                max_size=self._settings.pool_size,
                timeout=self._settings.query_seconds,
                command_timeout=self._settings.query_seconds,
                max_inactive_connection_lifetime=60,
            )
            await _create_schema(pool)
            self._pool = pool
        try:
            async with self._connection() as connection:
                await connection.fetchval("SELECT 1 FROM workflows LIMIT 1")
        except asyncpg.UndefinedTableError:
            # A database made anew is empty.
            await _create_schema(self._pool)

    async def close(self) -> None:
        """Close the pool."""
        if self._pool is not None:
            self._pool.terminate()

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator["UnitOfWork"]:
        """One connection and one transaction for the whole of a workflow's second half."""
        async with self._connection() as connection, connection.transaction():
            yield UnitOfWork(connection)

    async def read(self, number: int) -> dict[str, object] | None:
        """A workflow by its number."""
        sql = "SELECT id, agent, answer, completed_at IS NOT NULL AS completed FROM workflows WHERE id = $1"
        async with self._connection() as connection:
            row = await connection.fetchrow(sql, number)
        return dict(row) if row else None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[PoolConnection]:
        if self._pool is None:
            raise DatabaseError("not connected")
        connection = await self._acquire(self._pool)
        metrics.POOL_IN_USE.inc()
        healthy = False
        try:
            yield connection
            healthy = True
        except asyncpg.UndefinedTableError:
            healthy = True
            raise
        except (TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            metrics.DATABASE_ERRORS.labels(type(error).__name__).inc()
            raise DatabaseError(f"call failed: {type(error).__name__}") from error
        finally:
            metrics.POOL_IN_USE.dec()
            if not healthy:
                connection.terminate()
            await self._pool.release(connection, timeout=1)

    async def _acquire(self, pool: asyncpg.Pool) -> PoolConnection:
        began = time.perf_counter()
        try:
            return await pool.acquire(timeout=self._settings.pool_wait_seconds)
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            metrics.DATABASE_ERRORS.labels("no connection").inc()
            raise DatabaseError("no connection from the pool in time") from error
        finally:
            metrics.POOL_WAIT.observe(time.perf_counter() - began)


async def _create_schema(pool: asyncpg.Pool) -> None:
    """Once, though every replica tries."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(_SCHEMA)
