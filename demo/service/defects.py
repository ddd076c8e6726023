"""Defects that a stress campaign must find. DEFECT chooses one; none of the other modules knows of them.

Each takes the place of a sound part, and behaves like it until there has been load.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from service.database import Database, UnitOfWork
from service.pool import DatabaseError, translated
from service.rate_limit import Limiter
from service.settings import Settings, SettingsError
from service.workflows import Busy, Workflows

WORKFLOWS_A_LEAK = 50
WORKFLOWS_A_DESCRIPTOR = 2
LEFT_BEHIND_BYTES = 64 * 1024
RETRIES_A_PLACE = 4
FAILURES_UNTIL_GIVEN_UP = 5


class LeakingPool(Database):
    """One workflow in so many never gives its connection back, as when an error's path forgets it."""

    _workflows = 0

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """One connection and one transaction."""
        self._workflows += 1
        if self._workflows % WORKFLOWS_A_LEAK:
            async with super().unit_of_work() as work:
                yield work
            return
        connection = await self.connections.take()
        with translated():
            async with connection.transaction():
                yield UnitOfWork(connection)


class PoolThatNeverHeals(Database):
    """After a few failures it never asks the database for a workflow again, as with a breaker that nobody closes."""

    _failures = 0

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """One connection and one transaction."""
        if self._failures >= FAILURES_UNTIL_GIVEN_UP:
            raise DatabaseError("given up")
        try:
            async with super().unit_of_work() as work:
                yield work
        except DatabaseError:
            self._failures += 1
            raise


class AcksBeforeCommit(Database):
    """An element is acknowledged first and stored later: what the database refuses then is lost, and nobody hears."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._under_way: set[asyncio.Task[None]] = set()

    async def write(self, element: str) -> None:
        """Store an element, some time."""
        task = asyncio.create_task(self._store(element))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _store(self, element: str) -> None:
        with suppress(DatabaseError):
            await super().write(element)


class LeakingMemory(Workflows):
    """Each workflow leaves something behind, as with a cache that nobody ever empties."""

    def __init__(self, settings: Settings, database: Database, session: aiohttp.ClientSession) -> None:
        super().__init__(settings, database, session)
        self._left_behind: list[bytes] = []

    async def run(self, agent: str, prompt: str) -> dict[str, object]:
        """One workflow from begin to end."""
        # Written, not just reserved: zeroed pages that nobody has touched cost no memory.
        self._left_behind.append(b"x" * LEFT_BEHIND_BYTES)
        return await super().run(agent, prompt)


class LeakingDescriptors(Workflows):
    """One workflow in so many leaves a descriptor open, as with a file or a socket that nobody closes."""

    def __init__(self, settings: Settings, database: Database, session: aiohttp.ClientSession) -> None:
        super().__init__(settings, database, session)
        self._workflows = 0
        self._left_open: list[int] = []

    async def run(self, agent: str, prompt: str) -> dict[str, object]:
        """One workflow from begin to end."""
        self._workflows += 1
        if self._workflows % WORKFLOWS_A_DESCRIPTOR == 0:
            self._left_open.append(os.open(os.devnull, os.O_RDONLY))
        return await super().run(agent, prompt)


class NoLimit(Limiter):
    """Counts whom it ought to refuse, and lets everybody through."""

    def wait(self, now: float) -> float:
        """Always 0."""
        super().wait(now)
        return 0.0


class NoRecovery(Workflows):
    """An overload leaves retries behind that can never succeed, and never end: a metastable state.

    A workflow that found the queue long or got no place in time is tried again inside, at once, without bound. But
    its deadline is still the first one, long over: each try holds a place until its time-out and has failed. As long
    as more than a few retries are about, they take every place; who comes then gets none in time, and becomes one
    more retry. The load that began it may long be gone.
    """

    def __init__(self, settings: Settings, database: Database, session: aiohttp.ClientSession) -> None:
        super().__init__(settings, database, session)
        self._hold_seconds = settings.external_seconds
        # Half as many wait as there are places.
        self._long_queue = settings.max_workflows * 3 // 2
        # No more than these: they keep every place taken as well as more would, and memory is not the defect here.
        self._most_retries = RETRIES_A_PLACE * settings.max_workflows
        self._retries: set[asyncio.Task[None]] = set()
        self._under_way = 0

    async def run(self, agent: str, prompt: str) -> dict[str, object]:
        """One workflow from begin to end."""
        self._under_way += 1
        try:
            if self._under_way + len(self._retries) > self._long_queue:
                self._try_again()
            return await super().run(agent, prompt)
        except Busy:
            self._try_again()
            raise
        finally:
            self._under_way -= 1

    def _try_again(self) -> None:
        if len(self._retries) < self._most_retries:
            self._retries.add(asyncio.create_task(self._retry()))

    async def _retry(self) -> None:
        while True:
            async with self._place(seconds=None):
                await asyncio.sleep(self._hold_seconds)


@dataclass(frozen=True)
class Parts:
    """What a replica is made of."""

    database: type[Database] = Database
    workflows: type[Workflows] = Workflows
    limiter: type[Limiter] = Limiter


DEFECTS = {
    "acks-before-commit": Parts(database=AcksBeforeCommit),
    "leaking-descriptors": Parts(workflows=LeakingDescriptors),
    "leaking-memory": Parts(workflows=LeakingMemory),
    "leaking-pool": Parts(database=LeakingPool),
    "no-limit": Parts(limiter=NoLimit),
    "no-recovery": Parts(workflows=NoRecovery),
    "pool-never-heals": Parts(database=PoolThatNeverHeals),
}


def parts(defect: str) -> Parts:
    """The sound parts, but for the one with the defect; sound without one.

    Raises:
        SettingsError: there is no such defect.
    """
    if not defect:
        return Parts()
    if defect not in DEFECTS:
        raise SettingsError(f"DEFECT: {defect!r} is none of {', '.join(DEFECTS)}")
    return DEFECTS[defect]
