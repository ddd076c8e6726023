"""Slots of a schedule."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.core.schedule import MOST_SLOTS, ScheduleError, due_slots, next_slot


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_the_next_slot_is_counted_in_the_schedules_own_zone() -> None:
    assert next_slot("0 2 * * 6", "Europe/Berlin", at("2026-11-23T12:00")) == at("2026-11-28T01:00")


def test_every_slot_of_an_absence_is_due_once() -> None:
    due = due_slots("*/10 * * * *", "Etc/UTC", at("2026-01-01T00:00"), at("2026-01-01T00:35"))
    assert due == [at(f"2026-01-01T00:{minute}") for minute in (10, 20, 30)]


def test_the_hour_that_comes_twice_runs_a_daily_campaign_once() -> None:
    due = due_slots("30 2 * * *", "Europe/Berlin", at("2026-10-24T12:00"), at("2026-10-25T12:00"))
    assert len(due) == 1


def test_in_the_hour_that_comes_again_the_next_slot_is_none_of_the_first_time() -> None:
    """Else it would be due at once, and again, until the hour is over."""
    second_time = at("2026-10-25T01:01")
    assert next_slot("15,45 1-3 * * *", "Europe/Berlin", second_time) == at("2026-10-25T02:15")
    due = due_slots("15,45 1-3 * * *", "Europe/Berlin", second_time, at("2026-10-25T03:00"))
    assert due == [at("2026-10-25T02:15"), at("2026-10-25T02:45")]


@pytest.mark.parametrize(
    ("schedule", "zone", "field"),
    [("61 * * * *", "Etc/UTC", "spec.schedule"), ("0 2 * * 6", "Mars/Base", "spec.timeZone")],
)
def test_a_wrong_schedule_names_its_field(schedule: str, zone: str, field: str) -> None:
    with pytest.raises(ScheduleError, match=field):
        next_slot(schedule, zone, 0)


def test_after_a_long_absence_the_newest_slots_are_due_at_once() -> None:
    year = at("2026-01-01T00:00")
    due = due_slots("* * * * *", "Etc/UTC", year, year + 365 * 86_400)
    assert len(due) == MOST_SLOTS
    assert due[-1] == year + 365 * 86_400


def test_of_slots_that_are_far_apart_the_oldest_are_due_first() -> None:
    then = at("1980-01-01T00:00")
    due = due_slots("0 0 1 * *", "Etc/UTC", then, then + 100 * 365 * 86_400)
    assert due[0] == at("1980-02-01T00:00")


@given(st.integers(0, 2_000_000_000), st.integers(0, 86_400))
def test_slots_lie_within_the_stretch_in_order(after: int, length: int) -> None:
    due = due_slots("*/7 * * * *", "America/New_York", after, after + length)
    assert due == sorted(set(due))
    assert all(after < slot <= after + length for slot in due)
