"""When arrivals are due: by arithmetic, whatever the number of workers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import PlannedStage
from stresscampaigns.load.arrivals import Arrivals


def stage(rate: float, duration: float = 10.0, ramp: float = 0.0) -> PlannedStage:
    return PlannedStage(name="s", rate=rate, duration=duration, ramp=ramp)


stages = st.lists(
    st.builds(
        lambda rate, duration, share: stage(rate, duration, duration * share),
        st.floats(0.5, 50),
        st.floats(0.5, 20),
        st.floats(0, 1),
    ),
    min_size=1,
    max_size=5,
)


def test_a_constant_rate_gives_evenly_spaced_arrivals() -> None:
    assert list(Arrivals([stage(4, 2)]).even(0, 1)) == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]


def test_in_which_seconds_anything_arrives_is_known_beforehand() -> None:
    course = Arrivals([stage(4, 2), stage(0, 3.5), stage(4, 2.5, ramp=1), stage(0, 2, ramp=1)])
    assert [second for second in range(12) if course.any_in(second)] == [0, 1, 5, 6, 7, 8]


def test_a_ramp_from_nothing_gives_arrivals_at_the_roots_of_its_integral() -> None:
    """N(t) = t²/2 for a ramp to 10/s in 10 s: the n-th arrival is due at √(2n)."""
    due = list(Arrivals([stage(10, 10, ramp=10)]).even(0, 1))
    assert due == pytest.approx([(2 * n) ** 0.5 for n in range(50)])


@given(stages, st.integers(1, 5))
def test_all_workers_together_send_what_one_would_send(of: list[PlannedStage], workers: int) -> None:
    arrivals = Arrivals(of)
    shared = sorted(due for worker in range(workers) for due in arrivals.even(worker, workers))
    assert shared == list(arrivals.even(0, 1))


@given(stages)
def test_arrivals_come_in_order_within_the_load(of: list[PlannedStage]) -> None:
    due = list(Arrivals(of).even(0, 1))
    assert all(0 <= one <= other for one, other in pairwise(due))
    assert all(one <= sum(each.duration for each in of) + 1e-6 for one in due)


@given(stages)
def test_as_many_are_due_as_the_rates_add_up_to(of: list[PlannedStage]) -> None:
    arrivals = Arrivals(of)
    assert abs(len(list(arrivals.even(0, 1))) - arrivals.total) <= 1


def test_a_poisson_process_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    arrivals = Arrivals([stage(20)])
    first, again, other = (list(arrivals.poisson(0, 2, seed)) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("workers", [1, 4])
def test_a_poisson_process_has_the_mean_and_the_variance_of_one(workers: int) -> None:
    """Counts of 2,000 seconds at 20/s: the mean within 3 standard errors, variance about equal to the mean."""
    arrivals = Arrivals([stage(20, 2000)])
    counts = [0] * 2000
    for worker in range(workers):
        for due in arrivals.poisson(worker, workers, seed=7):
            counts[int(due)] += 1
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)
    assert mean == pytest.approx(20, abs=3 * (20 / 2000) ** 0.5)
    assert variance == pytest.approx(20, rel=0.15)


def test_a_stage_without_arrivals_sends_none() -> None:
    due = list(Arrivals([stage(2, 1), stage(0, 5), stage(2, 1)]).even(0, 1))
    assert due == [0, 0.5, 6, 6.5]
