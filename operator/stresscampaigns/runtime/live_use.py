"""What metrics.k8s.io is asked about the target while its load is on, where Prometheus knows nothing of it."""

from dataclasses import dataclass, field
from functools import partial

from stresscampaigns.api.prometheus_rules import WITHOUT_PROMETHEUS
from stresscampaigns.core.observation import LiveUse
from stresscampaigns.core.progress import RunView
from stresscampaigns.runtime.ports import Clock, Staging
from stresscampaigns.runtime.prometheus_questions import PrometheusQuestions
from stresscampaigns.runtime.standing import StandingQuestions

OFTEN = 5.0
"""Seconds between questions: a third of metrics-server's resolution, so that none of its samples is missed."""
SELDOM = 15.0
"""Seconds until it is asked again where Prometheus knows, or nobody does."""


@dataclass
class LiveUseQuestions:
    """One question at a time of each run; nobody waits long for an answer."""

    staging: Staging
    prometheus: PrometheusQuestions
    clock: Clock
    _standing: StandingQuestions[LiveUse] = field(default_factory=StandingQuestions)
    _due: dict[str, float] = field(default_factory=dict)
    """By run's UID, epoch seconds."""

    async def ask(self, run: RunView) -> LiveUse | None:
        """What it says now; None where it is not time yet, or there is no answer yet."""
        on = run.status.load is not None and run.status.load.started_at is not None
        if not on or self.clock.now() < self._due.get(run.uid, 0.0):
            return None
        told = await self._standing.ask(run.uid, "use", partial(self._asked, run))
        if told is not None:
            self._due[run.uid] = self.clock.now() + (OFTEN if told.containers else SELDOM)
        return told

    def forget(self, run: RunView) -> None:
        """Nobody waits for answers any more."""
        self._standing.forget(run.uid)
        self._due.pop(run.uid, None)

    async def _asked(self, run: RunView) -> LiveUse:
        if run.template.prometheus and await self.prometheus.knows(run, WITHOUT_PROMETHEUS):
            return LiveUse()
        return await self.staging.live_use(run.target_namespace, run.template.target.selector.as_query())
