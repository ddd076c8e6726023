"""May we work where a run is? Its owner may take the rights away at any time, with the consent or without."""

import asyncio
from dataclasses import dataclass, field

from stresscampaigns.core.observation import Probe
from stresscampaigns.core.progress import RunView
from stresscampaigns.runtime.ports import Clock, Staging

PATIENCE = 5.0
"""Seconds for which rights may be missing: an API server that has just begun refuses what it allows in a moment."""


class RightsMissing(Exception):
    """The API server refuses to show what a run is made of; whether for good is not known yet."""


@dataclass
class Rights:
    """Ours, in all namespaces in which a run looks at anything."""

    staging: Staging
    clock: Clock
    _missing_since: dict[str, float] = field(default_factory=dict)
    """By run's UID, epoch seconds; of a run that ended without them it stays."""
    _without: dict[str, frozenset[str]] = field(default_factory=dict)
    """Likewise: in which namespaces they were missing at the last look."""

    async def now(self, run: RunView) -> Probe:
        """As the API server says."""
        places = sorted({*run.seen_namespaces, run.namespace})
        found = await asyncio.gather(*map(self.staging.permitted, places))
        missing = next((one for one in found if not one.ok), None)
        if missing is None:
            self._missing_since.pop(run.uid, None)
            self._without.pop(run.uid, None)
            return Probe(True)
        self._without[run.uid] = frozenset(
            place for place, one in zip(places, found, strict=True) if not one.ok
        )
        self._missing_since.setdefault(run.uid, self.clock.now())
        return missing

    def without(self, run: RunView) -> frozenset[str]:
        """The namespaces in which we had none at the last look: there, nothing can be seen."""
        return self._without.get(run.uid, frozenset())

    async def still(self, run: RunView) -> Probe:
        """The same of a run that is under way, which had them.

        Raises:
            RightsMissing: not for long. Without them a load that goes on would look like one that is gone.
        """
        found = await self.now(run)
        if not found.ok and self.clock.now() - self._missing_since[run.uid] < PATIENCE:
            raise RightsMissing(found.message)
        return found
