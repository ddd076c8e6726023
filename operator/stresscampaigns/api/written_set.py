"""What became of the unique elements that a load wrote through the target: Jepsen's set, counted exactly."""

from collections.abc import Iterable
from typing import Protocol

from pydantic import Field

from stresscampaigns.api.wire import Wire

SET_WRITES = "set-writes"
"""The scenario that writes them."""
READ_BACK_SECONDS = 120.0
"""After the load, all elements must have been read back within this."""
MOST_LISTED = 1000
"""So many of the lost elements, and of the duplicated ones, are listed in the run's record; all are counted."""


class Weighed(Protocol):
    """A scenario with its share, in a campaign or in the load's plan."""

    @property
    def name(self) -> str: ...

    @property
    def weight(self) -> int: ...


def read_back_seconds(scenarios: Iterable[Weighed]) -> float:
    """Seconds after the load in which what was written is read back, at most; 0 where no scenario writes."""
    writes = any(one.name == SET_WRITES and one.weight > 0 for one in scenarios)
    return READ_BACK_SECONDS if writes else 0.0


class WrittenElement(Wire):
    """One element, and when it was written, in seconds from the start of the load."""

    element: str
    after: float = Field(description="Written at this time or later, …")
    before: float = Field(description="… and before this.")


class WrittenSet(Wire):
    """attempted = acknowledged + unknown + refused; acknowledged = kept + lost + never read."""

    attempted: int = 0
    acknowledged: int = Field(
        default=0, description="The target answered 2xx: from then on it must be there."
    )
    unknown: int = Field(default=0, description="No answer, or 3xx or 5xx: it may be there, or not.")
    refused: int = Field(default=0, description="The target answered 4xx.")
    kept: int = Field(default=0, description="Acknowledged, and there.")
    lost: int = Field(default=0, description="Acknowledged, and not there.")
    recovered: int = Field(default=0, description="Not acknowledged, yet there: no fault, but worth knowing.")
    duplicated: int = Field(default=0, description="Times that a listing held an element once more.")
    unexpected: int = Field(default=0, description="In a listing, and never written.")
    never_read: int = Field(default=0, description="Acknowledged, and could not be read back in time.")
    lost_elements: list[WrittenElement] = Field(default_factory=list, description="The first of them.")
    duplicated_elements: list[WrittenElement] = Field(default_factory=list, description="The first of them.")
    listed: bool = Field(default=False, description="All by listing: a duplicate would have been seen.")
    problem: str | None = Field(default=None, description="Why not all was read back.")
