"""Inside the coordinator: how the service was doing, second by second, as far as the operator must hear of it.

For abort rules on recovery, the seconds in which the service is not good. Whether a fault was in force, and until when,
the operator alone knows; so it judges, and here is told what it needs. While the service is good nothing is told: then
no rule can begin to hold. Shortly before a fault every second is told: that all is well must be known, not guessed from
silence.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

from stresscampaigns.api.load_events import BeforeFault, NotGood
from stresscampaigns.api.load_plan import PlannedRecoveryRule, PlannedWindow
from stresscampaigns.load.abort_watch import SETTLED
from stresscampaigns.load.recorder import Counted
from stresscampaigns.stats.histogram import decode, empty, percentile_us
from stresscampaigns.stats.recovery import Criterion, Sample, is_good

MOST_STRETCHES = 24
"""So many are told; of earlier ones nothing is known any more."""
TOLD_AT_ONCE = 7_200
"""So many lines at a line a second; then one in ten seconds, so that the log stays small."""
TOLD_LATER = 10
InLoad = Callable[[int], bool]
"""Is there any load in a second?"""


@dataclass
class _Second:
    completed: int = 0
    failed: int = 0
    latencies: HdrHistogram = field(default_factory=empty)


@dataclass
class _Standing:
    rule: PlannedRecoveryRule
    bad: list[tuple[int, int]] = field(default_factory=list)
    since: int = 0

    def look(self, sample: Sample, now: float) -> NotGood | None:
        rule = self.rule
        if is_good(sample, Criterion(rule.max_error_ratio, rule.max_p95_us, rule.good_seconds)):
            return None
        self._add(int(sample.t))
        if sample.end <= rule.start:
            return None
        return NotGood(
            at=now,
            rule=rule.name,
            since=self.since,
            bad=self.bad,
            completed=sample.completed,
            failed=sample.failed,
            p95_us=sample.p95_us,
        )

    def _add(self, second: int) -> None:
        """Good seconds that are too few to mean recovered part nothing."""
        if self.bad and second - self.bad[-1][1] < self.rule.good_seconds:
            self.bad[-1] = (self.bad[-1][0], second + 1)
            return
        self.bad.append((second, second + 1))
        if len(self.bad) > MOST_STRETCHES:
            self.since = self.bad.pop(0)[1]


class RecoveryWatch:
    """Every rule on recovery of one load, and the stretches before its faults."""

    def __init__(
        self,
        rules: Sequence[PlannedRecoveryRule],
        in_load: InLoad,
        before_faults: Sequence[PlannedWindow] = (),
    ) -> None:
        self._standing = [_Standing(rule) for rule in rules]
        self._before_faults = before_faults
        self._in_load = in_load
        self._seconds: dict[int, _Second] = {}
        self._next = self._told = 0

    def add(self, second: int, counted: Iterable[Counted]) -> None:
        """Add one worker's counts of one second; what comes after the second was looked at, comes too late."""
        if second < self._next or not self._matters(second):
            return
        cell = self._seconds.setdefault(second, _Second())
        for entry in counted:
            if entry["count"]:
                cell.completed += entry["count"]
                cell.failed += sum(entry["failures"].values())
                cell.latencies.add(decode(entry["histogram"]))

    def look(self, elapsed: float, now: float) -> list[NotGood | BeforeFault]:
        """Look at each second that has settled, `elapsed` seconds after the load's start: what is to be told `now`."""
        told: dict[str, NotGood] = {}
        before: list[BeforeFault] = []
        while self._next <= int(elapsed) - SETTLED:
            second, self._next = self._next, self._next + 1
            cell = self._seconds.pop(second, None)
            # Without load nothing can complete: that is no word about the service.
            if self._matters(second) and self._in_load(second):
                sample = _sample(second, cell or _Second())
                told |= {one.rule: one for each in self._standing if (one := each.look(sample, now))}
                before += [_told(sample, now)] if self._before_fault(second) else []
        return [*before, *self._kept_small(list(told.values()))]

    def _matters(self, second: int) -> bool:
        return bool(self._standing) or self._before_fault(second)

    def _before_fault(self, second: int) -> bool:
        return any(one.start <= second and second + 1 <= one.end for one in self._before_faults)

    def _kept_small(self, told: list[NotGood]) -> list[NotGood]:
        if self._told >= TOLD_AT_ONCE and self._next % TOLD_LATER:
            return []
        self._told += len(told)
        return told


def _told(sample: Sample, now: float) -> BeforeFault:
    return BeforeFault(
        at=now, t=int(sample.t), completed=sample.completed, failed=sample.failed, p95_us=sample.p95_us
    )


def _sample(second: int, cell: _Second) -> Sample:
    p95 = percentile_us(cell.latencies, 95) if cell.completed else 0
    return Sample(float(second), cell.completed, cell.failed, p95)
