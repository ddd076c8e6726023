"""The trials of a search for the capacity, one after the other: each has its users, its window and its judgement."""

import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from stresscampaigns.api.load_events import TrialOver
from stresscampaigns.api.load_plan import SETTLED_LATE, PlannedWindow, trial_window
from stresscampaigns.api.load_result import CapacityResult, RequestStats
from stresscampaigns.load.aggregate import Aggregate
from stresscampaigns.load.capacity_search import RunningSearch
from stresscampaigns.load.findings import WITHOUT_SOCKET
from stresscampaigns.load.http.errors import NoSocketLeft
from stresscampaigns.load.roster import Roster
from stresscampaigns.load.strain import SEARCH
from stresscampaigns.load.telling import tell
from stresscampaigns.load.trial_answers import OperatorsAnswers
from stresscampaigns.load.trial_users import other_users
from stresscampaigns.stats.capacity import Bracket, TrialRequest


class SteadyLoad(Protocol):
    """The load that trials are made with. It goes on between them, and is looked after meanwhile."""

    @property
    def over(self) -> bool:
        """Has it ended before its time?"""

    def elapsed(self) -> float:
        """Seconds since its start."""

    def change_users(self, users: int) -> None:
        """So many from now on, without a pause in between."""

    def gather(self) -> None:
        """Wait until the users are as many as was asked for, but not for ever."""

    def keep_on(self, seconds: float) -> list[int]:
        """Let it go on as it is. How many users there were, look by look."""


class Trials:
    """Those of one search, made with one load."""

    def __init__(self, search: RunningSearch, load: SteadyLoad, counts: Aggregate, workers: Roster) -> None:
        self._search, self._load, self._counts, self._workers = search, load, counts, workers
        told = search.plan.answers
        self._answers = OperatorsAnswers(Path(told)) if told else None
        self._users = 0

    def run(self) -> None:
        """As many as the search asks for, or as come until the load is over."""
        while isinstance(request := self._search.next(), TrialRequest) and not self._load.over:
            self._try(request)

    def result(self) -> CapacityResult | None:
        """What the search has found; None where it was not done."""
        found = self._search.next()
        if not isinstance(found, Bracket):
            return None
        return self._search.result(found, self._workers.at_limit(SEARCH))

    def _try(self, request: TrialRequest) -> None:
        load, users = self._load, round(request.load)
        self._change_users(users)
        load.gather()
        load.keep_on(self._search.plan.settle)
        window = self._opened(request)
        load.keep_on(window.start - load.elapsed())
        seen = load.keep_on(window.end - load.elapsed())
        load.keep_on(window.end + SETTLED_LATE - load.elapsed())
        if load.over:
            return
        counted = self._counts.requests_of(window.name)
        at_limit = (
            self._workers.at_limit(window.name, load.elapsed())
            or _without_socket(counted)
            or other_users(users, seen)
        )
        trial = self._search.add(request, window.start, window.end, counted, at_limit)
        if self._answers:
            tell(TrialOver(at=time.time(), number=self._search.tried, trial=trial))
            self._answers.take_up(self._search, self._rest)

    def _opened(self, request: TrialRequest) -> PlannedWindow:
        """The next trial's window, from the next second on: what completes in it is counted by itself."""
        start = math.ceil(self._load.elapsed())
        name, end = trial_window(self._search.tried + 1), start + request.duration
        window = PlannedWindow(name=name, start=start, end=end)
        self._counts.open_window(window)
        self._workers.strains.open(window.name, window.start, window.end + SETTLED_LATE)
        return window

    def _rest(self, seconds: float) -> bool:
        """The load goes on with as few users as any trial has; False where it is over before its time."""
        lowest = self._search.plan.lowest
        if self._users != lowest:
            self._change_users(lowest)
        self._load.keep_on(seconds)
        return not self._load.over

    def _change_users(self, users: int) -> None:
        self._users = users
        self._load.change_users(users)


def _without_socket(requests: Iterable[RequestStats]) -> str:
    """What of a trial's requests was no doing of the target's, in words; empty where nothing was."""
    number = sum(one.failures.get(NoSocketLeft.__name__, 0) for one in requests)
    return f"{number} {WITHOUT_SOCKET}" if number else ""
