"""How many users there are at a moment, and which windows a load has."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import PlannedStage, PlannedWindow
from stresscampaigns.load.stages import all_windows, total_seconds, users_at

UP_AND_DOWN = [
    PlannedStage(name="up", users=10, ramp=10, duration=20),
    PlannedStage(name="down", users=2, ramp=4, duration=10),
]


@st.composite
def stages(draw: st.DrawFn) -> list[PlannedStage]:
    def one(number: int) -> PlannedStage:
        duration = draw(st.integers(1, 100))
        ramp = draw(st.integers(0, duration))
        users = draw(st.integers(0, 1000))
        return PlannedStage(name=f"s{number}", users=users, ramp=ramp, duration=duration)

    return [one(number) for number in range(draw(st.integers(1, 6)))]


@pytest.mark.parametrize(
    ("t", "users"), [(0, 0), (5, 5), (10, 10), (19.9, 10), (20, 10), (22, 6), (24, 2), (29.9, 2), (30, None)]
)
def test_users_go_up_and_down_in_a_straight_line(t: float, users: int | None) -> None:
    assert users_at(UP_AND_DOWN, t) == users


def test_without_a_ramp_users_are_there_at_once() -> None:
    assert users_at([PlannedStage(name="all", users=7, duration=1)], 0) == 7


@given(stages(), st.floats(0, 1))
def test_users_lie_between_the_stages_neighbours(of: list[PlannedStage], share: float) -> None:
    begin = 0.0
    for before, stage in pairwise([PlannedStage(name="-", users=0, duration=1), *of]):
        users = users_at(of, begin + share * stage.duration * 0.999)
        assert users is not None
        assert min(before.users, stage.users) <= users <= max(before.users, stage.users)
        begin += stage.duration


@given(stages(), st.floats(0, 1000))
def test_after_the_last_stage_there_is_no_number_of_users(of: list[PlannedStage], later: float) -> None:
    assert users_at(of, total_seconds(of) + later) is None


@given(stages())
def test_the_stages_windows_lie_end_to_end_within_the_whole(of: list[PlannedStage]) -> None:
    whole, *each = all_windows(of, [])
    assert (whole.name, whole.start, whole.end) == ("whole", 0, total_seconds(of))
    assert (each[0].start, each[-1].end) == (0, whole.end)
    assert all(one.end == other.start for one, other in pairwise(each))


def test_planned_windows_come_as_they_are() -> None:
    fault = PlannedWindow(name="db-away", start=3, end=8)
    assert [window.name for window in all_windows(UP_AND_DOWN, [fault])] == ["whole", "up", "down", "db-away"]
    assert all_windows(UP_AND_DOWN, [fault])[-1] is fault


def test_two_windows_of_one_name_are_refused_for_they_would_be_counted_twice() -> None:
    with pytest.raises(ValueError, match="whole"):
        all_windows([PlannedStage(name="whole", users=1, duration=1)], [])
