"""A round through the operator: a campaign with a small load, so that operator and coordinator can be killed, too."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

from demo.kubectl import CommandFailed, get
from tests.e2e.campaigns import NAMESPACE, campaign, delete, leftovers, start, status_of
from tests.e2e.waiting import Found, eventually
from tests.torture.choice import Round

_PATIENCE = 120.0
_START_TIMEOUT = "110s"


def asked_for(plan: Round) -> dict[str, Any]:
    """The campaign of a round."""
    seconds = math.ceil(max(fault.end_seconds for fault in plan.faults)) + 1
    load = {
        "workers": 1,
        "stages": [{"name": "only", "users": 2, "duration": f"{seconds}s"}],
        "scenarios": [{"name": "agent-workflow"}],
    }
    faults = [fault.to_wire() for fault in plan.faults]
    # The round before may have killed the API server: whoever makes pods of Jobs has to come back first, too.
    return campaign(_name(plan), load=load, faults=faults, startTimeout=_START_TIMEOUT)


def _name(plan: Round) -> str:
    return f"torture-{plan.number}"


class Campaigned:
    """One round's campaign and its run."""

    def __init__(self, plan: Round) -> None:
        self._plan = plan
        self._campaign = _name(plan)
        self._run = ""

    async def begin(self) -> tuple[str, float]:
        """The run's UID, and when its faults are to begin; by then its load is on."""
        self._run = await asyncio.to_thread(start, asked_for(self._plan))
        return await _found(self._times, "its faults have times")

    def _times(self) -> tuple[str, float] | None:
        faults = status_of(self._run).get("faults") or []
        if not any(one.get("startsAt") for one in faults):
            return None
        uid = (get("-n", NAMESPACE, "stressrun", self._run) or {})["metadata"]["uid"]
        return uid, min(one["startsAt"] for one in faults if one.get("startsAt"))

    async def rolled_out(self) -> tuple[str, ...]:
        """What each bad revision came to: of sidecars their own reports tell."""
        if not any(fault.rolls_out for fault in self._plan.faults):
            return ()
        return await _found(self._revisions, "its bad revisions have come to something")

    def _revisions(self) -> tuple[str, ...] | None:
        rolled = {fault.name for fault in self._plan.faults if fault.rolls_out}
        found = [one for one in status_of(self._run).get("faults") or [] if one["name"] in rolled]
        pods = [pod for one in found for pod in one.get("pods") or []]
        if not pods or not all(pod.get("outcome") for pod in pods):
            return None
        return tuple(
            pod["outcome"] if pod.get("injectedAt") else f"{pod['outcome']}, never in force" for pod in pods
        )

    async def gone(self) -> list[str]:
        """Take it away; what of its load is still there then."""
        await asyncio.to_thread(delete, self._campaign)
        await _found(self._away, "its run is gone")
        return await asyncio.to_thread(leftovers, self._run)

    def _away(self) -> bool:
        return get("-n", NAMESPACE, "stressrun", self._run) is None


async def _found(look: Callable[[], Found | None], what: str) -> Found:
    """What `look` finds, in time; an API server that does not answer is asked again."""

    def answered() -> Found | None:
        try:
            return look()
        except CommandFailed:
            return None

    return await asyncio.to_thread(eventually, answered, _PATIENCE, what)
