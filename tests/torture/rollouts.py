"""The Deployment that bad revisions are rolled out of: how long they stay, and what of them is left."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from demo.kubectl import CommandFailed, get
from stresscampaigns.api.base import BAD_REVISION_ANNOTATION, ROLLBACK_ANNOTATION
from tests.e2e.campaigns import NAMESPACE
from tests.e2e.node import running
from tests.torture.result import MOST_OVERRUN
from tests.torture.surroundings import PATIENCE, Forgiveness, missing

_OPERATOR = "stresscampaigns"
_OFTEN = 0.2
Body = Mapping[str, Any]


def deployment(name: str) -> Body:
    """As the API server has it."""
    return get("-n", NAMESPACE, "deployment", name) or {}


def is_out(now: Body) -> bool:
    """Does a bad revision's note stand on it?"""
    return ROLLBACK_ANNOTATION in (now.get("metadata", {}).get("annotations") or {})


def left(before: Body, now: Body, pods: list[Body]) -> list[str]:
    """What a bad revision has left behind, in words.

    Args:
        pods: those of the Deployment that nobody has deleted.
    """
    name = before["metadata"]["name"]
    found = [f"Deployment {name} has the annotation {ROLLBACK_ANNOTATION}"] if is_out(now) else []
    if now.get("spec", {}).get("template") != before["spec"]["template"]:
        found.append(f"Deployment {name} has another template than before")
    bad = [one for one in pods if BAD_REVISION_ANNOTATION in (one["metadata"].get("annotations") or {})]
    return found + [f"pod {one['metadata']['name']} is of a bad revision" for one in bad]


class Answerable:
    """By how much a bad revision's end is late: the seconds count in which an operator could have rolled it back, the
    last ones without a break.
    """

    def __init__(self, deadline: float) -> None:
        self._since = deadline

    def late(self, now: float, trouble: str | None = None) -> float:
        """Seconds; none where something keeps every operator from it at this moment."""
        if trouble:
            self._since = now
        return now - self._since


class Rollouts:
    """Of one Deployment, from before a round to its end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._before = deployment(name)

    async def overrun(self, end: float) -> float:
        """Seconds for which the bad revision was seen after its deadline while an operator could have ended it: ready,
        at an API server that answers. Nobody else can, see docs/faults/bad-rollout.md. All of them where none came.
        """
        await asyncio.sleep(max(0.0, end - time.time()))
        answerable, forgiveness = Answerable(end), Forgiveness()
        while await asyncio.to_thread(self._may_be_out):
            if time.time() - end > PATIENCE:
                return time.time() - end
            trouble = await asyncio.to_thread(_nobody_could)
            if trouble:
                await forgiveness.give(trouble)
            if answerable.late(time.time(), trouble) > MOST_OVERRUN:
                break
            await asyncio.sleep(_OFTEN)
        return answerable.late(time.time())

    def _may_be_out(self) -> bool:
        try:
            return is_out(deployment(self._name))
        except CommandFailed:
            return True

    async def left(self) -> list[str]:
        """Once the cluster is whole again."""
        return await asyncio.to_thread(self._left)

    def _left(self) -> list[str]:
        pods = (get("-n", NAMESPACE, "pods", "-l", f"app={self._name}") or {"items": []})["items"]
        kept = [one for one in pods if "deletionTimestamp" not in one["metadata"]]
        return left(self._before, deployment(self._name), kept)


def _nobody_could() -> str | None:
    """Why no operator could roll anything back now, in words."""
    if not running("stresscampaigns.handlers"):
        return missing(_OPERATOR) or "no operator runs"
    return missing(_OPERATOR)
