"""What the soak says of a memory whose growth is known."""

import pytest
from benchmarks.soak import figures

HALF = 900
DAY = 86_400


def told(an_hour: float, an_hour_of_series: float) -> dict[str, object]:
    """Samples of half an hour: memory grows with real time, and with the time series of the day in the first half."""
    at = range(0, 2 * HALF, 5)
    grown = [60 + an_hour * t / 3600 + an_hour_of_series * min(t, HALF) * DAY / HALF / 3600 for t in at]
    samples = [list(one) for one in zip(at, grown, strict=True)]
    return {"samples": {"coordinator": samples}, "rate": 1.0, "series": float(DAY)}


def test_what_grows_with_requests_is_told_by_the_real_hour() -> None:
    (figure,) = figures(told(2.0, 0.0), 30)
    assert figure.value == pytest.approx(2.0, rel=0.02)
    assert not figure.met


def test_what_grows_with_time_series_is_told_by_their_own_hour() -> None:
    (figure,) = figures(told(0.0, 0.05), 30)
    assert figure.value == pytest.approx(0.05)


def test_both_are_added() -> None:
    (figure,) = figures(told(0.5, 0.6), 30)
    assert figure.value == pytest.approx(1.1, rel=0.02)
    assert not figure.met
