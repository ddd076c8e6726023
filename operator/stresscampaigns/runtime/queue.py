"""One queue for everything that is due: a key is worked on by one task at a time, never lost."""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from stresscampaigns.runtime.ports import Clock

Key = TypeVar("Key")
log = logging.getLogger(__name__)

FIRST_RETRY = 1.0
LONGEST_RETRY = 30.0


@dataclass(order=True)
class _Due(Generic[Key]):
    at: float
    order: int
    key: Key = field(compare=False)


class WorkQueue(Generic[Key]):
    """Keys with the time at which they are due; a key asked for while it is worked on comes again afterwards.

    `work` gets a key and says in how many seconds it is due again (None: not until poked). When it raises,
    the key is tried again, later and later.
    """

    def __init__(
        self, work: Callable[[Key], Awaitable[float | None]], clock: Clock, parallel: int = 32
    ) -> None:
        self._work = work
        self._clock = clock
        self._slots = asyncio.Semaphore(parallel)
        self._heap: list[_Due[Key]] = []
        self._due: dict[Key, float] = {}
        self._busy: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._order = 0

    def poke(self, key: Key, after: float = 0.0) -> None:
        """Make the key due in so many seconds, unless it is due before that already."""
        at = self._clock.steady() + after
        if at >= self._due.get(key, float("inf")):
            # Overdue it is where the machine slept: the pause until then goes on by a clock that stood still.
            self._wake.set()
            return
        self._due[key] = at
        self._order += 1
        heapq.heappush(self._heap, _Due(at, self._order, key))
        self._wake.set()

    def forget(self, key: Key) -> None:
        """The object is gone: nothing more is due."""
        self._due.pop(key, None)
        self._failures.pop(key, None)

    async def run(self) -> None:
        """Work until cancelled; then the tasks under way are cancelled too."""
        try:
            while True:
                await self._wait()
                self._start_due()
        finally:
            for task in self._tasks:
                task.cancel()
            # Waited for: who stops us gives the Lease away next, and nothing of ours may be under way then.
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait(self) -> None:
        self._wake.clear()
        pause = max(0.0, self._heap[0].at - self._clock.steady()) if self._heap else None
        if pause == 0.0:
            return
        try:
            await asyncio.wait_for(self._wake.wait(), pause)
        except TimeoutError:
            return

    def _start_due(self) -> None:
        now = self._clock.steady()
        while self._heap and self._heap[0].at <= now:
            entry = heapq.heappop(self._heap)
            if self._due.get(entry.key) == entry.at and entry.key not in self._busy:
                del self._due[entry.key]
                self._start(entry.key)

    def _start(self, key: Key) -> None:
        self._busy.add(key)
        task = asyncio.create_task(self._one(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _one(self, key: Key) -> None:
        try:
            async with self._slots:
                again = await self._guarded(key)
        finally:  # also when cancelled: a key that stayed busy would never be worked on again
            self._busy.discard(key)
            asked = self._due.pop(key, None)
            if asked is not None:
                self.poke(key, max(0.0, asked - self._clock.steady()))
        if again is not None:
            self.poke(key, again)

    async def _guarded(self, key: Key) -> float | None:
        try:
            again = await self._work(key)
        except Exception:  # one broken object must not stop the others: logged, and tried again
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            pause = min(LONGEST_RETRY, FIRST_RETRY * 2.0 ** min(failures - 1, 10))
            log.exception("%s failed; tried again in %.0f s", key, pause)
            return pause
        self._failures.pop(key, None)
        return again
