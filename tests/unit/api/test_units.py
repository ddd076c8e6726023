"""Durations and thresholds, as users write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.units import THRESHOLD_PATTERN, seconds, show_seconds, threshold_value


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90), ("10m", 600), ("24h", 86_400), ("1h30m", 5_400), ("800ms", 0.8), ("1m30s500ms", 90.5)],
)
def test_a_duration_is_read_in_seconds(text: str, expected: float) -> None:
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "90", "5 m", "1d", "m", "-5s", "1.5h", "5s3m"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 90s"):
        seconds(text)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, rest: int) -> None:
    assert seconds(f"{hours}h{minutes}m{rest}s") == hours * 3600 + minutes * 60 + rest


@pytest.mark.parametrize(
    ("threshold", "expected"), [("1%", 0.01), ("90%", 0.9), (0, 0), ("0.9", 0.9), ("800ms", 0.8), ("60s", 60)]
)
def test_a_threshold_is_a_ratio_a_number_or_seconds(threshold: int | str, expected: float) -> None:
    assert threshold_value(threshold) == pytest.approx(expected)


@given(st.from_regex(THRESHOLD_PATTERN, fullmatch=True).filter(bool))
def test_whatever_is_let_in_as_a_threshold_can_be_read(threshold: str) -> None:
    """A rule of abortWhen whose bound cannot be read would stop its run's every look."""
    assert math.isfinite(threshold_value(threshold))


@given(st.integers(1, 99_999))
def test_a_percentage_is_the_share_that_as_many_of_as_many_are(thousandths: int) -> None:
    """700 failures of 100000 requests are 0.7 %, and keep a bound of 0.7 %; 0.7 / 100 is a little less than they."""
    percent = f"{thousandths // 1000}.{thousandths % 1000:03}%"
    assert threshold_value(percent) == thousandths / 100_000


@given(st.integers(1, 10_000_000))
def test_a_duration_is_what_so_many_microseconds_are(milliseconds: int) -> None:
    """Latencies are counted in microseconds: a bound that is met exactly is kept."""
    assert seconds(f"{milliseconds}ms") == milliseconds * 1000 / 1e6


@pytest.mark.parametrize(
    ("value", "text"), [(0.0123, "12.3ms"), (1.25, "1.25s"), (605, "10m5s"), (86_400, "24h")]
)
def test_seconds_are_shown_as_a_person_reads_them(value: float, text: str) -> None:
    assert show_seconds(value) == text
