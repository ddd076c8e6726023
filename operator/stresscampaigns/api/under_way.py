"""Requests that were under way when a window began or ended: they count where they end, and so are in another one."""

from pydantic import Field

from stresscampaigns.api.wire import Wire

AGES = (
    *(0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0, 70.0, 100.0),
    *(150.0, 200.0, 300.0, 500.0, 700.0, 1000.0, 1500.0, 2000.0, 3000.0),
)
"""Seconds, of which records are made: never other ones."""
TOLD_WITHIN = 1.0
"""Seconds: ends are counted by whole ones, so that a request may have been older by less than that."""


class UnderWay(Wire):
    """Requests of one name that were under way at one moment, by their age then, as their ends have told.

    Of each age in `AGES`, those that were surely as old, and not as old as the next. What was younger than a second may
    be left out.
    """

    t: int = Field(
        description="Seconds from the start of the load: the first one that is in the window, or after it."
    )
    scenario: str
    name: str
    counts: list[int]
    failed: list[int] = Field(description="Of these: at most so many failed.")
