"""What makes a load's numbers doubtful is told with the number that shows it."""

import pytest

from stresscampaigns.load.findings import WorkerState, findings

GOOD = {"sent": 100, "completed": 100}


def reasons(*states: WorkerState, counted: int | None = None) -> list[str]:
    total = sum(state.completed for state in states) if counted is None else counted
    return [finding.reason for finding in findings(states, total)]


def test_nothing_stands_against_a_worker_in_which_all_was_well() -> None:
    assert reasons(WorkerState(**GOOD, cpu=0.8, stall=0.5, clock_off=1.0, arrived=1000, late=1)) == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("cpu", 0.81, "more than 80 %"),
        ("waited", 0.5, "which others used"),
        ("clock_off", -1.5, "clock is off"),
        ("clock_step", -0.6, "clock jumped"),
        ("stall", 0.7, "stood still"),
        ("dropped", 1, "dropped"),
    ],
)
def test_what_is_beyond_its_limit_is_told_with_its_number(field: str, value: float, words: str) -> None:
    (found,) = findings([WorkerState(**GOOD), WorkerState(**GOOD, **{field: value})], 200)
    assert words in found.reason
    assert found.value == value


def test_a_step_of_the_coordinators_clock_is_told_as_one_of_a_workers_is() -> None:
    (found,) = findings([WorkerState(**GOOD, clock_step=0.1)], 100, coordinators_step=-3.0)
    assert ("clock jumped" in found.reason, found.value) == (True, -3.0)


def test_stages_that_were_late_by_more_than_a_second_are_told() -> None:
    assert findings([WorkerState(**GOOD)], 100, stages_late=1.0) == []
    (found,) = findings([WorkerState(**GOOD)], 100, stages_late=1.2)
    assert ("stages were late" in found.reason, found.value) == (True, 1.2)


def test_late_arrivals_are_told_by_their_share() -> None:
    (found,) = findings([WorkerState(**GOOD, arrived=100, late=3)], 100)
    assert ("late" in found.reason, found.value) == (True, 0.03)


def test_requests_for_which_the_generator_had_no_connection_are_told() -> None:
    (found,) = findings([WorkerState(**GOOD)], 100, without_socket=7)
    assert ("no free port" in found.reason, found.value) == (True, 7)


def test_requests_whose_end_nobody_saw_are_told() -> None:
    assert reasons(WorkerState(sent=100, completed=98)) == ["requests were sent whose end nobody saw"]


def test_counts_that_got_lost_on_their_way_are_told() -> None:
    assert reasons(WorkerState(**GOOD), counted=99) == ["requests are missing in the merged counts"]


def test_where_a_worker_was_lost_counts_are_not_compared() -> None:
    assert findings([WorkerState(**GOOD)], None) == []
