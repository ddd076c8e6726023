"""Histograms: merged counts are exact."""

import gc
import math
import weakref

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.stats.histogram import decode, empty, encode, merged, percentile_us, slowest_first

values = st.lists(st.integers(1, 60_000_000), min_size=1, max_size=300)


def histogram(of: list[int]):  # type: ignore[no-untyped-def]
    made = empty()
    for value in of:
        made.record_value(value)
    return made


@given(values, st.sampled_from([50.0, 90.0, 95.0, 99.0, 99.9]))
def test_a_percentile_is_within_half_a_percent_of_the_sorted_truth(of: list[int], percentile: float) -> None:
    rank = max(1, math.ceil(len(of) * percentile / 100 - 1e-9))
    truth = sorted(of)[rank - 1]
    assert abs(percentile_us(histogram(of), percentile) - truth) <= max(1, truth * 0.005)


@given(values, values, st.sampled_from([50.0, 95.0, 99.9]))
def test_merged_parts_equal_the_whole(one: list[int], other: list[int], percentile: float) -> None:
    parts = merged([histogram(one), decode(encode(histogram(other)))])
    assert percentile_us(parts, percentile) == percentile_us(histogram(one + other), percentile)
    assert parts.get_total_count() == len(one) + len(other)


@given(values, st.integers(1, 60_000_000))
def test_what_is_told_to_be_slower_than_a_latency_surely_is(of: list[int], than: int) -> None:
    told = slowest_first(histogram(of), than)
    assert [latency for latency, _ in told] == sorted({latency for latency, _ in told}, reverse=True)
    assert all(latency >= than for latency, _ in told)
    assert sum(count for _, count in told) <= sum(value >= than for value in of)
    assert sum(count for _, count in told) >= sum(value >= than * 1.001 for value in of)


def test_a_histogram_is_freed_at_once_and_not_when_the_garbage_collector_comes_by() -> None:
    text = encode(empty())
    gc.disable()
    try:
        gone = [weakref.ref(made) for made in (empty(), decode(text), merged([decode(text)]))]
        assert [one() for one in gone] == [None] * 3
    finally:
        gc.enable()
