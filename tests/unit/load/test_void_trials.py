"""A trial in which the generator was at its limit is no trial: left out, repeated, and never an answer."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import CapacitySearch
from stresscampaigns.api.load_result import CapacityResult, CapacityTrial
from stresscampaigns.load.capacity_search import MOST_IN_A_ROW, RunningSearch
from stresscampaigns.stats.capacity import TrialRequest
from tests.unit.load.test_capacity_search import SEARCH, requests

BUSY = "load-0 used 93% of its core"
GOOD, SLOW = requests([0.1] * 100), requests([9.0] * 100)

AtLimit = Callable[[int], bool]
"""Is the generator at its limit in a trial with so many users?"""


def searched(
    holds: int, at_limit: AtLimit = lambda _: False, search: CapacitySearch = SEARCH
) -> CapacityResult:
    """A search to its end, on a target that sustains so many users; in void trials it never looks sustained."""
    running = RunningSearch(search)
    while isinstance(request := running.next(), TrialRequest):
        users, start = round(request.load), 10.0 * running.tried
        busy = at_limit(users)
        answers = SLOW if busy or users > holds else GOOD
        running.add(request, start, start + request.duration, answers, BUSY if busy else "")
    return running.result(request)


def valid(found: CapacityResult) -> list[tuple[int, float, bool]]:
    return [(one.users, one.end - one.start, one.passed) for one in found.trials if not one.void]


def at_times(void: list[bool], most_in_a_row: int = MOST_IN_A_ROW - 1) -> AtLimit:
    """As the list says, trial after trial; but never more often in a row than so."""
    said, row = iter(void), 0

    def at_limit(_: int) -> bool:
        nonlocal row
        row = row + 1 if next(said, False) and row < most_in_a_row else 0
        return row > 0

    return at_limit


ROOMY = SEARCH.model_copy(update={"most_trials": 50})
chances = st.lists(st.booleans(), max_size=50)


@given(st.integers(1, 300), chances)
def test_with_trials_enough_the_valid_ones_are_those_of_a_search_in_which_none_was_left_out(
    holds: int, void: list[bool]
) -> None:
    found, undisturbed = searched(holds, at_times(void), ROOMY), searched(holds, search=ROOMY)
    assert valid(found) == valid(undisturbed)
    assert (found.lower, found.upper, found.notes) == (
        undisturbed.lower,
        undisturbed.upper,
        undisturbed.notes,
    )


@given(st.integers(1, 300), chances, st.integers(3, 20))
def test_void_trials_count_against_the_longest_that_a_search_may_be(
    holds: int, void: list[bool], most: int
) -> None:
    search = SEARCH.model_copy(update={"most_trials": most})
    assert len(searched(holds, at_times(void, most), search).trials) <= most


@given(st.integers(1, 300), chances)
def test_no_bound_rests_on_a_void_trial(holds: int, void: list[bool]) -> None:
    found = searched(holds, at_times(void, 50))
    assert found.lower is None or (found.lower, SEARCH.confirm_duration, True) in valid(found)
    assert found.upper is None or found.upper in [users for users, _, passed in valid(found) if not passed]


def void_trial() -> CapacityTrial:
    found = searched(40, at_times([True]))
    return found.trials[0]


def test_a_void_trial_is_kept_with_its_reason_and_its_numbers() -> None:
    trial = void_trial()
    assert (trial.void, trial.passed, trial.failed) == (True, False, False)
    assert (trial.reason, trial.broke) == ("left out: load-0 used 93% of its core", [])
    assert trial.throughput == 100
    assert trial.p95 == pytest.approx(9.0, rel=0.01)


def test_a_void_trial_cannot_have_passed() -> None:
    with pytest.raises(ValueError, match="left out cannot have passed"):
        CapacityTrial.model_validate(void_trial().model_dump() | {"passed": True})


def test_the_same_load_is_asked_for_twice_more_and_then_no_more() -> None:
    found = searched(1000, lambda users: users == 64)
    assert [trial.users for trial in found.trials] == [4, 16, 64, 64, 64]


def test_a_generator_that_is_the_limit_ends_the_search_with_what_it_has_and_what_to_do() -> None:
    found = searched(1000, lambda users: users >= 64)
    assert (found.complete, found.upper) == (False, None)
    assert found.notes[0] == (
        "the generator is the limit at 64 users, 3 times in a row: load-0 used 93% of its core; give load.workers more"
    )


def test_a_bound_that_was_measured_before_remains() -> None:
    found = searched(40, lambda users: users == 32)
    assert (found.lower, found.upper, found.complete) == (None, 64, False)


def test_void_trials_that_leave_too_few_are_told() -> None:
    search = SEARCH.model_copy(update={"most_trials": 6})
    found = searched(40, at_times([True, True, False] * 3), search)
    assert found.complete is False
    assert found.notes[-1].startswith("4 of 6 trials were left out: the generator was at its limit")


def test_the_last_trials_are_kept_for_confirming_although_some_were_left_out() -> None:
    search = SEARCH.model_copy(update={"most_trials": 8})
    found = searched(40, at_times([True, True, False]), search)
    assert (found.lower, len(found.trials)) == (32, 8)


def test_what_was_left_out_is_asked_for_again() -> None:
    running = RunningSearch(SEARCH)
    request = running.next()
    assert isinstance(request, TrialRequest)
    running.add(request, 0.0, 1.0, GOOD, BUSY)
    assert (running.next(), running.tried) == (request, 1)
