"""Theil–Sen's slope with its interval."""

import random

import pytest
from scipy.stats import theilslopes

from stresscampaigns.stats.trend import LEAST_POINTS, TooFewPoints, rises_throughout, slope


def test_a_straight_line_has_its_own_slope() -> None:
    found = slope([(t, 3 + 2 * t) for t in range(100)])
    assert (found.value, found.low, found.high) == pytest.approx((2, 2, 2))


def test_a_fifth_of_outliers_does_not_move_it() -> None:
    found = slope([(t, 1e9 if t % 5 == 0 else 2 * t) for t in range(50)])
    assert found.value == pytest.approx(2, rel=0.2)


def test_few_points_are_taken_as_they_are() -> None:
    points = [(float(t), float(t * 7 % 5 + t)) for t in range(30)]
    reference = theilslopes([value for _, value in points], [moment for moment, _ in points], 0.95)
    assert (slope(points).value, slope(points).low, slope(points).high) == pytest.approx(
        (reference.slope, reference.low_slope, reference.high_slope)
    )


def test_noise_without_growth_is_within_the_interval_most_of_the_time() -> None:
    draw = random.Random(7)
    held = sum(slope([(t, draw.gauss(100, 5)) for t in range(300)]).holds(0) for _ in range(100))
    assert held >= 88


def test_too_few_points_have_no_slope() -> None:
    with pytest.raises(TooFewPoints, match="it takes 10"):
        slope([(t, 1.0) for t in range(LEAST_POINTS - 1)])


def sawtooth(period: float, phase: float = 0.0, leak: float = 0.0) -> list[tuple[float, float]]:
    """1000 moments of a garbage collector's: up by 60, then down again."""
    return [(t, 100 + 60 * ((t + phase) / period % 1) + leak * t) for t in range(1000)]


@pytest.mark.parametrize("period", [20, 100, 250, 333, 500, 660])
@pytest.mark.parametrize("phase", [0.0, 0.25, 0.5, 0.75])
def test_what_comes_down_again_within_two_thirds_of_the_time_does_not_rise_throughout(
    period: float, phase: float
) -> None:
    assert not rises_throughout(sawtooth(period, phase * period))


@pytest.mark.parametrize("period", [20, 100, 250])
def test_a_leak_below_a_sawtooth_rises_throughout(period: float) -> None:
    assert rises_throughout(sawtooth(period, leak=0.06))


@pytest.mark.parametrize("at", [200, 400, 500, 600, 800])
def test_one_step_is_no_rise_throughout(at: int) -> None:
    assert not rises_throughout([(t, 100.0 + 30 * (t >= at)) for t in range(1000)])


@pytest.mark.parametrize("at", [400, 500, 800])
def test_what_was_begun_anew_in_between_has_not_risen_throughout(at: int) -> None:
    """A restart: the leak begins at its foot."""
    assert not rises_throughout([(t, 100.0 + (t if t < at else t - at)) for t in range(1000)])


def test_noise_does_not_hide_a_rise() -> None:
    draw = random.Random(7)
    assert rises_throughout([(t, 0.1 * t + draw.gauss(100, 5)) for t in range(1000)])
