"""Questions that are asked again and again: one at a time, and nobody waits long for an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Told = TypeVar("Told")

PATIENCE = 0.3
"""Seconds that a look waits for an answer. What is slower is there at a later look: whoever wants the run to end
meanwhile must not wait for Prometheus."""


class StandingQuestions(Generic[Told]):
    """Of each run each question is under way once at most."""

    def __init__(self) -> None:
        self._under_way: dict[str, dict[str, asyncio.Future[Told]]] = {}

    async def ask(self, run: str, name: str, question: Callable[[], Awaitable[Told]]) -> Told | None:
        """The answer, to this question or to the last one; None while there is none."""
        mine = self._under_way.setdefault(run, {})
        asked = mine[name] = mine.get(name) or asyncio.ensure_future(question())
        done, _ = await asyncio.wait({asked}, timeout=PATIENCE)
        if not done:
            return None
        mine.pop(name, None)  # another who asked the same may have taken it
        if not mine:
            self._under_way.pop(run, None)
        return asked.result()

    def stands(self, run: str, name: str) -> bool:
        """Is it under way already, so that its answer will be of then?"""
        return name in self._under_way.get(run, {})

    def forget(self, run: str, but: str | None = None) -> None:
        """Nobody asks any more, or only one question."""
        mine = self._under_way.get(run, {})
        for name in mine.keys() - {but}:
            mine.pop(name).cancel()
        if not mine:
            self._under_way.pop(run, None)
