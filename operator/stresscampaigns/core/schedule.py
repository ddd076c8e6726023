"""Slots of a cron schedule: which are due, which comes next.

The fields, and what happens where daylight-saving time changes, are cronsim's, which follows Debian's cron.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import dropwhile, islice, takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

MOST_SLOTS = 1_000
"""How many slots one look goes through, so that a schedule of years ago costs no minutes."""


class ScheduleError(ValueError):
    """The schedule or its time zone cannot be used; the message names the field and a right value."""


def _slots_after(schedule: str, time_zone: str, after: float) -> Iterator[float]:
    """Epoch seconds, ascending."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a region such as Europe is a folder
        raise ScheduleError(
            f"spec.timeZone: {time_zone!r} is not a known time zone; write an IANA name like Europe/Berlin"
        ) from error
    try:
        slots = CronSim(schedule, datetime.fromtimestamp(after, zone))
    except CronSimError as error:
        raise ScheduleError(
            f"spec.schedule: {schedule!r} cannot be read ({error}); write five fields like '0 2 * * 6'"
        ) from error
    moments = (slot.astimezone(UTC).timestamp() for slot in slots)
    # In the hour that comes twice, cronsim begins with the slots of the first time.
    return dropwhile(lambda moment: moment <= after, moments)


def next_slot(schedule: str, time_zone: str, after: float) -> float | None:
    """The first slot after a moment, both in seconds since the epoch; None where none will ever come.

    Raises:
        ScheduleError: the schedule or the time zone is wrong.
    """
    return next(_slots_after(schedule, time_zone, after), None)


def due_slots(schedule: str, time_zone: str, after: float, now: float) -> list[float]:
    """Every slot in (after, now], oldest first; of a long absence some `MOST_SLOTS`, the newest where there are any.

    Raises:
        ScheduleError: the schedule or the time zone is wrong.
    """
    due = list(islice(_due(schedule, time_zone, after, now), MOST_SLOTS))
    if len(due) < MOST_SLOTS:
        return due
    # No two slots are less than a minute apart.
    return list(_due(schedule, time_zone, max(after, now - 60 * MOST_SLOTS), now)) or due


def _due(schedule: str, time_zone: str, after: float, now: float) -> Iterator[float]:
    return takewhile(lambda slot: slot <= now, _slots_after(schedule, time_zone, after))
