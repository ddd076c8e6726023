"""Any window of the slots gives what one histogram of its raw latencies would have given."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.stats.histogram import decode, encode, merged, percentile_us
from stresscampaigns.stats.slots import FOLD_AT, MOST_SLOTS, GrowingSlots, window
from tests.unit.stats.latencies import histogram_of

KEY = ("agent", "GET /")
OTHER = ("agent", "POST /")
MOST = 8

latencies = st.lists(st.floats(1e-6, 100), min_size=1, max_size=8)
reports = st.lists(st.tuples(st.integers(0, 3 * MOST), latencies, st.booleans()), min_size=1, max_size=60)


def filled(of: list[tuple[int, list[float], bool]], most: int = MOST) -> GrowingSlots:
    """Each report is one second's latencies; the flag says under which name."""
    slots = GrowingSlots(most)
    for second, values, other in of:
        slots.add(second, OTHER if other else KEY, len(values), 1, encode(histogram_of(values)))
    return slots


@settings(deadline=None)
@given(reports, st.integers(0, MOST), st.integers(1, MOST), st.floats(0.1, 100))
def test_a_percentile_of_any_window_is_the_one_of_its_raw_latencies(
    of: list[tuple[int, list[float], bool]], start: int, length: int, percentile: float
) -> None:
    made = filled(of).packed()
    found = merged(window(one, start, start + length) for one in made.requests)
    inside = range(start * made.length, (start + length) * made.length)
    direct = histogram_of(value for second, values, _ in of if second in inside for value in values)
    assert found.get_total_count() == direct.get_total_count()
    assert percentile_us(found, percentile) == percentile_us(direct, percentile)


@settings(deadline=None)
@given(reports, st.integers(1, 2_000))
def test_however_often_slots_are_joined_no_count_is_lost(
    of: list[tuple[int, list[float], bool]], most_bytes: int
) -> None:
    made = filled(of).packed(most_bytes)
    for key in (KEY, OTHER):
        own = [values for _, values, other in of if (OTHER if other else KEY) == key]
        counted = [one for one in made.requests if (one.scenario, one.name) == key]
        assert sum(sum(one.counts) for one in counted) == sum(map(len, own))
        assert sum(sum(one.failures) for one in counted) == len(own)
        whole = merged(window(one, 0, made.number) for one in counted)
        assert whole.get_total_count() == sum(map(len, own))


def test_a_slot_is_a_second_until_there_would_be_too_many() -> None:
    slots = GrowingSlots(most=4)
    lengths = []
    for second in range(17):
        slots.add(second, KEY, 1, 0, encode(histogram_of([0.001])))
        lengths.append(slots.length)
    assert lengths == [1] * 4 + [2] * 4 + [4] * 8 + [8]
    assert slots.packed().requests[0].counts == [8, 8, 1]


def test_what_is_too_large_is_told_in_longer_slots() -> None:
    of = [(second, [0.001 * (second + n) for n in range(1, 9)], False) for second in range(MOST)]
    assert filled(of).packed().length == 1
    smaller = filled(of).packed(most_bytes=60)
    assert smaller.length > 1
    assert sum(smaller.requests[0].counts) == 8 * MOST


def test_a_slot_without_requests_is_empty() -> None:
    made = filled([(3, [0.001], False)]).packed()
    (one,) = made.requests
    assert (made.number, one.counts) == (4, [0, 0, 0, 1])
    assert window(one, 0, 3).get_total_count() == 0


def test_the_histograms_of_a_day_are_held_in_bounded_memory() -> None:
    slots, text = GrowingSlots(), encode(histogram_of([0.001, 0.002]))
    most = 0
    for second in range(0, 86_400, 24):
        for _worker in range(2):
            slots.add(second, KEY, 2, 0, text)
        most = max(most, slots.texts_held)
    assert slots.length == 128
    assert most <= 4 * MOST_SLOTS + 2 * FOLD_AT
    assert sum(slots.packed().requests[0].counts) == 2 * 2 * 86_400 // 24


@pytest.mark.parametrize("damage", ["AAAA", "", "eJwDAAAAAAE="])
def test_damaged_histograms_are_noticed(damage: str) -> None:
    (one,) = filled([(0, [0.001], False)]).packed().requests
    with pytest.raises(ValueError, match="GET /"):
        window(one.model_copy(update={"histograms": damage}), 0, 1)


def test_histograms_are_hdrs_own() -> None:
    text = encode(histogram_of([0.001] * 7))
    slots = GrowingSlots()
    slots.add(0, KEY, 7, 0, text)
    (one,) = slots.packed().requests
    assert window(one, 0, 1).get_total_count() == decode(text).get_total_count() == 7
