"""What a load says. Its coordinator's node may not answer: whoever wants the run to end must not wait for that."""

from dataclasses import dataclass, field, replace
from functools import partial

from stresscampaigns.core.observation import LoadView
from stresscampaigns.core.progress import RunView
from stresscampaigns.runtime.ports import Away, Clock, Staging
from stresscampaigns.runtime.standing import StandingQuestions

STALE = 5.0
"""Seconds for which a load that is on goes by what it said last: a slow answer puts no fault off."""


@dataclass
class LoadWords:
    """Asked for at every look; who takes long is asked once, and heard at a later one."""

    staging: Staging
    clock: Clock
    _standing: StandingQuestions[LoadView] = field(default_factory=StandingQuestions)
    _heard: dict[str, tuple[float, LoadView]] = field(default_factory=dict)
    """By run's UID: when a load that is on was heard last, epoch seconds, and what it said."""
    _unheard_since: dict[str, float] = field(default_factory=dict)
    """By run's UID, epoch seconds."""

    async def now(self, run: RunView) -> LoadView:
        """Of a load that is on; with its results, once they are there; `unheard`, where its node has long been silent.

        Raises:
            Away: nobody has answered for some time.
        """
        found = await self._ask(run)
        if found is not None and found.unheard is None:
            self._heard[run.uid] = (self.clock.now(), found)
            return found
        at, known = self._heard.get(run.uid, (-STALE, LoadView()))
        if self.clock.now() - at <= STALE:
            return replace(known, late=True)
        if found is None:
            raise Away(f"what the load of run {run.name} says is not heard: the coordinator's node is slow")
        return found

    async def last(self, run: RunView) -> LoadView:
        """Of a run that ends, until it is heard; where nobody answers, since when alone."""
        try:
            found = await self._ask(run)
        except Away:
            found = None
        if found is None or found.unheard is not None:
            since = self._unheard_since.setdefault(run.uid, self.clock.now())
            return LoadView(unheard=self.clock.now() - since)
        self._unheard_since.pop(run.uid, None)
        return found

    async def _ask(self, run: RunView) -> LoadView | None:
        asked = partial(self.staging.load, run.namespace, run.name, with_result=True)
        late = self._standing.stands(run.uid, "load")
        found = await self._standing.ask(run.uid, "load", asked)
        return found and replace(found, late=late)

    def over(self, run: RunView) -> None:
        """The run is: nothing goes by what was heard before."""
        self._heard.pop(run.uid, None)

    def forget(self, run: RunView) -> None:
        """Nobody asks any more."""
        self._standing.forget(run.uid)
        self._unheard_since.pop(run.uid, None)
