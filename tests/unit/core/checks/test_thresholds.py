"""Comparing a number with a threshold, and saying so."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.core.checks.answer import answered, keeps, show_number, threshold_words, unanswered
from tests.unit.core.builders import check

BETWEEN = check(query="x", min=5, max="800ms")
numbers = st.floats(allow_nan=False)


@pytest.mark.parametrize(
    ("maximum", "value", "kept"),
    [
        ("800ms", 0.8, True),
        ("800ms", math.nextafter(0.8, 0), True),
        ("800ms", math.nextafter(0.8, 1), False),
        ("1%", 0.01, True),
        ("1%", math.nextafter(0.01, 1), False),
        (0, 0.0, True),
        (0, 5e-324, False),
    ],
)
def test_an_upper_bound_is_itself_allowed_and_nothing_above_it(
    maximum: int | str, value: float, kept: bool
) -> None:
    assert keeps(check(query="x", max=maximum), value) is kept


@pytest.mark.parametrize(
    ("value", "kept"), [(5.0, True), (math.nextafter(5, 9), True), (math.nextafter(5, 0), False)]
)
def test_a_lower_bound_is_itself_allowed_and_nothing_below_it(value: float, kept: bool) -> None:
    assert keeps(check(query="x", min=5), value) is kept


@given(numbers)
def test_both_bounds_must_be_kept(value: float) -> None:
    assert keeps(check(query="x", min=2, max=3), value) == (2 <= value <= 3)


@pytest.mark.parametrize("bounds", [{"max": 1}, {"min": 1}, {"min": 0, "max": 1}])
def test_nan_keeps_no_bound(bounds: dict[str, int]) -> None:
    assert not keeps(check(query="x", **bounds), math.nan)


def test_a_threshold_is_shown_as_it_was_written() -> None:
    assert threshold_words(BETWEEN) == ">= 5, <= 800ms"


def test_a_kept_threshold_is_told_with_the_number() -> None:
    told = answered(check(query="x", max="0.9", during="high"), 0.5, show_number, 7)
    assert told.message == "it: 0.5 during high keeps <= 0.9"
    assert (told.verdict, told.value, told.threshold, told.samples) == ("Passed", "0.5", "<= 0.9", 7)


def test_a_broken_threshold_is_told_with_the_number() -> None:
    told = answered(check(query="x", max="0.9"), 0.95, show_number, 7)
    assert (told.verdict, told.message) == ("Failed", "it: 0.95 whole run breaks <= 0.9")


def test_no_answer_has_no_number_but_a_reason() -> None:
    told = unanswered(check(query="x", max=1), "nobody knows")
    assert (told.verdict, told.value, told.message) == (
        "Inconclusive",
        None,
        "it: no answer: nobody knows",
    )


@pytest.mark.parametrize(
    ("question", "window", "source"),
    [
        ({"error_rate": {}, "max": 0}, "whole run", "load generator, exact counts"),
        ({"throughput": {}, "min": 1, "after": "cut"}, "after cut", "load generator, exact counts"),
        ({"query": "x", "max": 1, "during": "low"}, "during low", "Prometheus"),
        (
            {"latency": {"percentile": 95}, "max": "1s"},
            "whole run",
            "load generator, exact histogram",
        ),
        (
            {"recovery": {"fault": "cut"}, "max": "1s"},
            "since end of cut",
            "load generator, second by second",
        ),
    ],
)
def test_an_answer_says_what_was_looked_at_and_where_it_comes_from(
    question: dict[str, Any], window: str, source: str
) -> None:
    told = unanswered(check(**question), "no")
    assert (told.window, told.source) == (window, source)
