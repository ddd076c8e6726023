"""What the service asks of PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from service import metrics
from service.pool import FAILURES, Connections, DatabaseError, PoolConnection
from service.settings import Settings

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  element text COLLATE "C" PRIMARY KEY,
  written_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS workflows (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agent text NOT NULL,
  prompt text NOT NULL,
  answer text,
  started_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz
)
"""
LOOK_SECONDS = 1.0
_LOCK = 7_041_776


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

    def __init__(
        self, settings: Settings, create_pool: Callable[..., Awaitable[asyncpg.Pool]] = asyncpg.create_pool
    ) -> None:
        self._settings = settings
        self._create_pool = create_pool
        self._connections: Connections | None = None
        metrics.POOL_SIZE.set(settings.pool_size)

    @property
    def connections(self) -> Connections:
        """The open pool.

        Raises:
            DatabaseError: it is not open yet.
        """
        if self._connections is None:
            raise DatabaseError("not connected")
        return self._connections

    async def keep(self) -> None:
        """Open the pool as soon as the database is there, and look at it every second from then on."""
        while True:
            try:
                await self.look()
                metrics.DATABASE_UP.set(1)
            except (DatabaseError, *FAILURES):
                metrics.DATABASE_UP.set(0)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """See that a query is answered; the pool is opened and the tables are made where they are not there."""
        if self._connections is None:
            self._connections = await self._open()
        try:
            async with self.connections.lent() as connection:
                await connection.fetchval("SELECT 1 FROM workflows, entries LIMIT 1")
        except asyncpg.UndefinedTableError:
            # A database made anew is empty.
            await _create_schema(self.connections)

    async def _open(self) -> Connections:
        pool = await self._create_pool(
            self._settings.database_url,
            min_size=1,
            max_size=self._settings.pool_size,
            timeout=self._settings.query_seconds,
            command_timeout=self._settings.query_seconds,
            max_inactive_connection_lifetime=60,
        )
        return Connections(pool, self._settings.pool_wait_seconds)

    async def close(self) -> None:
        """Close the pool."""
        if self._connections is not None:
            self._connections.terminate()

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """One connection and one transaction for the whole of a workflow's second half."""
        async with self.connections.lent() as connection, connection.transaction():
            yield UnitOfWork(connection)

    async def read(self, number: int) -> dict[str, object] | None:
        """A workflow by its number."""
        sql = "SELECT id, agent, answer, completed_at IS NOT NULL AS completed FROM workflows WHERE id = $1"
        async with self.connections.lent() as connection:
            row = await connection.fetchrow(sql, number)
        return dict(row) if row else None

    async def write(self, element: str) -> None:
        """Store an element; it is there once this returns. One that is there already stays."""
        async with self.connections.lent() as connection:
            await connection.execute(
                "INSERT INTO entries (element) VALUES ($1) ON CONFLICT DO NOTHING", element
            )

    async def holds(self, element: str) -> bool:
        """Is the element stored?"""
        async with self.connections.lent() as connection:
            found = await connection.fetchval("SELECT true FROM entries WHERE element = $1", element)
        return bool(found)

    async def elements(self, prefix: str, after: str, limit: int) -> list[str]:
        """Elements that begin with a prefix, in the order of their characters, from behind the given one on."""
        sql = (
            "SELECT element FROM entries WHERE element > $2 AND element >= $1 AND starts_with(element, $1) "
            "ORDER BY element LIMIT $3"
        )
        async with self.connections.lent() as connection:
            rows = await connection.fetch(sql, prefix, after, limit)
        return [str(row["element"]) for row in rows]

    async def sleep(self, seconds: float) -> float:
        """Keep a connection busy; the seconds that the query took."""
        # The deadline is for the database, not for the sleep that was asked of it.
        timeout = seconds + self._settings.query_seconds
        async with self.connections.lent() as connection:
            began = time.perf_counter()
            await connection.execute("SELECT pg_sleep($1)", seconds, timeout=timeout)
            return time.perf_counter() - began


async def _create_schema(connections: Connections) -> None:
    """Once, though every replica tries."""
    async with connections.lent() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(_SCHEMA)
