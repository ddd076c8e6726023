"""Throughput against users: the law's coefficients with intervals, and nothing outside of what was measured."""

import pytest

from stresscampaigns.core.capacity.scalability import scalability
from tests.unit.core.capacity.trials import TRIALS, trial, void

# R's data set specsdm91 (package usl): users, throughput.
SPECSDM91 = {1: 64.9, 18: 995.9, 36: 1652.4, 72: 1853.2, 108: 1828.9, 144: 1775.0, 216: 1702.2}
SPEC = [trial(users, throughput=throughput) for users, throughput in SPECSDM91.items()]


def test_the_coefficients_are_those_of_r_with_their_intervals() -> None:
    told = scalability(SPEC)
    assert told.alpha
    assert told.beta
    assert told.gamma
    assert told.alpha.value == pytest.approx(0.0277, abs=5e-5)
    assert told.beta.value == pytest.approx(0.000104, abs=5e-7)
    assert told.gamma.value == pytest.approx(90.0, abs=0.05)
    assert told.alpha.low < told.alpha.value < told.alpha.high
    assert told.r_squared
    assert 0.98 < told.r_squared < 1


def test_a_law_that_is_kept_to_the_number_explains_everything() -> None:
    kept = [trial(users, throughput=users * 10 / (1 + 0.01 * (users - 1))) for users in (1, 5, 10, 20, 40)]
    assert scalability(kept).r_squared == 1.0


def test_a_peak_within_what_was_measured_is_told() -> None:
    assert scalability(SPEC).peak == "1884/s at 96.52 users"
    assert scalability(SPEC).measured == "1 to 216 users"


def test_no_peak_is_claimed_outside_of_what_was_measured() -> None:
    line = [trial(users, throughput=users * 10 / (1 + 0.01 * (users - 1))) for users in (1, 5, 10, 20, 40)]
    assert (scalability(line).peak or "").startswith("none: ")


def test_fewer_than_four_loads_fit_no_law() -> None:
    told = scalability([trial(10), trial(20), trial(40), trial(40)])
    assert told.alpha is None
    assert told.inconclusive == "3 levels of concurrency; it takes 4 different ones"


def test_a_trial_in_which_nothing_succeeded_is_no_point_of_the_curve() -> None:
    dead = trial(200, throughput=0.0)
    assert scalability([*TRIALS, dead]) == scalability(TRIALS)
    assert scalability([dead]).inconclusive == "no trial had a successful request"


def test_a_trial_that_was_left_out_is_no_point_of_the_curve() -> None:
    assert scalability([*TRIALS, void(300)]) == scalability(TRIALS)


def test_a_throughput_that_never_changes_has_no_variance_to_explain() -> None:
    flat = scalability([trial(users, throughput=100.0) for users in (1, 2, 4, 8, 16)])
    assert flat.r_squared is None
