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


@dataclass(frozen=True)
class _Missing:
    """What a run has not got any more."""

    since: float
    """Epoch seconds."""
    places: frozenset[str]
    """In which namespaces, at the last look."""


@dataclass
class Rights:
    """Ours, in all namespaces in which a run looks at anything."""

    staging: Staging
    clock: Clock
    _missing: dict[str, _Missing] = field(default_factory=dict)
    """By run's UID; of a run that ended without them it stays."""

    async def now(self, run: RunView) -> Probe:
        """As the API server says."""
        places = sorted({*run.seen_namespaces, run.namespace})
        found = await asyncio.gather(*map(self.staging.permitted, places))
        missing = next((one for one in found if not one.ok), None)
        if missing is None:
            self._missing.pop(run.uid, None)
            return Probe(True)
        before = self._missing.get(run.uid)
        self._missing[run.uid] = _Missing(
            since=before.since if before else self.clock.now(),
            places=frozenset(place for place, one in zip(places, found, strict=True) if not one.ok),
        )
        return missing

    def without(self, run: RunView) -> frozenset[str]:
        """The namespaces in which we had none at the last look: there, nothing can be seen."""
        missing = self._missing.get(run.uid)
        return missing.places if missing else frozenset()

    async def still(self, run: RunView) -> Probe:
        """The same of a run that is under way, which had them.

        Raises:
            RightsMissing: not for long. Without them a load that goes on would look like one that is gone.
        """
        found = await self.now(run)
        if not found.ok and self.clock.now() - self._missing[run.uid].since < PATIENCE:
            raise RightsMissing(found.message)
        return found
