"""Theil–Sen's slope with its interval."""

import random

import pytest
from scipy.stats import theilslopes

from stresscampaigns.stats.trend import LEAST_POINTS, TooFewPoints, slope


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
