"""Seconds stay seconds where it matters, and are joined where it does not: no count is lost, none is moved."""

from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.load.seconds import AFTER_EDGE, BEFORE_EDGE, MOST_STRETCHES, Seconds

FAULT = 5_000


def filled(seconds: int, edges: list[float], most: int) -> Seconds:
    """One request in each second, failed in every third."""
    made = Seconds(edges, most)
    for second in range(seconds):
        made.users(second, second % 7)
        made.count(second, 1, int(second % 3 == 0))
        made.p95(second, second)
    return made


def test_up_to_two_hours_every_second_is_told() -> None:
    told = filled(MOST_STRETCHES, [], MOST_STRETCHES).stats(MOST_STRETCHES)
    assert [(one.t, one.length) for one in told] == [(t, 1) for t in range(MOST_STRETCHES)]


def test_near_an_edge_seconds_stay_seconds() -> None:
    told = filled(20_000, [FAULT], 100).stats(20_000)
    single = [one.t for one in told if one.length == 1]
    assert set(range(FAULT - BEFORE_EDGE, FAULT + AFTER_EDGE)) <= set(single)
    assert len(told) < 100 + BEFORE_EDGE + AFTER_EDGE + 3


def test_a_joined_stretch_shows_its_highest_percentile_and_its_most_users() -> None:
    told = filled(80, [], 10).stats(80)
    assert [(one.length, one.completed, one.p95_us) for one in told[:2]] == [(8, 8, 7), (8, 8, 15)]
    assert told[0].users == 6


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 4_000), max_size=60),
    st.lists(st.floats(0, 4_000), max_size=4),
    st.integers(10, 50),
    st.integers(0, 4_000),
)
def test_there_is_no_gap_and_every_count_is_in_its_stretch(
    reports: list[int], edges: list[float], most: int, total: int
) -> None:
    made = Seconds(edges, most)
    for second in reports:
        made.count(second, 1, 0)
    told = made.stats(total)
    assert [one.t for one in told] == [0, *(one.t + one.length for one in told)][: len(told)]
    for one in told[:-1]:
        assert one.completed == sum(one.t <= second < one.t + one.length for second in reports)
    assert sum(one.completed for one in told) == len(reports)


def test_a_day_with_faults_is_held_in_bounded_memory() -> None:
    edges = [edge for hour in range(1, 17) for edge in (hour * 3600.0, hour * 3600.0 + 60)]
    made, most = Seconds(edges), 0
    for second in range(86_400):
        made.count(second, 1, 0)
        most = max(most, len(made))
    assert most <= MOST_STRETCHES + 16 * (BEFORE_EDGE + 60 + AFTER_EDGE)
    assert sum(one.completed for one in made.stats(86_400)) == 86_400
