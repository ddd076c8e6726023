"""What a load says. Its coordinator's node may not answer: whoever wants the run to end must not wait for that."""

from dataclasses import dataclass, field
from functools import partial

from stresscampaigns.core.observation import LoadView
from stresscampaigns.core.progress import RunView
from stresscampaigns.runtime.ports import Away, Clock, Staging
from stresscampaigns.runtime.standing import StandingQuestions


@dataclass
class LoadWords:
    """Asked for at every look; who takes long is asked once, and heard at a later one."""

    staging: Staging
    clock: Clock
    _standing: StandingQuestions[LoadView] = field(default_factory=StandingQuestions)
    _unheard_since: dict[str, float] = field(default_factory=dict)
    """By run's UID, epoch seconds."""

    async def now(self, run: RunView) -> LoadView:
        """Of a load that is on; with its results, once they are there.

        Raises:
            Away: nobody answers now.
        """
        found = await self._ask(run)
        if found is None:
            raise Away(
                f"what the load of run {run.name} says is not heard yet: the coordinator's node is slow"
            )
        return found

    async def last(self, run: RunView) -> LoadView:
        """Of a run that ends, until it is heard; where nobody answers, since when alone."""
        try:
            found = await self._ask(run)
        except Away:
            found = None
        if found is None:
            since = self._unheard_since.setdefault(run.uid, self.clock.now())
            return LoadView(unheard=self.clock.now() - since)
        self._unheard_since.pop(run.uid, None)
        return found

    async def _ask(self, run: RunView) -> LoadView | None:
        asked = partial(self.staging.load, run.namespace, run.name, with_result=True)
        return await self._standing.ask(run.uid, "load", asked)

    def forget(self, run: RunView) -> None:
        """Nobody asks any more."""
        self._standing.forget(run.uid)
        self._unheard_since.pop(run.uid, None)
