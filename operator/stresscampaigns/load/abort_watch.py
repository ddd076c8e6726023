"""Inside the coordinator: the abort rules, looked at second by second.

Here, because here the counts of each second are known first, and because a load that melts its target down must end
even where the operator is away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

from stresscampaigns.api.load_plan import PlannedAbortRule
from stresscampaigns.load.recorder import Counted
from stresscampaigns.stats.histogram import decode, empty, percentile_us

SETTLED = 2
"""A second is looked at when so many have begun after it: by then every worker that is in time has reported it."""


def settled(elapsed: float, told: float) -> float:
    """The moment up to which seconds can be looked at, where one of the workers is late with its word.

    Without its counts a second is one in which little was done, and a rule would hold by that.

    Args:
        elapsed: seconds from the load's start.
        told: all workers have told the seconds before this one; those that are lost have nothing to tell.
    """
    return min(elapsed, told + SETTLED - 1 + elapsed % 1)


@dataclass(frozen=True)
class Holds:
    """A rule that holds, and its number in the last second."""

    rule: str
    value: float


@dataclass
class _Second:
    completed: int = 0
    failed: int = 0
    errors: int = 0
    """Of tasks, outside of any request: for the error rate, each is one more request that failed."""
    latencies: HdrHistogram | None = None


@dataclass
class _Standing:
    rule: PlannedAbortRule
    seconds: dict[int, _Second] = field(default_factory=dict)
    since: int | None = None
    """The first of the seconds out of bounds that no good one has followed."""

    def add(self, second: int, entry: Counted) -> None:
        rule = self.rule
        if rule.request not in (None, entry["name"]) or rule.scenario not in (None, entry["scenario"]):
            return
        cell = self.seconds.setdefault(second, _Second())
        cell.completed += entry["count"]
        cell.failed += sum(entry["failures"].values())
        cell.errors += sum(entry.get("errors", {}).values())
        if rule.kind == "latency":
            cell.latencies = cell.latencies or empty()
            cell.latencies.add(decode(entry["histogram"]))

    def holds(self, second: int) -> Holds | None:
        """After this second, the next of those looked at."""
        value = self._value(self.seconds.pop(second, _Second()))
        if value is None:
            return None
        if not _out_of_bounds(self.rule, value):
            self.since = None
            return None
        self.since = second if self.since is None else self.since
        long_enough = second - self.since + 1 >= self.rule.seconds
        return Holds(self.rule.name, value) if long_enough else None

    def _value(self, cell: _Second) -> float | None:
        """None where nothing completed, and no task raised: that says nothing of latency and errors."""
        if self.rule.kind == "throughput":
            return float(cell.completed - cell.failed)
        if self.rule.kind == "errorRate":
            ended = cell.completed + cell.errors
            return (cell.failed + cell.errors) / ended if ended else None
        if cell.latencies is None or not cell.completed:
            return None
        return percentile_us(cell.latencies, self.rule.percentile) / 1e6


class AbortWatch:
    """Every rule of one load."""

    def __init__(self, rules: Sequence[PlannedAbortRule]) -> None:
        self._standing = [_Standing(rule) for rule in rules]
        self._next = 0

    def add(self, second: int, counted: Iterable[Counted]) -> None:
        """Add one worker's counts of one second; what comes after the second was looked at, comes too late."""
        if second < self._next:
            return
        for entry in counted if self._standing else ():
            for standing in self._standing:
                standing.add(second, entry)

    def look(self, elapsed: float) -> Holds | None:
        """Look at each second that has settled, `elapsed` seconds after the load's start: the first rule that holds."""
        while self._standing and self._next <= int(elapsed) - SETTLED:
            second, self._next = self._next, self._next + 1
            found = [standing.holds(second) for standing in self._standing]
            if holding := next(filter(None, found), None):
                return holding
        return None


def _out_of_bounds(rule: PlannedAbortRule, value: float) -> bool:
    over = rule.above is not None and value > rule.above
    return over or (rule.below is not None and value < rule.below)
