"""Capacity: the search for the highest sustainable load, on servers whose capacity is known."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stresscampaigns.stats.capacity import Bracket, Search, Trial, TrialRequest, next_trial

SEARCH = Search(lowest=100, highest=10_000)
capacities = st.floats(10, 100_000)
places = st.floats(0.0, 1.0)
noises = st.lists(st.floats(-0.02, 0.02), min_size=20, max_size=20)

Sustains = Callable[[TrialRequest], bool]


def search_on(search: Search, sustains: Sustains) -> tuple[Bracket, list[Trial]]:
    """Drive a search to its end."""
    done: list[Trial] = []
    while isinstance(step := next_trial(search, done), TrialRequest):
        done.append(Trial(step.load, step.duration, sustains(step), "p95 too high"))
    return step, done


def up_to(capacity: float) -> Sustains:
    return lambda request: request.load <= capacity


def queue(servers: int, service_time: float) -> Sustains:
    """Arrivals at even distances, taking turns at the servers: nobody waits as long as load <= servers / time."""

    def sustains(request: TrialRequest) -> bool:
        free = [0.0] * servers
        for number in range(100 * servers):
            arrival = number / request.load
            if free[number % servers] > arrival + service_time * 1e-9:
                return False
            free[number % servers] = arrival + service_time
        return True

    return sustains


def hundredfold_around(capacity: float, place: float) -> Search:
    """A range of 1 : 100 in which the capacity lies at the place, from 0 (just above lowest) to 1."""
    lowest = capacity / 100 ** (0.01 + 0.98 * place)
    return Search(lowest, lowest * 100)


def bounds(found: Bracket) -> tuple[float, float]:
    """Both bounds of a search that came to its end."""
    assert found.complete
    assert found.lower is not None
    assert found.upper is not None
    return found.lower, found.upper


def is_narrow(lower: float, upper: float) -> bool:
    return lower >= upper * 0.97 * (1 - 1e-6)


def trials_at(done: list[Trial], load: float | None, passed: bool) -> list[Trial]:
    return [trial for trial in done if trial.load == load and trial.passed == passed]


def confirming(done: list[Trial], load: float | None, search: Search = SEARCH) -> int:
    return sum(trial.duration >= search.confirm_duration for trial in trials_at(done, load, passed=True))


@given(capacities, places, st.integers(1, 8))
def test_a_queue_of_known_capacity_is_bracketed_within_three_percent_in_fifteen_trials(
    capacity: float, place: float, servers: int
) -> None:
    found, done = search_on(hundredfold_around(capacity, place), queue(servers, servers / capacity))
    lower, upper = bounds(found)
    assert lower <= capacity * (1 + 1e-6) < upper * (1 + 2e-6)
    assert is_narrow(lower, upper)
    assert len(done) <= 15


@given(capacities, places)
def test_the_lower_bound_was_confirmed_as_often_as_asked_by_long_trials(
    capacity: float, place: float
) -> None:
    search = hundredfold_around(capacity, place)
    found, done = search_on(search, up_to(capacity))
    assert confirming(done, found.lower, search) == 3
    assert not trials_at(done, found.lower, passed=False)


@given(capacities, places, noises)
def test_an_edge_blurred_by_two_percent_is_bracketed_within_six(
    capacity: float, place: float, noise: list[float]
) -> None:
    blur = iter(noise)
    search = hundredfold_around(capacity, 0.05 + 0.9 * place)
    found, _ = search_on(search, lambda request: request.load <= capacity * (1 + next(blur)))
    lower, upper = bounds(found)
    assert capacity * 0.94 <= lower < upper <= capacity * 1.06


@given(st.lists(st.booleans(), min_size=20, max_size=20), st.integers(4, 20))
def test_no_bound_is_claimed_that_was_not_measured_whatever_the_trials_say(
    answers: list[bool], most: int
) -> None:
    answer = iter(answers)
    search = replace(SEARCH, most_trials=most)
    found, done = search_on(search, lambda _: next(answer))
    failed = [trial.load for trial in done if not trial.passed]
    assert found.upper == min(failed, default=None)
    assert found.lower is None or confirming(done, found.lower) >= 3
    assert all(load > (found.lower or 0) for load in failed)
    assert len(done) <= most


@given(capacities, places)
def test_a_search_is_replayed_from_the_list_of_its_trials(capacity: float, place: float) -> None:
    search = hundredfold_around(capacity, place)
    _, done = search_on(search, up_to(capacity))
    again = [next_trial(search, done[:count]) for count in range(len(done))]
    assert again == [TrialRequest(trial.load, trial.duration) for trial in done]


@given(capacities, places)
def test_no_trial_overloads_the_service_more_than_fourfold(capacity: float, place: float) -> None:
    _, done = search_on(hundredfold_around(capacity, place), up_to(capacity))
    assert max(trial.load for trial in done) <= capacity * 4


@pytest.mark.parametrize("capacity", [130, 500, 1_234, 3_700, 9_500])
def test_the_library_of_the_rfcs_authors_finds_a_bracket_that_overlaps(capacity: float) -> None:
    ours, theirs = bounds(search_on(SEARCH, up_to(capacity))[0]), bracket_of_the_library(capacity)
    assert max(ours[0], theirs[0]) <= capacity < min(ours[1], theirs[1])
    assert is_narrow(*ours)
    assert is_narrow(*theirs)


def bracket_of_the_library(capacity: float) -> tuple[float, float]:
    """What MLRsearch makes of the same trials: three of 60 s make a lower bound, one that fails an upper one."""
    import MLRsearch as rfc9971

    class Measurer(rfc9971.AbstractMeasurer):
        def measure(self, intended_duration: float, intended_load: float) -> rfc9971.MeasurementResult:
            lost = 0 if intended_load <= capacity else 100
            return rfc9971.MeasurementResult(
                intended_duration, intended_load, offered_count=100, loss_count=lost
            )

    goal = rfc9971.SearchGoal(
        0, 0, 0.03, initial_trial_duration=20, final_trial_duration=60, duration_sum=180
    )
    config = rfc9971.Config([goal], warmup_duration=None)
    config.min_load, config.max_load = SEARCH.lowest, SEARCH.highest
    result = rfc9971.MultipleLossRatioSearch(config).search(Measurer())[goal]
    return float(result.relevant_lower_bound), float(result.relevant_upper_bound)


def test_where_even_the_lowest_load_fails_there_is_no_lower_bound() -> None:
    found, done = search_on(SEARCH, up_to(50))
    assert (found.lower, found.upper, found.complete) == (None, 100, True)
    assert found.notes == ("even the lowest load, 100, fails: p95 too high",)
    assert [(trial.load, trial.duration) for trial in done] == [(100, 20), (100, 60)]


def test_where_even_the_highest_load_passes_there_is_no_upper_bound() -> None:
    found, done = search_on(SEARCH, up_to(20_000))
    assert (found.lower, found.upper, found.complete) == (10_000, None, True)
    assert found.notes == ("even the highest load, 10000, passes",)
    assert confirming(done, 10_000) == 3


def test_a_load_that_passes_briefly_and_fails_in_the_long_run_is_no_lower_bound() -> None:
    """A queue that grows slowly: 1000/s for a short while, 900/s for long."""
    found, done = search_on(SEARCH, lambda request: request.load <= (1000 if request.duration < 60 else 900))
    lower, upper = bounds(found)
    assert lower <= 900 < upper
    assert is_narrow(lower, upper)
    assert any(trial.passed and trial.load >= upper for trial in done)
    assert any("though" in note for note in found.notes)


def test_after_a_contradiction_short_trials_are_no_longer_believed() -> None:
    done = [Trial(100, 20, True, ""), Trial(400, 20, True, ""), Trial(400, 60, False, "errors")]
    assert next_trial(SEARCH, done) == TrialRequest(pytest.approx(388), 60)


@given(capacities, places)
def test_the_upper_bound_is_tried_once_more_when_all_else_is_known(capacity: float, place: float) -> None:
    search = hundredfold_around(capacity, place)
    found, done = search_on(search, up_to(capacity))
    assert found.upper is None or done[-1] == Trial(
        found.upper, search.confirm_duration, False, "p95 too high"
    )


def test_a_service_that_takes_its_time_after_an_overload_has_its_upper_bound_contradicted() -> None:
    """For two trials after one that was too much it is not well, below its capacity, too."""
    after_overload = 0

    def sustains(request: TrialRequest) -> bool:
        nonlocal after_overload
        after_overload = 3 if request.load > 1000 else max(0, after_overload - 1)
        return after_overload == 0

    found, done = search_on(SEARCH, sustains)
    assert found.upper is not None
    assert found.upper < 1000
    assert done[-1] == Trial(found.upper, 60, True, "p95 too high")
    assert f"load {found.upper:.6g} failed (p95 too high), though {found.upper:.6g} passed" in found.notes


def test_a_hiccup_in_the_only_trial_that_failed_is_found_out() -> None:
    done: list[Trial] = []
    while isinstance(step := next_trial(SEARCH, done), TrialRequest):
        done.append(Trial(step.load, step.duration, len(done) != 2, "hiccup"))
    assert done[-1].load == step.upper
    assert done[-1].passed


def test_a_load_that_passed_and_then_failed_is_told() -> None:
    done = [Trial(100, 60, True, ""), Trial(400, 60, True, ""), Trial(400, 60, False, "errors")]
    found = next_trial(Search(100, 10_000, confirmations=1, most_trials=3), done)
    assert isinstance(found, Bracket)
    assert (found.lower, found.upper) == (100, 400)
    assert "load 400 failed (errors), though 400 passed" in found.notes


def test_the_lower_bound_sinks_when_a_lower_load_fails_and_that_is_told() -> None:
    passed = [Trial(load, 60, True, "") for load in (100, 100, 100, 400, 400, 400)]
    search = replace(SEARCH, most_trials=7)
    found = next_trial(search, [*passed, Trial(200, 60, False, "errors")])
    assert isinstance(found, Bracket)
    assert (found.lower, found.upper) == (100, 200)
    assert "load 200 failed (errors), though 400 passed" in found.notes


def test_with_its_trials_used_up_the_bracket_is_told_as_it_is() -> None:
    found, done = search_on(replace(SEARCH, most_trials=8), up_to(1_000))
    assert (found.lower, found.upper, found.complete) == (800, pytest.approx(800 * 2**0.5), False)
    assert found.notes == ("after 8 trials the bracket is not as narrow as asked: 29.3% instead of 3.0%",)
    assert len(done) == 8


def test_the_last_trials_are_kept_for_confirming() -> None:
    _, done = search_on(replace(SEARCH, most_trials=8), up_to(1_000))
    assert [trial.duration for trial in done] == [20] * 5 + [60] * 3


def test_a_load_that_was_not_confirmed_is_not_the_lower_bound() -> None:
    done = [
        Trial(100, 60, True, ""),
        Trial(100, 60, True, ""),
        Trial(100, 60, True, ""),
        Trial(400, 20, True, ""),
    ]
    found = next_trial(replace(SEARCH, most_trials=4), done)
    assert isinstance(found, Bracket)
    assert (found.lower, found.unconfirmed) == (100, 400)
    assert "load 400 passed, but was confirmed 0 of 3 times" in found.notes


def test_without_a_failure_there_is_no_width_to_tell() -> None:
    found, _ = search_on(replace(SEARCH, most_trials=4), up_to(1_000))
    assert (found.lower, found.upper, found.complete) == (100, None, False)
    assert found.notes == ("after 4 trials the bracket is not as narrow as asked: no load failed",)


@given(st.floats(1, 1e4), st.floats(1, 1e4), st.floats(1.01, 3.0))
def test_any_range_is_searched_to_its_end(lowest: float, capacity: float, factor: float) -> None:
    assume(lowest <= capacity)
    search = Search(lowest, lowest * factor)
    found, done = search_on(search, up_to(capacity))
    assert found.complete
    assert all(lowest <= trial.load <= search.highest for trial in done)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lowest": 0},
        {"lowest": 20_000},
        {"highest": float("nan")},
        {"highest": float("inf")},
        {"width": 0},
        {"width": 1},
        {"duration": 0},
        {"confirm_duration": 10},
        {"confirmations": 0},
        {"most_trials": 3},
    ],
)
def test_a_search_that_cannot_be_done_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"takes|must be"):
        replace(SEARCH, **wrong)
