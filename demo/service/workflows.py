"""One agent's workflow: ask the external API, store, ask again, store the answer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from service import metrics
from service.database import Database
from service.settings import Settings


class ExternalError(Exception):
    """The external API failed or did not answer in time."""


class Busy(Exception):
    """Every place is taken and stayed so."""


class Workflows:
    """Runs workflows, so many at once and no more."""

    def __init__(self, settings: Settings, database: Database, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._database = database
        self._session = session
        self._places = asyncio.Semaphore(settings.max_workflows)
        metrics.SEMAPHORE_LIMIT.set(settings.max_workflows)

    async def run(self, agent: str, prompt: str) -> dict[str, object]:
        """One workflow from begin to end."""
        async with self._place(self._settings.queue_seconds):
            thought = await self._ask(prompt)
            # A connection is held through an external call, as in many a real service: this is why the pool counts.
            async with self._database.unit_of_work() as work:
                number = await work.begin(agent, prompt)
                answer = await self._ask(thought)
                await work.complete(number, answer)
        return {"id": number, "steps": ["think", "store", "answer", "complete"], "answer": answer}

    @asynccontextmanager
    async def _place(self, seconds: float | None) -> AsyncIterator[None]:
        """One of the places, waited for no longer than so many seconds; None: however long it takes."""
        began = time.perf_counter()
        try:
            with metrics.SEMAPHORE_WAITING.track_inprogress():
                await asyncio.wait_for(self._places.acquire(), seconds)
        except TimeoutError as error:
            raise Busy("every place is taken") from error
        finally:
            metrics.SEMAPHORE_WAIT.observe(time.perf_counter() - began)
        metrics.SEMAPHORE_IN_USE.inc()
        try:
            with metrics.IN_PROGRESS.track_inprogress():
                yield
        finally:
            metrics.SEMAPHORE_IN_USE.dec()
            self._places.release()

    async def _ask(self, prompt: str) -> str:
        timeout = aiohttp.ClientTimeout(total=self._settings.external_seconds)
        url = f"{self._settings.external_url}/complete"
        try:
            async with self._session.post(url, json={"prompt": prompt}, timeout=timeout) as response:
                response.raise_for_status()
                answer = str((await response.json())["text"])
        except (aiohttp.ClientError, TimeoutError, ValueError, LookupError, TypeError) as error:
            metrics.EXTERNAL.labels("failure").inc()
            raise ExternalError(type(error).__name__) from error
        metrics.EXTERNAL.labels("success").inc()
        return answer
