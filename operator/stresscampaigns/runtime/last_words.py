"""What a load has said in the end. Its coordinator's node may not answer: no other end must wait for that."""

from dataclasses import dataclass, field
from functools import partial

from stresscampaigns.core.observation import LoadView
from stresscampaigns.core.progress import RunView
from stresscampaigns.runtime.ports import Away, Clock, Staging
from stresscampaigns.runtime.standing import StandingQuestions


@dataclass
class LastWords:
    """Asked for at every look until they are heard."""

    staging: Staging
    clock: Clock
    _standing: StandingQuestions[LoadView] = field(default_factory=StandingQuestions)
    _unheard_since: dict[str, float] = field(default_factory=dict)
    """By run's UID, epoch seconds."""

    async def of(self, run: RunView) -> LoadView:
        """With its results; where nobody answers, since when alone."""
        asked = partial(self.staging.load, run.namespace, run.name, with_result=True)
        try:
            found = await self._standing.ask(run.uid, "load", asked)
        except Away:
            found = None
        if found is None or found.unheard is not None:
            since = self._unheard_since.setdefault(run.uid, self.clock.now())
            return LoadView(unheard=self.clock.now() - since)
        self._unheard_since.pop(run.uid, None)
        return found

    def forget(self, run: RunView) -> None:
        """Nobody asks any more."""
        self._standing.forget(run.uid)
        self._unheard_since.pop(run.uid, None)
