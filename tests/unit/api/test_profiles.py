"""Loads by name, and as expected traffic: which stages they are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stresscampaigns.api.load_spec import Load
from stresscampaigns.api.profiles import PROFILES
from stresscampaigns.api.units import seconds, write_seconds

names = st.sampled_from(sorted(set(PROFILES) - {"capacity"}))


def load(**words: Any) -> Load:
    return Load.model_validate({"scenarios": [{"name": "http"}], **words})


def shown(one: Load) -> list[tuple[object, ...]]:
    return [(stage.name, stage.users, stage.rate, stage.ramp, stage.duration) for stage in one.course]


@pytest.mark.parametrize(
    ("name", "users", "minutes"),
    [("light", 100, 10), ("medium", 500, 30), ("heavy", 1000, 60), ("endurance", 100, 24 * 60)],
)
def test_a_profile_has_its_users_and_its_length(name: str, users: int, minutes: int) -> None:
    one = load(profile=name)
    assert (one.peak_users, one.total_seconds) == (users, minutes * 60)


def test_a_spike_is_ten_times_its_baseline_within_seconds_and_goes_back() -> None:
    assert shown(load(profile="spike", users=1000, duration="100m")) == [
        ("baseline", 100, None, "4m", "40m"),
        ("spike", 1000, None, "3s", "20m"),
        ("after", 100, None, "3s", "40m"),
    ]


def test_endurance_has_a_first_and_a_last_hour_to_compare() -> None:
    stages = {stage.name: stage.duration for stage in load(profile="endurance").course}
    assert stages == {"ramp": "30m", "first": "1h", "day": "21h30m", "last": "1h"}


def test_capacity_gets_warm_and_then_searches_up_to_the_users_that_it_is_given() -> None:
    one = load(profile="capacity", users=300)
    assert [stage.name for stage in one.course] == ["warm-up"]
    assert one.search is not None
    assert (one.search.lowest, one.search.highest, one.peak_users) == (10, 300, 300)


def test_a_search_of_its_own_takes_the_place_of_the_profiles() -> None:
    search = load(profile="capacity", capacity={"highest": 50}).search
    assert search is not None
    assert search.highest == 50
    assert load(profile="light").search is None


def test_expected_traffic_of_300_percent_is_three_times_as_much() -> None:
    assert shown(load(expected={"rate": 20, "factor": "300%", "duration": "5m"})) == [
        ("expected", None, 20, "30s", "5m"),
        ("buffer", None, 60, "30s", "5m"),
    ]
    assert [stage.users for stage in load(expected={"users": 7, "factor": "150%"}).course] == [7, 10]


def test_stages_stay_as_they_are_written() -> None:
    stages = [{"name": "only", "users": 3, "duration": "6s"}]
    assert shown(load(stages=stages)) == [("only", 3, None, None, "6s")]


@pytest.mark.parametrize("words", [{}, {"profile": "light", "expected": {"users": 1}}])
def test_a_load_that_slipped_through_without_one_source_is_no_load(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="exactly one of profile, stages, expected"):
        load(**words)


@given(names, st.integers(10, 100_000), st.integers(60_000, 10**9))
def test_however_long_a_profile_its_stages_fill_it_exactly_and_reach_its_peak(
    name: str, users: int, milliseconds: int
) -> None:
    duration = write_seconds(milliseconds / 1000)
    one = load(profile=name, users=users, duration=duration)
    assert round(sum(seconds(stage.duration) for stage in one.course) * 1000) == milliseconds
    assert one.peak_users == users
    assert all(seconds(stage.ramp or "0s") <= seconds(stage.duration) for stage in one.course)


@given(st.integers(0, 10**12))
def test_a_duration_that_was_written_is_read_back(milliseconds: int) -> None:
    assert round(seconds(write_seconds(milliseconds / 1000)) * 1000) == milliseconds
