"""A search's trials, made with a load whose time is only imagined."""

from pathlib import Path
from typing import Any

import pytest

from stresscampaigns.api.load_plan import SETTLED_LATE, CapacitySearch, PlannedWindow
from stresscampaigns.api.load_result import CapacityResult, RequestStats
from stresscampaigns.api.trial_answers import TrialAnswered, TrialAnswers
from stresscampaigns.load.answers_file import write_down
from stresscampaigns.load.capacity_search import RunningSearch
from stresscampaigns.load.strain import Strains
from stresscampaigns.load.trials import Trials
from tests.unit.load.test_capacity_search import FAST, LATE, SEARCH

STAGES = 10.3
"""Seconds that the stages have taken, when the search begins."""
GATHERED = 0.4


class ImaginedLoad:
    """Sustains so many users; a second goes by when somebody lets it. Where it ends before its time, `ends` says when.

    Its counts, and how hard its workers are at work, are its own as well.
    """

    def __init__(self, holds: int = 20, ends: float = 1e9, busy: str = "") -> None:
        self.holds, self.ends, self.busy = holds, ends, busy
        self.now, self.users = STAGES, 1
        self.changes: list[tuple[float, int]] = []
        """When users were changed, and to how many."""
        self.windows: list[PlannedWindow] = []
        self.looked_at: list[float] = []
        """When what was counted was asked for."""
        self.strains = Strains()

    @property
    def over(self) -> bool:
        return self.now >= self.ends

    def elapsed(self) -> float:
        return self.now

    def change_users(self, users: int) -> None:
        self.users = users
        self.changes.append((self.now, users))

    def gather(self) -> None:
        self.now += GATHERED

    def keep_on(self, seconds: float) -> list[int]:
        self.now = min(self.now + max(0.0, seconds), self.ends)
        return [self.users] * round(4 * seconds)

    def open_window(self, window: PlannedWindow) -> None:
        self.windows.append(window)

    def requests_of(self, window: str) -> list[RequestStats]:
        assert window == self.windows[-1].name
        self.looked_at.append(self.now)
        return FAST if self.users <= self.holds else LATE

    def at_limit(self, window: str, now: float | None = None) -> str:
        return self.busy


def searched(load: Any, plan: CapacitySearch = SEARCH) -> CapacityResult | None:
    trials = Trials(RunningSearch(plan), load, load, load)
    trials.run()
    return trials.result()


def test_the_highest_load_that_is_sustained_is_found() -> None:
    found = searched(ImaginedLoad(holds=20))
    assert found is not None
    assert (found.lower, found.upper, found.complete) == (20, 21, True)


def test_a_trial_begins_with_a_second_of_the_load_once_its_users_are_there_and_have_settled() -> None:
    load = ImaginedLoad()
    found = searched(load)
    assert found is not None
    for (changed, users), window, trial in zip(load.changes, load.windows, found.trials, strict=True):
        assert window.start == int(window.start)
        assert 0 <= window.start - (changed + GATHERED + SEARCH.settle) < 1
        assert (trial.users, trial.start, trial.end) == (users, window.start, window.end)


def test_it_is_judged_when_each_of_its_seconds_has_been_told() -> None:
    load = ImaginedLoad()
    searched(load)
    waited = [at - window.end for at, window in zip(load.looked_at, load.windows, strict=True)]
    assert waited == pytest.approx([SETTLED_LATE] * len(waited))


def test_a_trial_in_which_the_load_ends_is_none() -> None:
    load = ImaginedLoad(ends=STAGES + GATHERED + SEARCH.settle + 1.5)
    assert searched(load) is None
    assert (len(load.windows), load.looked_at) == (1, [])


def test_a_trial_with_workers_at_their_limit_is_void() -> None:
    found = searched(ImaginedLoad(busy="load-0 used 93% of its core"))
    assert found is not None
    assert [(one.void, one.users) for one in found.trials] == [(True, SEARCH.lowest)] * 3


def test_a_trial_for_which_a_worker_had_no_ports_left_is_void() -> None:
    class WithoutPorts(ImaginedLoad):
        def requests_of(self, window: str) -> list[RequestStats]:
            (one,) = super().requests_of(window)
            return [one.model_copy(update={"failures": {"NoSocketLeft": 3}})]

    found = searched(WithoutPorts())
    assert found is not None
    assert {one.void for one in found.trials} == {True}
    assert "3 requests for which a load worker had no free port" in found.trials[0].reason


class Answered(ImaginedLoad):
    """The operator says of each trial that it broke nothing, a second after it was told of it."""

    def __init__(self, file: Path) -> None:
        super().__init__(holds=50)
        self._file = file

    def keep_on(self, seconds: float) -> list[int]:
        answers = [TrialAnswered(trial=number, broke={}) for number in range(1, len(self.looked_at) + 1)]
        write_down(self._file, TrialAnswers(answers=answers).model_dump_json())
        return super().keep_on(seconds)


def test_while_the_operator_is_waited_for_the_load_has_as_few_users_as_any_trial(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load = Answered(tmp_path / "answers.json")
    found = searched(load, SEARCH.model_copy(update={"answers": str(tmp_path / "answers.json")}))
    assert found is not None
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(found.trials)
    rests = [at for at, users in load.changes if users == SEARCH.lowest][1:]
    higher = [one for one in found.trials if one.passed and one.users > SEARCH.lowest]
    assert rests == pytest.approx([one.end + SETTLED_LATE for one in higher])
    assert len(higher) > 2
