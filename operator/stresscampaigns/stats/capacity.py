"""The highest load that a service sustains: which trial comes next, and what the trials so far have shown.

After the ideas of MLRsearch (RFC 9971): geometric steps up, halving in the log domain, a lower bound that counts
only once longer trials have confirmed it, and of contradicting trials the lower load that failed. The upper bound is
tried once more at the end, when the service has long been well: what failed in a hiccup, or right after a higher load
that it had not got over, would else be called too much. A search is nothing but the list of its trials: whoever repeats
the list gets the same next trial.

Why not the library `MLRsearch` (1.2.1), with which a test compares this: it always begins at the highest load
(`run_initial_trials`), here a hundredfold overload before anything is known. It then jumps to the forwarding rate,
which a trial that only passes or fails does not have. It knows no limit of trials, reads a clock, and gives up
without a bracket. Measured for loads 1 : 100, width 3 %, trials of 10 s, two / three confirmations of 60 s, with the
best of eight settings (one preceding target, expansion by 4): where the edge is sharp it needs 14 / 15 trials at most
(this: 13 / 14); where each trial's edge lies anywhere within 2 %, 15 trials suffice for 83 / 71 % of its searches
(this: 99 / 95 %).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stresscampaigns.api.load_plan import CapacitySearch

# So far above what passed does a trial go at most: a service overloaded further may break, not only slow down.
STEP_UP = 4.0


@dataclass(frozen=True)
class Search:
    """What is looked for: loads in any one unit, durations in seconds.

    The bracket is narrow enough when its bounds are at most `width` apart, as a share of the upper one. A pass counts
    as a confirmation when its trial took `confirm_duration` at least. A hundredfold range takes 14 trials where
    the edge is sharp, and up to 20 where it is blurred by 2 %. Loads that are `whole` are whole numbers, like users:
    neighbours are narrow enough, for there is nothing between them.

    Raises:
        ValueError: a search that cannot be done.
    """

    lowest: float
    highest: float
    width: float = 0.03
    duration: float = 20.0
    confirm_duration: float = 60.0
    confirmations: int = 3
    most_trials: int = 20
    whole: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never end or never begin."""
        if not (0 < self.lowest <= self.highest < math.inf and 0 < self.width < 1):
            raise ValueError("a search takes 0 < lowest <= highest and a width between 0 and 1")
        if not 0 < self.duration <= self.confirm_duration < math.inf:
            raise ValueError("the trials that confirm must be as long as the others at least")
        if not 1 <= self.confirmations < self.most_trials:
            raise ValueError("it takes more trials than confirmations, and one confirmation at least")


def search_of(plan: CapacitySearch) -> Search:
    """The search for a number of users that a plan asks for."""
    return Search(
        plan.lowest,
        plan.highest,
        duration=plan.duration,
        confirm_duration=plan.confirm_duration,
        confirmations=plan.confirmations,
        most_trials=plan.most_trials,
        whole=True,
    )


@dataclass(frozen=True)
class TrialRequest:
    """Offer this load for so many seconds."""

    load: float
    duration: float


@dataclass(frozen=True)
class Trial:
    """One trial: the load and the seconds that were asked for, whether the service sustained it, and why (not).

    One in which the generator was at its limit is none: left out, it is asked for again, and counted as `void`. One in
    which a worker was lost is a trial like any other: nothing that such a load measured decides a check.
    """

    load: float
    duration: float
    passed: bool
    reason: str


@dataclass(frozen=True)
class Bracket:
    """What the trials have shown. Every load in it was offered; none is computed.

    `lower` is the highest load below `upper` that passed and was confirmed as often as asked, None where none was;
    `upper` the lowest that failed, None where none did. `unconfirmed` is a load between them that passed, but was
    confirmed too rarely. `complete`: there is nothing left to ask. `notes` say in words what is missing, and which
    trials contradict each other.
    """

    lower: float | None
    upper: float | None
    unconfirmed: float | None
    complete: bool
    notes: tuple[str, ...]


def next_trial(search: Search, done: Sequence[Trial], void: int = 0) -> TrialRequest | Bracket:
    """The trial that follows those done, given in their order; or what they have shown, when it is enough.

    Args:
        void: how many were left out beside them. They answer nothing, but are among `most_trials`.
    """
    state = _State(search, done, void)
    if state.left <= 0:
        return _bracket(state)
    if state.complete:
        return _upper_once_more(state) or _bracket(state)
    # The last trials are for confirming: a wider bracket that holds is worth more than a narrow one that may not.
    if state.lower is not None and state.lacking > 0 and (state.narrow or state.left <= state.lacking):
        return TrialRequest(state.lower, search.confirm_duration)
    # A load that first passed and then failed has shown that short trials say too little here.
    duration = search.confirm_duration if state.late_failures else search.duration
    return TrialRequest(_next_load(state), duration)


def _upper_once_more(state: "_State") -> TrialRequest | None:
    if state.upper is None or sum(trial.load == state.upper for trial in state.done) > 1:
        return None
    return TrialRequest(state.upper, state.search.confirm_duration)


def shown(search: Search, done: Sequence[Trial]) -> Bracket:
    """What the trials have shown, should there be no more."""
    return _bracket(_State(search, done))


def _next_load(state: "_State") -> float:
    if state.lower is None:
        return state.search.lowest
    if state.upper is None:
        return min(state.lower * STEP_UP, state.search.highest)
    between = max(math.sqrt(state.lower * state.upper), _just_below(state.upper, state))
    if not state.search.whole:
        return between
    # Rounded onto a bound, it would be tried again, and might be found on both sides.
    return float(min(max(round(between), state.lower + 1), state.upper - 1))


def _just_below(upper: float, state: "_State") -> float:
    """After a contradiction the edge is near: look there first, in steps that double with each further failure.

    Before one the step is infinite, and leaves it to the halving.
    """
    steps = 2 ** (state.late_failures - 1) if state.late_failures else math.inf
    return float(upper * (1 - state.search.width) ** steps)


class _State:
    """What follows from the trials alone."""

    def __init__(self, search: Search, done: Sequence[Trial], void: int = 0) -> None:
        self.search, self.done = search, done
        self.left = search.most_trials - len(done) - void
        self.upper = min((trial.load for trial in done if not trial.passed), default=None)
        below = {trial.load for trial in done if trial.passed and not self._fails(trial.load)}
        self.lower = max(below, default=None)
        self.confirmed = max((load for load in below if self._lacking(load) <= 0), default=None)
        self.lacking = search.confirmations if self.lower is None else self._lacking(self.lower)
        self.narrow = self.lower is not None and self.lower >= self._wanted() * (1 - 1e-9)
        self.even_lowest_fails = self._fails(search.lowest)
        self.complete = self.even_lowest_fails or (self.narrow and self.lacking <= 0)
        self.late_failures = self._late_failures()

    def _fails(self, load: float) -> bool:
        return self.upper is not None and load >= self.upper

    def _lacking(self, load: float) -> int:
        long = [trial for trial in self.done if trial.duration >= self.search.confirm_duration]
        return self.search.confirmations - sum(trial.passed and trial.load == load for trial in long)

    def _wanted(self) -> float:
        if self.upper is None:
            return self.search.highest
        near = self.upper * (1 - self.search.width)
        return min(near, self.upper - 1) if self.search.whole else near

    def _late_failures(self) -> int:
        """How many trials failed from the first one on that failed where, or below where, one had passed."""
        highest, count = 0.0, 0
        for trial in self.done:
            highest = max(highest, trial.load if trial.passed else 0.0)
            count += not trial.passed and (count > 0 or trial.load <= highest)
        return count


def _bracket(state: _State) -> Bracket:
    unconfirmed = None if state.lower == state.confirmed else state.lower
    notes = (*_shortfalls(state), *_contradictions(state.done))
    return Bracket(state.confirmed, state.upper, unconfirmed, state.complete, notes)


def _shortfalls(state: _State) -> list[str]:
    """What there is not, in words."""
    search, words = state.search, []
    if state.even_lowest_fails:
        why = next(trial.reason for trial in state.done if not trial.passed and trial.load == state.upper)
        return [f"even the lowest load, {search.lowest:.6g}, fails: {why}"]
    if state.lower is not None and state.lacking > 0:
        seen = f"{search.confirmations - state.lacking} of {search.confirmations} times"
        words.append(f"load {state.lower:.6g} passed, but was confirmed {seen}")
    if state.narrow and state.upper is None:
        words.append(f"even the highest load, {search.highest:.6g}, passes")
    if not state.narrow:
        words.append(f"after {len(state.done)} trials the bracket is not as narrow as asked: {_width(state)}")
    return words


def _width(state: _State) -> str:
    if state.lower is None or state.upper is None:
        return "no load passed" if state.lower is None else "no load failed"
    return f"{1 - state.lower / state.upper:.1%} instead of {state.search.width:.1%}"


def _contradictions(done: Sequence[Trial]) -> list[str]:
    """Each trial that failed although its load, or a higher one, passed."""
    passed = max((trial.load for trial in done if trial.passed), default=0.0)
    failed = [trial for trial in done if not trial.passed and trial.load <= passed]
    return [f"load {trial.load:.6g} failed ({trial.reason}), though {passed:.6g} passed" for trial in failed]
