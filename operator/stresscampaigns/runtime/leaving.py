"""Before the operator is taken away for good: what is under way is aborted, and waited for until nothing of it is left.

Faults end by themselves; but a bad revision that is out, nobody else rolls back. And a run that our finalizer holds
can be deleted by nobody once we have gone, nor can its namespace.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from stresscampaigns.api.base import ABORT_ANNOTATION, FINALIZER
from stresscampaigns.runtime.ports import Away, Clock
from stresscampaigns.runtime.store import Body, Key, Kind

REASON = "the operator is being uninstalled"
PATIENCE = 240.0
"""Seconds; Helm itself waits for 300."""
_LOOK_EVERY = 1.0


class Runs(Protocol):
    """The runs at the API server."""

    async def list_all(self, kind: Kind) -> Sequence[Body]:
        """Every one, in all namespaces."""

    async def annotate(self, key: Key, name: str, value: str) -> None:
        """Write an annotation; one that is gone needs none."""


async def leave(runs: Runs, clock: Clock, say: Callable[[str], None]) -> str:
    """Abort every run that is under way and wait until all are over.

    A campaign's schedule may start another one meanwhile: it is aborted, too.

    Returns:
        What was still left when the patience ended; empty: nothing.
    """
    began, told = clock.steady(), ""
    while left := await _left(runs, say):
        if left != told:
            say(f"waiting for {left}")
        told = left
        if clock.steady() - began > PATIENCE:
            return left
        await asyncio.sleep(_LOOK_EVERY)
    return ""


async def _left(runs: Runs, say: Callable[[str], None]) -> str:
    try:
        left = [body for body in await runs.list_all("StressRun") if _holds(body)]
        for body in left:
            await _abort(runs, body, say)
    except Away as error:
        return f"the API server: {error}"
    return ", ".join(map(_words, left))


def _holds(body: Body) -> bool:
    """Is something of it still there, or to come?"""
    return _phase(body) != "Finished" or FINALIZER in (body["metadata"].get("finalizers") or [])


async def _abort(runs: Runs, body: Body, say: Callable[[str], None]) -> None:
    metadata = body["metadata"]
    if _phase(body) != "Finished" and ABORT_ANNOTATION not in (metadata.get("annotations") or {}):
        key = Key("StressRun", metadata["namespace"], metadata["name"])
        await runs.annotate(key, ABORT_ANNOTATION, REASON)
        say(f"{key} is aborted")


def _words(body: Body) -> str:
    metadata = body["metadata"]
    return f"{metadata['namespace']}/{metadata['name']} ({_phase(body)})"


def _phase(body: Body) -> str:
    return str((body.get("status") or {}).get("phase") or "Pending")
