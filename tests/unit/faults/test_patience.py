"""What comes soon is waited for, and no longer than was said."""

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.faults.patience import comes_true


@given(st.integers(0, 3))
def test_what_is_true_at_one_of_the_next_looks_has_come_true(looks: int) -> None:
    answers = iter([False] * looks + [True])
    assert comes_true(lambda: next(answers), 600)


@given(st.floats(-1, 0.001))
def test_what_does_not_come_in_that_time_has_not(seconds: float) -> None:
    assert not comes_true(lambda: False, seconds)


@given(st.floats(-1, 0))
def test_without_any_time_it_is_looked_at_once(seconds: float) -> None:
    assert comes_true(lambda: True, seconds)
