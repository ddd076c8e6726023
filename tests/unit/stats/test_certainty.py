"""What is chance: intervals of percentiles, of rates and of ratios, on windows whose truth is known."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom

from stresscampaigns.stats.certainty import percentile_us_sure, rate_sure, ratio
from stresscampaigns.stats.histogram import count_up_to, merged, percentile_us
from stresscampaigns.stats.scalability import Estimate
from tests.unit.stats.latencies import histogram_of

Latencies = NDArray[np.float64]
latencies = st.lists(st.floats(1e-6, 100), min_size=1, max_size=200)
positive = st.floats(1e-3, 1e3)


def independent(draw: np.random.Generator, count: int) -> Latencies:
    return 0.05 * np.exp(0.5 * draw.standard_normal(count))


def alike(draw: np.random.Generator, count: int, during: int = 50) -> Latencies:
    """Of each other, over some fifty requests in a row (AR(1))."""
    keep, noise = math.exp(-1 / during), draw.standard_normal(count)
    for at in range(1, count):
        noise[at] = keep * noise[at - 1] + math.sqrt(1 - keep * keep) * noise[at]
    return 0.05 * np.exp(0.5 * noise)


def estimate(window: Latencies, percentile: float = 95) -> Estimate:
    stretches = [histogram_of(part) for part in np.array_split(window, 10)]
    return percentile_us_sure(merged(stretches), percentile, stretches)


@pytest.mark.parametrize("kind", [independent, alike])
def test_two_windows_of_one_service_are_seldom_told_apart(kind: Callable[..., Latencies]) -> None:
    """Promised are 5 % of 100 comparisons, give or take; by their ratio alone a tenth and more lie 5 % apart."""
    draw = np.random.default_rng(1)
    pairs = [ratio(estimate(kind(draw, 1000)), estimate(kind(draw, 1000))) for _ in range(100)]
    assert sum(one.low > 1 or one.high < 1 for one in pairs) <= 7
    assert sum(one.value > 1.05 for one in pairs) >= 10, "else nothing is shown"


def test_a_tenth_more_is_found_where_there_are_enough_requests() -> None:
    draw = np.random.default_rng(2)
    before, after = (estimate(independent(draw, 20_000)) for _ in range(2))
    assert ratio(Estimate(*(1.1 * one for one in _parts(after))), before).low > 1.05


def _parts(one: Estimate) -> tuple[float, float, float]:
    return one.value, one.low, one.high


@pytest.mark.parametrize("count", [73, 100, 400, 2000])
def test_without_stretches_it_is_the_interval_of_independent_requests(count: int) -> None:
    """The binomial's quantiles say between which two of them the percentile lies; ours may be one farther apart."""
    found = percentile_us_sure(histogram_of(at / 1e6 for at in range(1, count + 1)), 95, ())
    low, high = binom.ppf(0.025, count, 0.95), binom.ppf(0.975, count, 0.95) + 1
    assert abs(found.low - low) <= 1
    assert abs(found.high - high) <= 1


@pytest.mark.parametrize(("percentile", "count"), [(95, 73), (99, 381), (99.9, 3838)])
def test_a_percentile_of_fewer_requests_may_lie_above_all_of_them(percentile: float, count: int) -> None:
    """As many as docs/load.md asks for, and one fewer."""
    enough, too_few = (
        percentile_us_sure(histogram_of([0.01] * many), percentile, ()).high for many in (count, count - 1)
    )
    assert (math.isfinite(enough), too_few) == (True, math.inf)


def test_what_comes_in_blocks_is_less_sure_than_independent_requests() -> None:
    blocks = np.repeat(np.linspace(0.01, 0.1, 10), 100)
    mixed = np.random.default_rng(3).permutation(blocks)
    assert estimate(blocks, 50).low < estimate(mixed, 50).low
    assert estimate(blocks, 50).high > estimate(mixed, 50).high


@given(latencies, st.sampled_from([50.0, 95.0, 99.0]))
def test_the_interval_holds_the_percentile_itself(seconds: Sequence[float], percentile: float) -> None:
    found = percentile_us_sure(histogram_of(seconds), percentile, ())
    assert found.low <= found.value == percentile_us(histogram_of(seconds), percentile) <= found.high


@given(st.lists(st.floats(0, 3000), max_size=100), st.floats(0, 3600))
def test_counting_up_to_a_value_is_what_its_bucket_says(seconds: Sequence[float], limit: float) -> None:
    histogram, limit_us = histogram_of(seconds), max(1, round(limit * 1e6))
    highest = histogram.get_highest_equivalent_value(limit_us)
    assert count_up_to(histogram, limit_us) == sum(max(1, int(one * 1e6 + 0.5)) <= highest for one in seconds)


@given(positive, positive, st.floats(0, 0.5), st.floats(0, 0.5))
def test_turned_around_a_ratio_is_its_inverse(
    one: float, other: float, spread: float, other_spread: float
) -> None:
    first = Estimate(one, one * (1 - spread), one * (1 + spread))
    second = Estimate(other, other * (1 - other_spread), other * (1 + other_spread))
    there, back = ratio(first, second), ratio(second, first)
    assert there.low == pytest.approx(1 / back.high)
    assert there.high == pytest.approx(1 / back.low)


def test_a_ratio_to_what_nobody_knows_is_anything() -> None:
    assert ratio(Estimate(2, 1, math.inf), Estimate(1, 0, math.inf)) == Estimate(2, 0.0, math.inf)


def test_a_rate_is_as_sure_as_its_stretches_are_alike() -> None:
    assert rate_sure(1000, 10, [100.0] * 10) == Estimate(100, 100, 100)
    found = rate_sure(1000, 10, [90.0, 110.0] * 5)
    assert (found.low, found.high) == pytest.approx((92.5, 107.5), abs=0.1)


def test_without_stretches_what_ends_is_independent() -> None:
    found = rate_sure(100, 10, ())
    assert (found.low, found.high) == pytest.approx((8.04, 11.96), abs=0.01)


def test_of_what_was_never_seen_there_may_be_three() -> None:
    assert rate_sure(0, 60, ()) == Estimate(0, 0, 0.05)
    assert ratio(rate_sure(0, 60, ()), rate_sure(100, 10, [10.0] * 10)) == Estimate(0, 0, 0.005)
