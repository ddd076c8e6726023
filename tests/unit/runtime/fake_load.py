"""One run's load as its pods would have it: it starts, follows its plan, and tells exact numbers at the end."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from stresscampaigns.api.load_events import AbortWanted, BeforeFault, Finished, LoadEvent, Started, TrialOver
from stresscampaigns.api.load_plan import CapacitySearch, LoadPlan, trial_window
from stresscampaigns.api.load_result import (
    CapacityResult,
    CapacityTrial,
    LoadResult,
    RequestStats,
    Second,
    WindowStats,
)
from stresscampaigns.load.abort_watch import SETTLED
from stresscampaigns.load.stages import all_windows
from stresscampaigns.stats.histogram import encode
from tests.unit.stats.latencies import histogram_of

STARTS_AFTER = 2.0
TELLS_AFTER = 1.0
"""Seconds from an abort of its own to its results."""
PER_SECOND = 10
LATENCY_US = 900

Broken = Callable[[float], bool]
"""Is the target broken at this moment, epoch seconds?"""


@dataclass(frozen=True)
class FakeLoad:
    """What a plan comes to, for a load whose Jobs were created at a moment."""

    plan: LoadPlan
    created: float
    workers_lost: int = 0
    meltdown: int | None = None
    """Seconds after its start at which its first abort rule holds."""

    @property
    def started(self) -> float:
        return self.created + STARTS_AFTER

    @property
    def finished(self) -> float:
        return self.started + self._length + (TELLS_AFTER if self.meltdown is not None else 0.0)

    @property
    def _length(self) -> float:
        whole = sum(stage.duration for stage in self.plan.stages)
        return whole if self.meltdown is None else self.meltdown

    def events(self, now: float, broken: Broken) -> tuple[LoadEvent, ...]:
        """What the coordinator has said so far."""
        said: list[LoadEvent] = [Started(at=self.started)] if now >= self.started else []
        said += [self._told(t, broken) for t in self._before_faults() if now >= self.started + t + SETTLED]
        said += [one for one in self._trials() if now >= one.at]
        if self.meltdown is not None and now >= self.started + self.meltdown:
            rule = self.plan.abort_rules[0].name
            said.append(AbortWanted(at=self.started + self.meltdown, rule=rule, value=0.75))
        if now >= self.finished:
            said.append(Finished(at=self.finished, requests=0, failures=0))
        return tuple(said)

    def result(self, broken: Broken) -> LoadResult:
        """Every request of a second fails whose beginning finds the target broken."""
        seconds = [self._second(t, broken(self.started + t)) for t in range(int(self._length))]
        planned = all_windows(self.plan.stages, self.plan.windows)
        named = {one.name: (one.start, one.end) for one in planned}
        found = self._capacity(self.plan.capacity) if self.plan.capacity else None
        named |= {
            trial_window(number): (one.start, one.end)
            for number, one in enumerate(found.trials if found else [], 1)
        }
        windows = [_window(name, start, end, seconds) for name, (start, end) in named.items()]
        return LoadResult(
            started=self.started,
            finished=self.finished,
            workers_expected=self.plan.workers,
            workers_lost=self.workers_lost,
            windows=windows,
            seconds=seconds,
            capacity=found,
        )

    def _before_faults(self) -> list[int]:
        """The seconds of which the operator is to hear, each once."""
        spans = [range(math.ceil(one.start), int(one.end)) for one in self.plan.before_faults]
        return sorted({t for span in spans for t in span})

    def _told(self, t: int, broken: Broken) -> BeforeFault:
        second = self._second(t, broken(self.started + t))
        at = self.started + t + SETTLED
        return BeforeFault(at=at, t=t, completed=second.completed, failed=second.failed, p95_us=second.p95_us)

    def _trials(self) -> list[TrialOver]:
        """Those of which the operator is to hear."""
        search = self.plan.capacity
        trials = self._capacity(search).trials if search and search.answers else []
        return [
            TrialOver(at=self.started + one.end + SETTLED, number=number, trial=one)
            for number, one in enumerate(trials, 1)
        ]

    def _capacity(self, search: CapacitySearch) -> CapacityResult:
        """The lowest load holds, the highest does not; both in the stages' own time."""
        half = self._length / 2
        figures = {"reason": "as seen", "throughput": 10.0}
        trials = [
            CapacityTrial(users=search.lowest, start=0, end=half, passed=True, **figures),
            CapacityTrial(users=search.highest, start=half, end=self._length, passed=False, **figures),
        ]
        return CapacityResult(lower=search.lowest, upper=search.highest, complete=True, trials=trials)

    def _second(self, t: int, broken: bool) -> Second:
        failed = PER_SECOND if broken else 0
        return Second(t=t, completed=PER_SECOND, failed=failed, p95_us=LATENCY_US, users=1)


def _window(name: str, start: float, end: float, seconds: list[Second]) -> WindowStats:
    inside = [second for second in seconds if start <= second.t < end]
    failed = sum(second.failed for second in inside)
    count = sum(second.completed for second in inside)
    request = RequestStats(
        scenario="http",
        name="GET /",
        count=count,
        failures={"refused": failed} if failed else {},
        histogram=encode(histogram_of([LATENCY_US / 1e6] * count)),
    )
    return WindowStats(name=name, start=start, end=end, requests=[request])
