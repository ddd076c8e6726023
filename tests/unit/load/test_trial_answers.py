"""What the operator says of trials reaches the search late, and is as good as if it had been known at once."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.load_events import TrialOver
from stresscampaigns.api.load_plan import ANSWERED_WITHIN, CapacitySearch, TrialBound
from stresscampaigns.api.load_result import CapacityResult, CapacityTrial
from stresscampaigns.api.trial_answers import TrialAnswered, TrialAnswers
from stresscampaigns.load.answers_file import write_down
from stresscampaigns.load.capacity_search import RunningSearch
from stresscampaigns.load.trial_answers import OperatorsAnswers
from stresscampaigns.stats.capacity import TrialRequest, search_of, shown
from tests.unit.load.distributed import DistributedLoad, plan
from tests.unit.load.freezing_server import FreezingServer
from tests.unit.load.test_capacity_search import FAST, LATE, SEARCH

LONG = SEARCH.model_copy(update={"most_trials": 40})
"""With trials enough for a search that first went where it had no business."""
NEVER = 10_000


class LateOperator:
    """Judges trials by how many users a resource holds, and says so some looks later, or never."""

    def __init__(self, folder: Path, holds: int, looks: float) -> None:
        self.file = folder / "answers.json"
        self._holds, self._looks, self._heard = holds, looks, 0
        self._trials: list[tuple[int, CapacityTrial]] = []
        self.rested = 0.0

    def hear(self, number: int, trial: CapacityTrial) -> None:
        """A trial is over."""
        if trial.passed:
            self._trials.append((self._heard, trial.model_copy(update={"throughput": float(number)})))
        self.speak()

    def speak(self) -> None:
        """Write down what is due, as its command does."""
        self._heard += 1
        due = [trial for at, trial in self._trials if self._heard - at >= self._looks]
        answers = [TrialAnswered(trial=round(one.throughput), broke=self._broke(one)) for one in due]
        if answers:
            write_down(self.file, TrialAnswers(answers=answers).model_dump_json())

    def _broke(self, trial: CapacityTrial) -> dict[str, str]:
        return {"pool": "97%"} if trial.users > self._holds else {}

    def rest(self, seconds: float) -> bool:
        """Time passes while the load waits."""
        self.rested += seconds
        self.speak()
        return True


def searched(plan: CapacitySearch, own: int, operator: LateOperator) -> CapacityResult:
    """A target that is slow to more than `own` users, and has a resource of which only the operator knows."""
    search, answers = RunningSearch(plan), OperatorsAnswers(operator.file)
    while isinstance(request := search.next(), TrialRequest):
        trial = search.add(request, 0.0, request.duration, FAST if request.load <= own else LATE)
        operator.hear(search.tried, trial)
        answers.take_up(search, operator.rest)
    return search.result(request)


users = st.integers(4, 200)


@settings(max_examples=20, deadline=None)
@given(users, users, st.integers(1, int(ANSWERED_WITHIN) - 1))
def test_the_search_is_that_of_one_who_knows_at_once_however_late_the_answers(
    tmp_path_factory: pytest.TempPathFactory, own: int, holds: int, looks: int
) -> None:
    at_once, late = (
        searched(LONG, own, LateOperator(tmp_path_factory.mktemp("run"), holds, after))
        for after in (0, looks)
    )
    assert late == at_once
    edge = min(own, holds)
    assert late.complete, late
    assert late.lower is not None
    assert late.lower <= edge
    assert late.upper is None or late.upper > edge
    assert late.upper is None or late.lower >= min(0.97 * late.upper, late.upper - 1)
    assert all(one.users <= edge for one in late.trials if one.passed)


@pytest.mark.parametrize("holds", [5, 30, 77, 100])
def test_fifteen_trials_are_enough_whoever_judges(tmp_path: Path, holds: int) -> None:
    fifteen = SEARCH.model_copy(update={"most_trials": 15, "lowest": 2, "highest": 100})
    found = searched(fifteen, 90, LateOperator(tmp_path, holds, 60))
    assert found.complete
    assert found.lower == min(holds, 90) or (found.lower or 0) >= 0.97 * (found.upper or 100)


def test_what_was_broken_is_told_with_its_number(tmp_path: Path) -> None:
    found = searched(LONG, 200, LateOperator(tmp_path, 40, 3))
    broken = next(one for one in found.trials if one.users == found.upper)
    assert broken.broke == ["pool"]
    assert broken.reason.endswith("; breaks pool: 97%")


def test_an_operator_that_never_speaks_is_waited_for_once(tmp_path: Path) -> None:
    operator = LateOperator(tmp_path, 40, NEVER)
    found = searched(LONG, 50, operator)
    assert (found.lower, found.upper) == (50, 51)
    assert operator.rested == ANSWERED_WITHIN
    assert "went on without the operator's word on trials 1, 2" in found.notes[-1]


def test_one_that_was_away_and_is_heard_again_is_waited_for_again(tmp_path: Path) -> None:
    """What was tried without it was too high, and is found to be."""
    operator = LateOperator(tmp_path, 40, ANSWERED_WITHIN + 2)
    found = searched(LONG, 50, operator)
    assert operator.rested > ANSWERED_WITHIN
    assert found.upper == min(one.users for one in found.trials if one.users > 40)


@pytest.mark.parametrize(("trials", "rested"), [(9, 3.0), (3, 2.0)])
def test_the_last_answer_is_waited_for_where_a_trial_is_left_to_follow_it(
    tmp_path: Path, trials: int, rested: float
) -> None:
    """One load, a trial and its two confirmations, each answered after a second."""
    operator = LateOperator(tmp_path, 40, 2)
    one = SEARCH.model_copy(update={"lowest": 4, "highest": 4, "most_trials": trials})
    assert searched(one, 50, operator).complete
    assert operator.rested == rested


def test_where_all_is_answered_nobody_waits(tmp_path: Path) -> None:
    operator = LateOperator(tmp_path, 200, 0)
    assert searched(LONG, 50, operator).complete
    assert operator.rested == 0.0


def after_one_trial() -> RunningSearch:
    """It passed, as far as the load knows."""
    search = RunningSearch(SEARCH)
    request = search.next()
    assert isinstance(request, TrialRequest)
    search.add(request, 0.0, 1.0, FAST)
    return search


def test_a_load_that_is_over_waits_for_nobody(tmp_path: Path) -> None:
    looks: list[float] = []

    def over(seconds: float) -> bool:
        looks.append(seconds)
        return False

    OperatorsAnswers(tmp_path / "none").take_up(after_one_trial(), over)
    assert len(looks) == 1


def test_nothing_that_was_heard_once_is_taken_back() -> None:
    search = after_one_trial()
    search.hear([TrialAnswered(trial=1, broke={"pool": "97%"})])
    search.hear([TrialAnswered(trial=1), TrialAnswered(trial=9, broke={"pool": "98%"})])
    (trial,) = search.result(shown(search_of(SEARCH), [])).trials
    assert (trial.passed, trial.broke) == (False, ["pool"])
    assert search.next() == TrialRequest(SEARCH.lowest, SEARCH.confirm_duration)


@pytest.mark.parametrize("words", ["", "{", '{"answers": [{"trial": "x"}]}'])
def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path, words: str) -> None:
    (tmp_path / "answers.json").write_text(words)
    found = searched(SEARCH.model_copy(update={"most_trials": 4}), 200, LateOperator(tmp_path, 1, NEVER))
    assert all(one.passed for one in found.trials)


@pytest.mark.alone
def test_a_load_goes_on_below_what_the_operator_says_was_not_sustained(tmp_path: Path) -> None:
    """The queue holds any number of these users; the operator's resource 20 of them."""
    operator = LateOperator(tmp_path, 20, 1)
    bounds = [TrialBound(name="errors", kind="errorRate", most=0.01)]
    quick = {"lowest": 18, "highest": 24, "confirm_duration": 1.0, "confirmations": 1, "settle": 0.1}
    search = SEARCH.model_copy(update={"bounds": bounds, "answers": str(operator.file), **quick})
    words = {
        "stages": [{"name": "warm-up", "users": 4, "duration": 1}],
        "scenarios": [{"name": "http", "parameters": {"thinkTime": "20ms"}}],
        "capacity": search,
    }
    with (
        FreezingServer(delays=(0.05,), places=4) as server,
        DistributedLoad(plan(server.url, **words), tmp_path) as load,
    ):
        heard = 0
        while load.until("trial-over", "finished") == "trial-over":
            told = [one for one in load.told() if isinstance(one, TrialOver)]
            for one in told[heard:]:
                operator.hear(one.number, one.trial)
            heard = len(told)
        found = load.result().capacity
    assert found is not None
    assert (found.lower, found.upper, found.complete) == (20, 21, True), found
    assert all(one.broke == ["pool"] for one in found.trials if one.users > 20)
