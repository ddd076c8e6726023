"""Conditions whose times change only when their status does."""

from collections.abc import Iterable, Sequence
from typing import Literal

from stresscampaigns.api.status import Condition
from stresscampaigns.core.clocktime import to_rfc3339

Truth = Literal["True", "False", "Unknown"]


def condition(kind: str, status: Truth, reason: str, message: str) -> Condition:
    """A condition whose time is still to be set by `merge`."""
    return Condition(type=kind, status=status, reason=reason, message=message, last_transition_time="")


def truth(value: bool | None) -> Truth:
    """None means that nobody knows yet."""
    return "Unknown" if value is None else "True" if value else "False"


def merge(
    old: Sequence[Condition] | None, new: Iterable[Condition], generation: int, now: float
) -> list[Condition]:
    """The old conditions with the new ones in their place; one keeps its time while it keeps its status."""
    known = {entry.type: entry for entry in old or ()}
    for entry in new:
        before = known.get(entry.type)
        same = before is not None and before.status == entry.status
        time = before.last_transition_time if before and same else to_rfc3339(now)
        known[entry.type] = entry.model_copy(
            update={"last_transition_time": time, "observed_generation": generation}
        )
    return list(known.values())
