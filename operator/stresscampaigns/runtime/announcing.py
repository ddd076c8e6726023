"""What is said of a run, as events. It stands in the run's status already: who takes no event delays nothing."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from stresscampaigns.core.actions import Announcement
from stresscampaigns.runtime.ports import Resources
from stresscampaigns.runtime.standing import PATIENCE
from stresscampaigns.runtime.store import Body

log = logging.getLogger(__name__)


@dataclass
class Announcing:
    """All at once; nobody waits long."""

    resources: Resources
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def say(self, body: Body, said: Sequence[Announcement]) -> None:
        """Write them down; what cannot be written goes into the operator's own log."""
        fresh = [asyncio.create_task(self.resources.announce(body, one)) for one in said]
        self._under_way.update(fresh)
        if fresh:
            await asyncio.wait(fresh, timeout=PATIENCE)
        self._take_up()

    async def stop(self) -> None:
        """Nothing is said any more."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _take_up(self) -> None:
        over = {task for task in self._under_way if task.done()}
        self._under_way -= over
        for error in (task.exception() for task in over if not task.cancelled()):
            if isinstance(error, Exception):
                log.warning("an event could not be written: %s", error)
            elif error is not None:
                raise error
