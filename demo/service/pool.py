"""A connection pool that gets rid of connections that hang.

When packets are dropped, nothing refuses: a call must give up by itself, and its connection must be cut off, not
given back. So every call has a deadline, and the pool ends what missed it.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import asyncpg.pool

from service import metrics

PoolConnection = asyncpg.pool.PoolConnectionProxy
RESET_SECONDS = 1.0
FAILURES = (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Whatever a call to a database may raise that is away, hangs, or comes back."""


class DatabaseError(Exception):
    """The database is away, hangs, or its pool is exhausted; `kind` says which."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Connections:
    """Lends a pool's connections; whatever goes wrong with one is a `DatabaseError`."""

    def __init__(self, pool: asyncpg.Pool, wait_seconds: float) -> None:
        self._pool = pool
        self._wait_seconds = wait_seconds
        # The pool's own account, asked when Prometheus asks. Counted by who takes and who gives back it was more than
        # there are: whoever waits has the connection before the one who gave it back is told that it is back.
        metrics.POOL_IN_USE.set_function(self.in_use)

    def in_use(self) -> int:
        """Connections that are lent, or being made ready for the next one."""
        in_use: int = self._pool.get_size() - self._pool.get_idle_size()
        return in_use

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[PoolConnection]:
        """A connection for a while. One that failed is cut off, not used again."""
        connection = await self.take()
        healthy = False
        try:
            with translated():
                yield connection
            healthy = True
        except asyncpg.UndefinedTableError:
            healthy = True
            raise
        finally:
            await self.give_back(connection, healthy)

    async def take(self) -> PoolConnection:
        """A connection; whoever takes one gives it back."""
        began = time.perf_counter()
        try:
            with metrics.POOL_WAITING.track_inprogress():
                connection = await self._pool.acquire(timeout=self._wait_seconds)
        except FAILURES as error:
            metrics.DATABASE_ERRORS.labels("no connection").inc()
            raise DatabaseError("no connection from the pool in time") from error
        finally:
            metrics.POOL_WAIT.observe(time.perf_counter() - began)
        return connection

    async def give_back(self, connection: PoolConnection, healthy: bool) -> None:
        """Never fails: what was done with the connection is done, and its outcome stands."""
        try:
            if not healthy:
                connection.terminate()
            await self._pool.release(connection, timeout=RESET_SECONDS)
        except FAILURES as error:
            # Two ways to come here, and the pool is rid of the connection in both. asyncpg has cut it off and taken
            # it back by itself, when a rollback hung, and then refuses to terminate it again. Or the reset hangs.
            metrics.DATABASE_ERRORS.labels(f"give back: {type(error).__name__}").inc()

    def terminate(self) -> None:
        """Cut every connection off."""
        self._pool.terminate()


@contextmanager
def translated() -> Iterator[None]:
    """The database's failures as `DatabaseError`; a table that is not there is no failure of the connection."""
    try:
        yield
    except asyncpg.UndefinedTableError:
        raise
    except FAILURES as error:
        metrics.DATABASE_ERRORS.labels(type(error).__name__).inc()
        raise DatabaseError(f"call failed: {type(error).__name__}") from error
