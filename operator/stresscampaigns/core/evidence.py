"""What a run's checks are answered from: exact load results, fault times, Prometheus' answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.load_plan import trial_number
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.pod_watch import PodWatch
from stresscampaigns.api.run import FaultRecord
from stresscampaigns.core.clocks import Skews
from stresscampaigns.core.observation import Answer
from stresscampaigns.core.plan import window_bounds
from stresscampaigns.core.saturation.uses import Use
from stresscampaigns.core.scraping import is_silent

_NOTHING_SCRAPED = (
    "Prometheus scraped nothing of a pod of the target within this window, but for its first fifth at most: let it be "
    "longer, or scrape more often"
)


@dataclass(frozen=True)
class Evidence:
    """Everything that was measured in one run."""

    template: RunTemplate
    started_at: float
    result: LoadResult
    faults: Sequence[FaultRecord] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    uses: Sequence[Use] = ()
    """The target's resources against their limits."""
    watch: PodWatch | None = None
    """Pods around the faults; None: nobody looked."""
    skews: Skews = field(default_factory=Skews)
    """Clocks that are apart."""
    silences: Sequence[tuple[float, float]] = ()
    """From each scrape of the target until when it was the latest of some pod, epoch seconds."""
    oom_kills: Sequence[float] = ()
    """When containers of the target were killed for their memory, epoch seconds; Kubernetes cuts them to whole ones."""
    untrusted: tuple[str, ...] = ()
    """Why the load's numbers cannot be trusted; empty when they can."""

    @property
    def search_strain(self) -> str:
        """Why nothing that was counted after the stages can be trusted but the trials; empty where it can."""
        return self.result.capacity.strained if self.result.capacity else ""

    @property
    def searches(self) -> bool:
        """Is there a search after the stages, or will there be? It overloads on purpose."""
        return self.result.capacity is not None or self.template.load.search is not None

    @property
    def faults_untold(self) -> tuple[str, ...]:
        """Why the load's seconds do not tell what faults did; empty where they do."""
        return (*self.untrusted, *filter(None, [self.skews.load, self.skews.faults]))

    def bounds(self, window: str) -> tuple[float, float]:
        """Any window by its name, a trial of the search among them: seconds from the start of the load."""
        number, search = trial_number(window), self.result.capacity
        if number is None or search is None:
            return window_bounds(self.template, window)
        trial = search.trials[number - 1]
        return trial.start, trial.end

    def unscraped(self, start: float, end: float) -> str | None:
        """Why Prometheus' word is of no moment between these, seconds from the start of the load."""
        silent = is_silent(self.silences, self.started_at + start, self.started_at + end)
        return _NOTHING_SCRAPED if silent else None

    def fault(self, name: str) -> FaultRecord | None:
        """What became of a fault."""
        return next((record for record in self.faults if record.name == name), None)
