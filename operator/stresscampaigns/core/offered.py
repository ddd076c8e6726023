"""Was there the load that was asked for? In the closed model a Locust file's users may end before their stage does.

A user whose task raises `StopUser` is not replaced: what the target then bears is no evidence for what it was to bear.
The open model counts what it cannot send, and needs none of this. In both a scenario of small weight may have none of
the users, where they are few: what it would have done to the target nobody knows.
"""

from collections.abc import Iterator

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.scenario_names import scenario_names
from stresscampaigns.api.units import seconds
from stresscampaigns.core.capacity.bounds import counted
from stresscampaigns.core.checks.counting import ran
from stresscampaigns.core.plan import stage_windows

SETTLED = 10.0
"""Seconds after a stage's ramp from which on its users must be there."""
LEAST = 0.9
"""Of the users that were asked for, so many must be there."""
WITHOUT = 0.1
"""In more than this part of the time fewer are no passing weakness."""


def shortfalls(template: RunTemplate, result: LoadResult) -> list[str]:
    """Stages that had too few users, a search without a trial, scenarios that never ran, in words."""
    idle = list(_idle(template, result))
    return idle if result.model == "open" else [*_shortfalls(template, result), *_untried(result), *idle]


def _idle(template: RunTemplate, result: LoadResult) -> Iterator[str]:
    scenarios = template.load.scenarios or []
    for name, scenario in zip(scenario_names(scenarios), scenarios, strict=True):
        if scenario.weight and not ran(result, name):
            yield (
                f"scenario {name} made no request: a weight of {scenario.weight} may be too small for so few users; "
                "give it a greater one, or more users"
            )


def _untried(result: LoadResult) -> Iterator[str]:
    search = result.capacity
    if search and not counted(search):
        yield "; ".join(["no trial of the search counts", *search.notes[:1]])


def _shortfalls(template: RunTemplate, result: LoadResult) -> Iterator[str]:
    for stage in template.load.course:
        start, end = stage_windows(template)[stage.name]
        since = start + (seconds(stage.ramp) if stage.ramp else 0.0) + SETTLED
        there = [one for one in result.seconds if since <= one.t and one.t + one.length <= end]
        wanted, whole = stage.users or 0, sum(one.length for one in there)
        few = [one for one in there if one.users < LEAST * wanted]
        if sum(one.length for one in few) > WITHOUT * whole:
            least = min(one.users for one in few)
            had = f"stage {stage.name} had down to {least} users instead of {wanted}"
            yield f"{had}: a Locust file's have ended, or a worker was lost with its own"
