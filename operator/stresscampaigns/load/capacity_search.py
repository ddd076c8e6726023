"""The highest load that is sustained, searched while the load is on: trial after trial, each judged by exact counts."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from stresscampaigns.api.load_plan import CapacitySearch
from stresscampaigns.api.load_result import CapacityResult, CapacityTrial, RequestStats
from stresscampaigns.api.trial_answers import TrialAnswered
from stresscampaigns.load.trial_bounds import broken, succeeded, words
from stresscampaigns.stats.capacity import Bracket, Trial, TrialRequest, next_trial, search_of, shown
from stresscampaigns.stats.histogram import decode, least_count, merged, percentile_us

LEFT_OUT = "left out: "
MOST_IN_A_ROW = 3
"""So many trials in a row of one load are left out at most: then the generator is what limits it."""
WHAT_TO_DO = "give load.workers more"


@dataclass
class RunningSearch:
    """The trials so far, of whole users.

    A trial in which the generator was at its limit is void: shown, but no answer. So it is asked for again.
    """

    plan: CapacitySearch
    _done: dict[int, Trial] = field(default_factory=dict)
    """By its number, those that are an answer."""
    _shown: list[CapacityTrial] = field(default_factory=list)
    _answered: set[int] = field(default_factory=set)
    """Of which the operator has spoken."""
    _waited: float | None = None
    """Seconds, where nobody waits for it any more."""

    def next(self) -> TrialRequest | Bracket:
        """What comes next."""
        search = search_of(self.plan)
        if given_up := self._given_up():
            found = shown(search, self._trials)
            return replace(found, notes=(given_up, *found.notes))
        step = next_trial(search, self._trials, void=len(self._void))
        if isinstance(step, TrialRequest) or step.complete or not self._void:
            return step
        return replace(step, notes=(*step.notes, self._left_out()))

    @property
    def tried(self) -> int:
        """How many trials there were, void ones among them."""
        return len(self._shown)

    @property
    def awaits_answers(self) -> bool:
        """What comes next hangs on what the operator says of a trial."""
        if self._waited is not None or not self._open or self.tried >= self.plan.most_trials:
            return False
        step = self.next()
        return isinstance(step, TrialRequest) or step.complete

    @property
    def _open(self) -> list[int]:
        """Numbers of trials that passed, as far as the load knows."""
        return [number for number, one in self._done.items() if one.passed and number not in self._answered]

    def hear(self, answers: Iterable[TrialAnswered]) -> None:
        """What the operator says of trials that are over. Nothing that was heard once is taken back."""
        for answer in answers:
            if (done := self._done.get(answer.trial)) is None:
                continue
            if answer.trial not in self._answered:
                self._answered.add(answer.trial)
                self._waited = None
            if done.passed and answer.broke:
                self._fail(answer.trial, done, answer.broke)

    def _fail(self, number: int, done: Trial, broke: dict[str, str]) -> None:
        breaks = (f"breaks {name}: {value}" for name, value in broke.items())
        reason = "; ".join([done.reason, *breaks])
        self._done[number] = replace(done, passed=False, reason=reason)
        changes = {"passed": False, "reason": reason, "broke": list(broke)}
        self._shown[number - 1] = self._shown[number - 1].model_copy(update=changes)

    def give_up_waiting(self, waited: float) -> None:
        """The operator has said nothing for so many seconds: until it is heard again, the search goes on without it."""
        self._waited = waited

    @property
    def _trials(self) -> list[Trial]:
        return list(self._done.values())

    @property
    def _unheard(self) -> list[str]:
        if self._waited is None or not self._open:
            return []
        which = ", ".join(map(str, self._open))
        return [
            f"the search went on without the operator's word on trials {which}: {self._waited:.0f}s brought none"
        ]

    @property
    def _void(self) -> list[CapacityTrial]:
        return [trial for trial in self._shown if trial.void]

    def _given_up(self) -> str | None:
        """Why there is no sense in asking once more, if so."""
        last = [trial for trial in self._shown[-MOST_IN_A_ROW:] if trial.void]
        if len(last) < MOST_IN_A_ROW or len({trial.users for trial in last}) > 1:
            return None
        why = last[-1].reason.removeprefix(LEFT_OUT)
        where = f"at {last[0].users} users, {MOST_IN_A_ROW} times in a row"
        return f"the generator is the limit {where}: {why}; {WHAT_TO_DO}"

    def _left_out(self) -> str:
        return f"{len(self._void)} of {self.tried} trials were left out: the generator was at its limit; {WHAT_TO_DO}"

    def add(
        self,
        request: TrialRequest,
        start: float,
        end: float,
        requests: list[RequestStats],
        at_limit: str = "",
    ) -> CapacityTrial:
        """A trial is over: judged by what completed between `start` and `end`.

        Args:
            at_limit: which workers were at their limit meanwhile, with the numbers; empty: none, and it counts.
        """
        length = math.ceil(end) - math.ceil(start)  # of the seconds that begin in it: in these it was counted
        seen = judged(self.plan, requests, length)
        passed, reason = (False, f"{LEFT_OUT}{at_limit}") if at_limit else (seen.passed, seen.reason)
        trial = CapacityTrial(
            users=round(request.load),
            start=start,
            end=end,
            passed=passed,
            void=bool(at_limit),
            undecided=False,
            reason=reason,
            broke=[] if at_limit else seen.broke,
            throughput=succeeded(requests) / length,
            **_latencies(requests),
        )
        self._shown.append(trial)
        if not trial.void:
            self._done[self.tried] = Trial(request.load, request.duration, passed, reason)
        return trial

    def result(self, found: Bracket, strained: str = "") -> CapacityResult:
        """What all of them have shown, in whole users; `strained`: who was at its limit at any time meanwhile."""
        return CapacityResult(
            lower=None if found.lower is None else round(found.lower),
            upper=None if found.upper is None else round(found.upper),
            complete=found.complete,
            notes=[*found.notes, *self._unheard],
            trials=self._shown,
            strained=strained,
        )


def _latencies(requests: list[RequestStats]) -> dict[str, float]:
    """The trial's key percentiles in seconds, from its merged counts; none of which there are too few requests."""
    count = sum(one.count for one in requests)
    told = [percentile for percentile in (50, 95, 99) if count >= least_count(percentile)]
    whole = merged(decode(one.histogram) for one in requests)
    return {f"p{percentile}": percentile_us(whole, percentile) / 1e6 for percentile in told}


class Judged(NamedTuple):
    """Was the load sustained? The words hold the numbers."""

    passed: bool
    reason: str
    broke: list[str]


def judged(plan: CapacitySearch, requests: list[RequestStats], length: float) -> Judged:
    """A trial of `length` seconds, by the bounds that the load can judge itself."""
    if not any(one.count for one in requests):
        return Judged(False, "no request completed", [])
    found = broken(plan.bounds, requests, length)
    breaks = [f"{name}: {value}" for name, value in found.items()]
    seen = words(plan.bounds, requests)
    return Judged(not found, f"{seen}; breaks {', '.join(breaks)}" if found else seen, list(found))
