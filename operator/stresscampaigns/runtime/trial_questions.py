"""What is asked about a search's trials while it is on, so that the load can be told."""

from dataclasses import dataclass, field
from functools import partial

from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.core.capacity import steering
from stresscampaigns.core.observation import LoadView, TrialsSeen
from stresscampaigns.core.progress import RunView
from stresscampaigns.runtime.ports import Clock, Staging
from stresscampaigns.runtime.prometheus_questions import PrometheusQuestions
from stresscampaigns.runtime.standing import StandingQuestions

OFTEN = 5.0
"""Seconds between questions, while anything is not known."""


@dataclass
class TrialQuestions:
    """One round of questions at a time of each run; nobody waits long for an answer."""

    staging: Staging
    prometheus: PrometheusQuestions
    clock: Clock
    _standing: StandingQuestions[TrialsSeen] = field(default_factory=StandingQuestions)
    _due: dict[str, float] = field(default_factory=dict)
    """By run's UID, epoch seconds."""

    async def ask(self, run: RunView, load: LoadView) -> TrialsSeen | None:
        """What is known of the trials that are over; None where nothing is to be asked, or there is no answer yet."""
        now = self.clock.now()
        if now < self._due.get(run.uid, 0.0) or (trials := steering.so_far(run, load.events, now)) is None:
            return None
        told = await self._standing.ask(run.uid, "trials", partial(self._asked, run, trials))
        if told is not None:
            self._due[run.uid] = now + OFTEN
        return told

    def forget(self, run: RunView) -> None:
        """Nobody waits for answers any more."""
        self._standing.forget(run.uid)
        self._due.pop(run.uid, None)

    async def _asked(self, run: RunView, trials: LoadResult) -> TrialsSeen:
        """As at the end of the run, of what there is by now."""
        load = LoadView(result=trials)
        pods = await self.staging.pods(run.target_namespace, run.template.target.selector.as_query())
        unseen = await self.prometheus.holes(run, load, pods)
        answers = await self.prometheus.check_answers(run, load, pods, unseen)
        histories = await self.prometheus.histories(run, load, pods, unseen)
        return TrialsSeen(trials, answers, histories, pods, unseen.silences)
