"""Was there the load that was asked for? In the closed model a Locust file's users may end before their stage does.

A user whose task raises `StopUser` is not replaced: what the target then bears is no evidence for what it was to bear.
The open model counts what it cannot send, and needs none of this. In both a scenario of small weight may have none of
the users, where they are few: what it would have done to the target nobody knows.
"""

from collections.abc import Iterator, Mapping, Sequence

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.load_result import LoadResult, Second
from stresscampaigns.api.scenario_names import scenario_names
from stresscampaigns.api.stage_spec import Stage
from stresscampaigns.api.units import seconds
from stresscampaigns.core.capacity.bounds import counted
from stresscampaigns.core.checks.counting import ran
from stresscampaigns.core.plan import stage_windows

SETTLED, SETTLING, LEAST_SETTLED = 10.0, 0.25, 2.0
"""Seconds within which users must be there: of a short stage a quarter of it, but two for the reports on their way."""
LEAST = 0.9
"""Of the users that were asked for, so many must be there."""
WITHOUT = 0.1
"""In more than this part of the time, of a ramp and of what is held after it, fewer are no passing weakness."""
_INSTANT = 1e-6
"""Seconds: what is asked for up to a jump, not from it on."""


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
    windows, corners = stage_windows(template), [*_corners(template)]
    for stage in template.load.course:
        start, end = windows[stage.name]
        settles = min(SETTLED, max(LEAST_SETTLED, SETTLING * (end - start)))
        settled = start + _ramp(stage) + settles
        there = [one for one in result.seconds if start <= one.t and one.t + one.length <= end]
        wanted = {one.t: _fewest(corners, one.t - settles, one.t + one.length) for one in there}
        held, before = ([one for one in there if (one.t >= settled) == after] for after in (True, False))
        if few := _few(held, wanted) or _few(before, wanted):
            least = min(few, key=lambda one: one.users)
            had = f"stage {stage.name} had down to {least.users} users instead of {wanted[least.t]:.0f}"
            yield f"{had}: a Locust file's have ended, or a worker was lost with its own"


def _few(seconds: Sequence[Second], wanted: Mapping[int, float]) -> list[Second]:
    """Those with too few users, where they are more than a passing weakness."""
    few = [one for one in seconds if one.users < LEAST * wanted[one.t]]
    whole = sum(one.length for one in seconds)
    return few if sum(one.length for one in few) > WITHOUT * whole else []


def _corners(template: RunTemplate) -> Iterator[tuple[float, int]]:
    """Moment and users of each end of the straight lines in which the users go; two of one moment are a jump."""
    users = 0
    for stage in template.load.course:
        start, _ = stage_windows(template)[stage.name]
        yield start, users
        users = stage.users or 0
        yield start + _ramp(stage), users


def _fewest(corners: Sequence[tuple[float, int]], start: float, end: float) -> float:
    """Users that are asked for at every moment between two."""
    inside = (users for at, users in corners if start < at < end)
    return min(_asked(corners, start), _asked(corners, end - _INSTANT), *inside)


def _asked(corners: Sequence[tuple[float, int]], at: float) -> float:
    before = (-1.0, 0)
    for corner in corners:
        if at < corner[0]:
            return before[1] + (corner[1] - before[1]) * (at - before[0]) / (corner[0] - before[0])
        before = corner
    return before[1]


def _ramp(stage: Stage) -> float:
    return seconds(stage.ramp) if stage.ramp else 0.0
