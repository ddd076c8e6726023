"""Runs that were forced away: somebody took our finalizer off, and nothing holds them, or tells of them, any more.

Their load goes with them, which owns it. Their faults would stay until their deadlines: they are ended here, as far as
this very operator knows of them. (What an operator that was away has missed is left to the deadlines, and a bad
revision to `ForgottenRollouts`.)
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from stresscampaigns.core.actions import Action, Announcement
from stresscampaigns.core.fault_life import left_to_the_kernel
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.run_cleanup import faults_of, leftovers
from stresscampaigns.core.still_to_come import still_to_come
from stresscampaigns.runtime.doing import Doing
from stresscampaigns.runtime.observing import Observer
from stresscampaigns.runtime.parsing import InvalidObject, run_shell, run_view
from stresscampaigns.runtime.ports import Away, Resources
from stresscampaigns.runtime.rights import RightsMissing
from stresscampaigns.runtime.store import Body, Key

AGAIN = 0.5
"""Seconds after which it is looked again."""
_SAID = Announcement("Warning", "RunForcedAway", "its faults are ended")


@dataclass
class ForsakenRuns:
    """By their UIDs: another run may have such a one's name by now."""

    observer: Observer
    doing: Doing
    resources: Resources
    _left: dict[str, tuple[Key, Body]] = field(default_factory=dict)

    def add(self, key: Key, body: Body) -> bool:
        """One that is gone, or cannot be held any more, as it was last seen; may anything of it be left?"""
        run = _view(body)
        left = run.status.phase != "Finished" and bool(run.status.faults)
        if left:
            self._left[run.uid] = (key, body)
        return left

    async def step(self, key: Key) -> float | None:
        """One look at what those of this name have left; in how many seconds the next is due."""
        for uid, (of, body) in list(self._left.items()):
            if of == key and await self._over(body):
                del self._left[uid]
        return AGAIN if any(of == key for of, _ in self._left.values()) else None

    async def _over(self, body: Body) -> bool:
        run = _view(body)
        try:
            seen = await self.observer.leftovers(run)
            # Its load is its own to take along: another run of its name may have one.
            left = faults_of(leftovers(run, seen))
            await self._end(run, body, left)
        except (Away, RightsMissing):
            return False
        return not (left or still_to_come(run.status, seen) or left_to_the_kernel(run.status, seen))

    async def _end(self, run: RunView, body: Body, left: Sequence[Action]) -> None:
        if left:
            await self.resources.announce(body, _SAID)
        done = await asyncio.gather(*(self.doing.do(run, body, one) for one in left), return_exceptions=True)
        for error in done:
            if isinstance(error, BaseException):
                raise error


def _view(body: Body) -> RunView:
    try:
        return run_view(body)
    except InvalidObject:
        return run_shell(body)
