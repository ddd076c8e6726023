"""A token bucket: so many a second, a burst, and never more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.rate_limit import TokenBucket


def test_a_burst_passes_and_what_exceeds_it_is_told_when_to_come_again() -> None:
    bucket = TokenBucket(rate=2, burst=3, now=0)
    assert [bucket.take(0) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(0) == pytest.approx(0.5)


def test_after_the_time_it_was_told_a_request_may_pass() -> None:
    bucket = TokenBucket(rate=2, burst=1, now=0)
    bucket.take(0)
    wait = bucket.take(0)
    assert bucket.take(wait) == 0


def test_a_burst_of_less_than_one_lets_one_through() -> None:
    assert TokenBucket(rate=1, burst=0.5, now=0).take(0) == 0


def test_a_long_silence_saves_no_more_than_a_burst() -> None:
    bucket = TokenBucket(rate=100, burst=5, now=0)
    assert sum(bucket.take(3600) == 0 for _ in range(50)) == 5


moments = st.lists(st.floats(0, 100), min_size=1, max_size=200).map(sorted)


@given(moments, st.integers(1, 50), st.integers(1, 20))
def test_never_do_more_pass_than_rate_and_burst_allow(at: list[float], rate: int, burst: int) -> None:
    bucket = TokenBucket(rate, burst, at[0])
    passed = sum(bucket.take(moment) == 0 for moment in at)
    assert passed <= burst + (at[-1] - at[0]) * rate + 1e-6
    assert passed >= min(len(at), burst)


@given(moments, st.floats(0.1, 50))
def test_who_comes_when_it_was_told_is_let_through(at: list[float], rate: float) -> None:
    bucket = TokenBucket(rate, 1, at[0])
    for moment in at:
        bucket.take(moment)
    assert bucket.take(at[-1] + bucket.take(at[-1])) == 0
