"""An asyncpg pool and its connections by hand: they answer, or fail, as a test says."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any

import asyncpg


class FakeConnection:
    """Answers queries; `fails` is raised by every query instead, `hung` makes its rollback hang as well."""

    def __init__(self) -> None:
        self.fails: Exception | None = None
        self.hung = False
        self.asked: list[str] = []
        self.terminated = False
        self.taken_back = False
        self.given_back: Callable[[], None] = lambda: None

    async def fetchval(self, sql: str, *_: object) -> object:
        await self._query(sql)
        return 7

    async def fetchrow(self, sql: str, *_: object) -> dict[str, object] | None:
        await self._query(sql)
        return None

    async def execute(self, sql: str, *_: object, timeout: float | None = None) -> None:
        await self._query(sql)

    async def _query(self, sql: str) -> None:
        self.asked.append(sql)
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails

    def transaction(self) -> "FakeTransaction":
        return FakeTransaction(self)

    def terminate(self) -> None:
        if self.taken_back:
            raise asyncpg.InterfaceError(
                "cannot call Connection.terminate(): connection has been released back to the pool"
            )
        self.terminated = True


class FakeTransaction:
    """A rollback that hangs ends as asyncpg ends it: the connection is cut off and back in its pool."""

    def __init__(self, connection: FakeConnection) -> None:
        self._connection = connection

    async def __aenter__(self) -> None:
        self._connection.asked.append("BEGIN")

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is not None and self._connection.hung:
            self._connection.terminated = self._connection.taken_back = True
            self._connection.given_back()
            raise TimeoutError
        self._connection.asked.append("ROLLBACK" if kind else "COMMIT")


class FakePool:
    """Lends `size` connections, all of them the same one."""

    def __init__(self, size: int = 8) -> None:
        self.connection = FakeConnection()
        self.connection.given_back = self._give_back
        self.reset_fails: Exception | None = None
        self.size = self.free = size
        self.released = 0

    def get_size(self) -> int:
        return self.size

    def get_idle_size(self) -> int:
        return self.free

    def _give_back(self) -> None:
        self.free += 1

    async def acquire(self, timeout: float) -> FakeConnection:
        if not self.free:
            raise TimeoutError
        self.free -= 1
        return self.connection

    async def release(self, _: FakeConnection, timeout: float) -> None:
        self._give_back()
        self.released += 1
        if self.reset_fails is not None:
            raise self.reset_fails

    def terminate(self) -> None:
        self.free = 0

    async def created(self, *_: object, **__: Any) -> "FakePool":
        """In the place of `asyncpg.create_pool`."""
        return self
