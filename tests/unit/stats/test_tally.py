"""A tally is a histogram in the making: the same counts, to the bucket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.stats.histogram import HIGHEST_US, LOWEST_US, empty, encode
from stresscampaigns.stats.tally import Tally

LATENCIES = st.one_of(
    st.floats(0, 0.01),
    st.floats(0, 7200),
    st.integers(0, 33).map(lambda power: 2**power / 1e6),
    st.integers(1, 33).map(lambda power: (2**power - 1) / 1e6),
)


@given(st.lists(LATENCIES, max_size=50))
def test_a_tally_is_what_a_histogram_that_recorded_every_latency_is(latencies: list[float]) -> None:
    tally, recorded = Tally(), empty()
    for one in latencies:
        tally.count(one)
        recorded.record_value(min(max(int(one * 1e6 + 0.5), LOWEST_US), HIGHEST_US))
    assert tally.total == len(latencies)
    assert encode(tally.histogram()) == encode(recorded)


@pytest.mark.parametrize(("seconds", "counted"), [(-1.0, LOWEST_US), (0.0, LOWEST_US), (1e6, HIGHEST_US)])
def test_what_is_out_of_range_counts_as_the_ends_of_the_range(seconds: float, counted: int) -> None:
    tally, recorded = Tally(), empty()
    tally.count(seconds)
    recorded.record_value(counted)
    assert encode(tally.histogram()) == encode(recorded)
