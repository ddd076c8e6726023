"""Scalability: the Universal Scalability Law, held against R's package `usl` 3.0.3 and against itself.

R's figures are from that package's own tests (`tests/*.Rout.save` in github.com/smoeding/usl), its data from its
`data/*.rda`. Its `confint` is no reference: it takes t at 0.95 with n − 1 degrees of freedom for a 95 % interval.
"""

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.stats.scalability import Estimate, Point, Scalability, UnfittableData, fit

SPECSDM91 = [
    Point(1, 64.9),
    Point(18, 995.9),
    Point(36, 1652.4),
    Point(72, 1853.2),
    Point(108, 1828.9),
    Point(144, 1775.0),
    Point(216, 1702.2),
]
RAYTRACER = [
    Point(1, 20),
    Point(4, 78),
    Point(8, 130),
    Point(12, 170),
    Point(16, 190),
    Point(20, 200),
    Point(24, 210),
    Point(28, 230),
    Point(32, 260),
    Point(48, 280),
    Point(64, 310),
]
# A peak at 23 would fit best, but none fits nearly as well.
UNCERTAIN = [Point(1, 10), Point(2, 19), Point(4, 33), Point(8, 52), Point(16, 50), Point(32, 57)]
LEVELS = (1, 2, 4, 8, 16, 32, 64, 128)
alphas = st.floats(0, 1)
betas = st.floats(0, 0.1)
gammas = st.floats(1e-3, 1e6)


def law(concurrency: float, gamma: float, alpha: float, beta: float) -> float:
    return gamma * concurrency / (1 + alpha * (concurrency - 1) + beta * concurrency * (concurrency - 1))


def noisy(gamma: float, noise: list[float], alpha: float = 0.05, beta: float = 0.001) -> list[Point]:
    factors = zip(LEVELS, noise, strict=True)
    return [Point(level, law(level, gamma, alpha, beta) * (1 + factor)) for level, factor in factors]


def values(found: Scalability) -> tuple[float, float, float]:
    return found.alpha.value, found.beta.value, found.gamma.value


def digits(value: float, count: int) -> float:
    """As R prints it with so many significant digits."""
    return float(f"{value:.{count}g}")


def standard_error(estimate: Estimate, students_t: float) -> float:
    return (estimate.high - estimate.value) / students_t


def test_r_finds_the_same_coefficients_for_specsdm91() -> None:
    alpha, beta, gamma = values(fit(SPECSDM91))
    assert [digits(alpha, 4), digits(beta, 4), digits(gamma, 4)] == [2.773e-02, 1.044e-04, 90.00]


def test_r_finds_the_same_standard_errors_for_specsdm91() -> None:
    """Student's t at 0.975 with 4 degrees of freedom is 2.776445 (any table)."""
    found = fit(SPECSDM91)
    errors = [standard_error(estimate, 2.776445) for estimate in (found.alpha, found.beta, found.gamma)]
    assert [digits(error, 4) for error in errors] == [9.122e-03, 1.988e-05, 14.21]
    assert digits(found.residual_error, 4) == 82.85


def test_r_finds_the_same_residuals_for_specsdm91() -> None:
    found = fit(SPECSDM91)
    residuals = [point.throughput - found.throughput(point.concurrency) for point in SPECSDM91]
    assert residuals == pytest.approx([-25.10, -81.66, 111.09, 3.05, -49.99, -46.60, 56.00], abs=0.005)


def test_r_finds_the_same_peak_for_specsdm91() -> None:
    peak = fit(SPECSDM91).peak
    assert peak is not None
    assert [digits(peak.concurrency, 4), digits(peak.throughput, 4)] == [96.52, 1884]


def test_r_finds_the_same_coefficients_for_raytracer_with_beta_on_its_bound() -> None:
    alpha, beta, gamma = values(fit(RAYTRACER))
    assert [digits(alpha, 3), round(beta, 15), digits(gamma, 6)] == [0.0578, 0, 21.8488]


def test_r_finds_the_same_coefficients_for_the_first_points_of_raytracer() -> None:
    found = [digits(value, count) for value, count in zip(values(fit(RAYTRACER[:6])), (4, 3, 7), strict=True)]
    assert found == [0.02444, 0.00163, 20.85605]


@pytest.mark.parametrize("points", [RAYTRACER, UNCERTAIN])
def test_no_peak_is_claimed_where_beta_may_be_zero(points: list[Point]) -> None:
    found = fit(points)
    assert found.peak is None
    assert found.beta.holds(0)
    assert found.no_peak.startswith("β may be 0")


def test_no_peak_is_claimed_outside_of_what_was_measured() -> None:
    found = fit([point for point in noisy(10, [0] * 8) if point.concurrency <= 16])
    assert found.peak is None
    assert found.no_peak == "the peak would be at 30.82, outside of what was measured, 1 to 16"


def test_no_peak_is_claimed_where_throughput_falls_from_the_beginning_on() -> None:
    found = fit([Point(level, law(level, 10, 1.5, 0.01)) for level in LEVELS])
    assert found.peak is None
    assert found.no_peak == "α is 1.5: throughput falls from the beginning on"


@pytest.mark.parametrize("knee", [50, 95, 150])
def test_a_resource_that_is_full_makes_no_peak(knee: int) -> None:
    """Throughput grows up to the knee and stays there; the law alone has a peak, at 170 users for a knee at 95."""
    found = fit([Point(level, 10.0 * min(level, knee)) for level in (5, 20, 80, 95, 99, 113, 160, 320)])
    assert found.beta.value > 0
    assert found.peak is None
    assert "no fall was measured" in found.no_peak


def test_an_interval_is_not_clipped_at_zero() -> None:
    assert fit(RAYTRACER).beta.low < 0


@given(gammas, alphas, betas)
def test_points_of_known_coefficients_give_them_back(gamma: float, alpha: float, beta: float) -> None:
    found = fit([Point(level, law(level, gamma, alpha, beta)) for level in LEVELS])
    assert found.gamma.value == pytest.approx(gamma, rel=1e-8)
    assert found.alpha.value == pytest.approx(alpha, rel=1e-8, abs=1e-9)
    assert found.beta.value == pytest.approx(beta, rel=1e-8, abs=1e-11)


@given(st.floats(1e-6, 1e6), st.lists(st.floats(-0.05, 0.05), min_size=8, max_size=8))
def test_scaling_the_throughput_scales_gamma_and_nothing_else(factor: float, noise: list[float]) -> None:
    found, scaled = fit(noisy(10, noise)), fit(noisy(10 * factor, noise))
    assert scaled.gamma.value == pytest.approx(found.gamma.value * factor, rel=1e-6)
    assert scaled.alpha.value == pytest.approx(found.alpha.value, rel=1e-6, abs=1e-9)
    assert scaled.beta.value == pytest.approx(found.beta.value, rel=1e-6, abs=1e-12)


@given(st.permutations(SPECSDM91))
def test_the_order_of_the_points_does_not_matter(points: list[Point]) -> None:
    assert values(fit(points)) == pytest.approx(values(fit(SPECSDM91)), rel=1e-6)


@given(st.lists(st.floats(-0.02, 0.02), min_size=8, max_size=8))
def test_a_peak_is_what_the_law_says_of_the_coefficients(noise: list[float]) -> None:
    found = fit(noisy(10, noise))
    assert found.peak is not None
    assert found.peak.concurrency == pytest.approx(math.sqrt((1 - found.alpha.value) / found.beta.value))
    assert found.peak.throughput == pytest.approx(law(found.peak.concurrency, *_gamma_first(found)))


def _gamma_first(found: Scalability) -> tuple[float, float, float]:
    alpha, beta, gamma = values(found)
    return gamma, alpha, beta


def test_the_intervals_hold_the_truth_about_as_often_as_they_promise() -> None:
    """95 % of 200 data sets with 1 % of normal noise: 190, give or take 4 standard deviations."""
    import numpy as np

    noise = np.random.default_rng(1).normal(0, 0.01, (200, 8))
    held = sum(fit(noisy(10, list(one))).beta.holds(0.001) for one in noise)
    assert 178 <= held <= 200


def test_three_levels_are_too_few_however_often_they_were_measured() -> None:
    with pytest.raises(UnfittableData, match="3 levels of concurrency; it takes 4"):
        fit(SPECSDM91[:3] * 5)


@pytest.mark.parametrize("throughput", [0.0, -1.0, math.nan, math.inf])
def test_a_throughput_that_is_no_positive_number_is_refused(throughput: float) -> None:
    with pytest.raises(UnfittableData, match=f"a throughput of {throughput} at concurrency 9"):
        fit([*SPECSDM91, Point(9, throughput)])


@pytest.mark.parametrize("concurrency", [0.0, 0.5, -1.0, math.nan, math.inf])
def test_a_concurrency_below_one_is_refused(concurrency: float) -> None:
    with pytest.raises(UnfittableData, match="a concurrency of"):
        fit([*SPECSDM91, Point(concurrency, 100)])


def test_a_cliff_is_fitted_although_it_lies_at_a_bound() -> None:
    """A search over a grid finds 47.8; scipy's dogbox alone stops at 29.7, with a sixth more of squared error."""
    cliff = [Point(1, 500), Point(2, 1), Point(5, 50), Point(10, 5), Point(20, 10)]
    assert fit(cliff).alpha.value == pytest.approx(47.8, abs=0.05)


def test_points_that_leave_the_coefficients_open_are_refused() -> None:
    """Where throughput falls all along, far from one alone, only the ratios of the coefficients are known."""
    with pytest.raises(UnfittableData, match="leave the coefficients open"):
        fit([Point(level, 1e6 / level**3) for level in (100, 200, 300, 400, 500)])


def test_points_that_follow_no_such_law_are_refused() -> None:
    with pytest.raises(UnfittableData, match="follow no such law"):
        fit([Point(1, 1), Point(2, 80), Point(4, 5), Point(8, 20), Point(16, 80)])


def test_whoever_only_imports_the_module_does_not_pay_for_scipy() -> None:
    code = "import sys, stresscampaigns.stats.scalability; sys.exit(bool({'numpy', 'scipy'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
