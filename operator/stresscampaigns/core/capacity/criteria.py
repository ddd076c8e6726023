"""What a trial is judged by: every check of the campaign that looks at no window of its own.

What the load counts itself it is told as bounds, and searches by them. Of the rest it hears while it searches; all of
it is judged once the search is over.
"""

from collections.abc import Iterator

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.capacity_spec import Capacity, CapacityLatency
from stresscampaigns.api.check_spec import Check, CheckKind, LatencyQuestion
from stresscampaigns.api.load_plan import TrialBound
from stresscampaigns.api.units import is_number, seconds, threshold_value, write_seconds

COUNTED: tuple[CheckKind, ...] = ("latency", "errorRate", "throughput")
"""Answered from the load's own counts."""
IN_ANY_TRIAL: tuple[CheckKind, ...] = (*COUNTED, "query", "saturation")
ERRORS, LATENCY = "capacity.errorRate", "capacity.latency"
"""Bounds of `load.capacity`; no check can be called so."""
_USUAL_ERRORS = "1%"


def by_trials(check: Check) -> bool:
    """Has it an answer in each trial?"""
    return check.kind in IN_ANY_TRIAL and not (check.during or check.after)


def applied(template: RunTemplate) -> list[Check]:
    """Every check that a sustained load keeps: of what is lost nobody knows in which trial, so none is to be lost."""
    return [check for check in template.checks if by_trials(check) or check.data_loss]


def own_latency(template: RunTemplate) -> list[Check]:
    """The search's own bound on latency, where it has one, as a check: of too few requests it has no answer."""
    return [
        Check.model_construct(
            name=LATENCY,
            latency=LatencyQuestion(percentile=bound.percentile),
            max=write_seconds(bound.most),
        )
        for bound in trial_bounds(template)
        if bound.name == LATENCY
    ]


def unseen_by_load(template: RunTemplate) -> list[Check]:
    """Those by whose upper bound a trial can fail without the load's knowing."""
    checks = template.checks if template.load.search else []
    return [one for one in checks if by_trials(one) and one.kind not in COUNTED and one.max is not None]


def trial_bounds(template: RunTemplate) -> list[TrialBound]:
    """What the load itself judges its trials by.

    The upper bounds alone: too few requests, or too few errors, come of too few users, too.
    """
    checks = [check for check in template.checks if by_trials(check)]
    told = [bound for check in checks for bound in _of_check(check)]
    return [*told, *_of_search(template.load.search, told)] if template.load.search else []


def _of_check(check: Check) -> Iterator[TrialBound]:
    """None where the threshold is in a unit that throughput has not: such a check has no answer."""
    asked = check.latency or check.error_rate or check.throughput
    if asked is None or check.max is None or (check.throughput and not is_number(check.max)):
        return
    fields = {"percentile": check.latency.percentile} if check.latency else {}
    yield TrialBound.model_validate(
        {
            "name": check.name,
            "kind": check.kind,
            "request": asked.name,
            "scenario": asked.scenario,
            "most": threshold_value(check.max),
            **fields,
        }
    )


def _of_search(search: Capacity, told: list[TrialBound]) -> Iterator[TrialBound]:
    """Its own bounds; where it has none, and no check bounds all requests, the usual ones."""
    bounded = {one.kind for one in told if one.request is None and one.scenario is None}
    if search.error_rate or "errorRate" not in bounded:
        most = threshold_value(search.error_rate or _USUAL_ERRORS)
        yield TrialBound(name=ERRORS, kind="errorRate", most=most)
    if search.latency or "latency" not in bounded:
        latency = search.latency or CapacityLatency()
        yield TrialBound(
            name=LATENCY, kind="latency", percentile=latency.percentile, most=seconds(latency.max)
        )
