"""How many workers a load needs, from its peak and from what one worker was seen to do."""

import math

from stresscampaigns.api.generator import (
    BUSY_USERS,
    MOST_ARRIVALS,
    MOST_WORKERS,
    PLANNED_ARRIVALS,
    THINKING_USERS,
)
from stresscampaigns.api.load_spec import Load, Scenario
from stresscampaigns.api.units import seconds

_THINKS_BY_ITSELF = {"agent-workflow", "database-pool", "http", "memory-pressure", "set-writes"}
"""Scenarios whose thinkTime is more than 0 where it is left out."""


def workers_of(load: Load) -> int:
    """As the campaign says; left out, as many as the load's peak needs."""
    return load.workers or workers_needed(load)


def workers_needed(load: Load) -> int:
    """Enough that none of them is ever the limit."""
    if load.peak_rate is not None:
        needed = load.peak_rate / PLANNED_ARRIVALS
    else:
        needed = load.peak_users / (THINKING_USERS if _all_think(load) else BUSY_USERS)
    return min(MOST_WORKERS, max(1, math.ceil(needed)))


def beyond_workers(load: Load) -> str | None:
    """Why the load's rate cannot be reached, with the number of workers that can; None where it can."""
    rate, workers = load.peak_rate, workers_of(load)
    if rate is None or rate <= workers * MOST_ARRIVALS:
        return None
    return (
        f"spec.load.workers: {workers} can send {workers * MOST_ARRIVALS:g} arrivals a second at most, the stages "
        f"ask for {rate:g}; give workers: {workers_needed(load)}, or leave workers out"
    )


def _all_think(load: Load) -> bool:
    return load.locustfile is None and all(_thinks(scenario) for scenario in load.scenarios or [])


def _thinks(scenario: Scenario) -> bool:
    """A scenario that nobody chooses needs no workers; one whose setting is wrong is refused elsewhere."""
    asked = (scenario.parameters or {}).get("thinkTime")
    if scenario.weight == 0:
        return True
    if asked is None:
        return scenario.name in _THINKS_BY_ITSELF
    try:
        return seconds(asked) > 0 if isinstance(asked, str) else bool(asked)
    except ValueError:
        return False
