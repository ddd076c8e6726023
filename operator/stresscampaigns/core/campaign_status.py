"""The wording of a campaign's status."""

from collections.abc import Sequence
from dataclasses import dataclass

from stresscampaigns.api.campaign import CampaignPhase, LastRun, StressCampaignStatus
from stresscampaigns.api.status import Condition
from stresscampaigns.core.campaigns import (
    CLOCK_WAS_WRONG,
    SLOTS_KEPT,
    CampaignView,
    Plan,
    RunView,
    schedule_words,
)
from stresscampaigns.core.clocktime import from_rfc3339, to_rfc3339
from stresscampaigns.core.conditions import condition, merge
from stresscampaigns.core.schedule import next_slot


@dataclass(frozen=True)
class _Standing:
    active: RunView | None
    newest: RunView | None
    judged: RunView | None


def campaign_status(
    campaign: CampaignView, plan: Plan, runs: Sequence[RunView], now: float, obstacle: str | None = None
) -> StressCampaignStatus:
    """The campaign's whole status after its plan was carried out; `runs` holds the new run too.

    Args:
        obstacle: why a run that is due could not be created; the plan is an empty one then.
    """
    old = campaign.status
    standing = _standing(runs, old, now)
    following = _next_run(campaign, now)
    conditions = _conditions(standing, following, obstacle)
    slots = [*(old.slots or []), *plan.slots][-SLOTS_KEPT:]
    return _summed_up(old, standing).model_copy(
        update={
            "phase": _phase(campaign, standing, following),
            "observed_generation": campaign.generation,
            "next_run": following,
            **_handled(campaign, plan),
            "last_generation": plan.last_generation or old.last_generation,
            "last_request": plan.last_request or old.last_request,
            "last_rehearsal": plan.last_rehearsal or old.last_rehearsal,
            "last_dry_run": plan.last_dry_run or old.last_dry_run,
            "slots": slots or None,
            "conditions": merge(old.conditions, conditions, campaign.generation, now),
        }
    )


def invalid_status(
    campaign: CampaignView, problem: str, runs: Sequence[RunView], now: float
) -> StressCampaignStatus:
    """The status of a campaign whose spec cannot be used: Stalled, with what would be right.

    What became of runs that it started before is said all the same.
    """
    changes = [
        condition("Ready", "False", "InvalidSpec", problem),
        condition("Reconciling", "False", "InvalidSpec", "waits for the spec to be corrected"),
        condition("Stalled", "True", "InvalidSpec", problem),
    ]
    return _summed_up(campaign.status, _standing(runs, campaign.status, now)).model_copy(
        update={
            "phase": "Invalid",
            "observed_generation": campaign.generation,
            "next_run": None,
            "conditions": merge(campaign.status.conditions, changes, campaign.generation, now),
        }
    )


def _handled(campaign: CampaignView, plan: Plan) -> dict[str, str | None]:
    """Up to when, and of which schedule; where there is none any more, one that comes later begins anew."""
    words, old = schedule_words(campaign.spec), campaign.status
    if words is None:
        return {"last_slot": None, "last_schedule": None}
    if plan.last_slot:
        return {"last_slot": to_rfc3339(plan.last_slot), "last_schedule": words}
    return {"last_slot": old.last_slot, "last_schedule": old.last_schedule}


def _summed_up(old: StressCampaignStatus, standing: _Standing) -> StressCampaignStatus:
    """What the runs say of their campaign."""
    told: dict[str, object] = {
        "last_run": _last_run(standing.newest) or old.last_run,
        "active_run": standing.active.name if standing.active else None,
    }
    if judged := standing.judged:
        told |= {
            "verdict": judged.verdict,
            "failed_checks": ", ".join(judged.failed_checks) or None,
            "verdict_time": to_rfc3339(judged.intended),
            "verdict_generation": judged.generation,
        }
    return old.model_copy(update=told)


def _standing(runs: Sequence[RunView], old: StressCampaignStatus, now: float) -> _Standing:
    """What is known of a run that is gone stands until a newer one: an older one that is still there takes no place."""
    newest_first = sorted(runs, key=lambda run: run.intended, reverse=True)
    evidence = [run for run in newest_first if not run.rehearsal]
    last = old.last_run.time if old.last_run and old.last_run.verdict else None
    return _Standing(
        active=next((run for run in newest_first if not run.finished and not run.dry), None),
        newest=next((run for run in evidence if _as_new_as(run, last, now)), None),
        judged=next(
            (run for run in evidence if run.finished and _as_new_as(run, old.verdict_time, now)), None
        ),
    )


def _as_new_as(run: RunView, known: str | None, now: float) -> bool:
    """Of what lies in the future, by a clock that was wrong, nothing stands."""
    return known is None or not run.intended < from_rfc3339(known) <= now


def next_look(campaign: CampaignView, now: float) -> float | None:
    """When the next slot is, epoch seconds; a suspended campaign skips it, and that is noted too."""
    if campaign.spec.schedule is None:
        return None
    known = from_rfc3339(campaign.status.last_slot) if campaign.status.last_slot else now
    handled = known if now < known <= now + CLOCK_WAS_WRONG else now
    return next_slot(campaign.spec.schedule, campaign.spec.time_zone, handled)


def _next_run(campaign: CampaignView, now: float) -> str | None:
    slot = next_look(campaign, now)
    return None if slot is None or campaign.spec.suspend else to_rfc3339(slot)


def _phase(campaign: CampaignView, standing: _Standing, following: str | None) -> CampaignPhase:
    if standing.active:
        return "Running"
    if campaign.spec.suspend:
        return "Suspended"
    return "Scheduled" if following else "Complete"


def _last_run(run: RunView | None) -> LastRun | None:
    if run is None:
        return None
    return LastRun(
        name=run.name,
        time=to_rfc3339(run.intended),
        verdict=run.verdict,
        failed_checks=list(run.failed_checks) or None,
    )


def _conditions(standing: _Standing, following: str | None, obstacle: str | None) -> list[Condition]:
    active = standing.active
    waits = f"the next run is at {following}" if following else "no run is planned"
    return [
        condition("Ready", "True", "Accepted", "the campaign is valid and in force"),
        condition("Reconciling", "True", "RunActive", f"run {active.name} is under way")
        if active
        else condition("Reconciling", "False", "Idle", waits),
        condition("Stalled", "True", "RunNotCreated", obstacle)
        if obstacle
        else condition("Stalled", "False", "Accepted", "nothing is in the way"),
    ]
