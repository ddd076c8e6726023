"""What a campaign does next: start a run, note what became of each slot, drop old runs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from stresscampaigns.api.base import REHEARSE_ANNOTATION
from stresscampaigns.api.campaign import StressCampaignSpec, StressCampaignStatus
from stresscampaigns.api.run import Rehearsal, Trigger
from stresscampaigns.api.selection import LONGEST_RUN_NAME
from stresscampaigns.api.status import SlotOutcome, Verdict
from stresscampaigns.api.units import seconds
from stresscampaigns.core.clocktime import from_rfc3339, to_rfc3339
from stresscampaigns.core.progress import shortened
from stresscampaigns.core.rehearsal import speed
from stresscampaigns.core.schedule import due_slots

SLOTS_KEPT = 20
LONGEST_OBSTACLE = 300
"""Characters of an obstacle in what is said of a slot."""
RECENTLY = 300.0
"""Seconds for which a schedule looks back that has just been changed: its slots from before that were nobody's."""
CLOCK_WAS_WRONG = 3600.0
"""So many seconds ahead of the clock, no slot was handled: the clock was wrong then."""


@dataclass(frozen=True)
class CampaignView:
    """A campaign as the API server holds it."""

    name: str
    namespace: str
    uid: str
    generation: int
    created: float
    spec: StressCampaignSpec
    status: StressCampaignStatus = field(default_factory=StressCampaignStatus)
    run_now: str | None = None
    rehearse: str | None = None
    dry_run: str | None = None
    deleting: bool = False


@dataclass(frozen=True)
class RunView:
    """What a campaign knows of one of its runs."""

    name: str
    intended: float
    finished: bool
    verdict: Verdict | None = None
    failed_checks: tuple[str, ...] = ()
    generation: int | None = None
    """Of the campaign's spec of which it has a copy."""
    rehearsal: bool = False
    """Never evidence: what is said of the campaign's runs is not said of this one."""
    dry: bool = False
    """It does nothing, so that nothing waits for it. It is no evidence, either."""


@dataclass(frozen=True)
class NewRun:
    """A run to create; its name is made from its campaign and its intended time."""

    name: str
    trigger: Trigger
    intended: float
    rehearsal: Rehearsal | None = None
    dry: bool = False


@dataclass(frozen=True)
class Plan:
    """What is due now: a run at most, what became of the slots, and the marks that say it is dealt with."""

    run: NewRun | None = None
    slots: tuple[SlotOutcome, ...] = ()
    last_slot: float | None = None
    last_generation: int | None = None
    last_request: str | None = None
    last_rehearsal: str | None = None
    last_dry_run: str | None = None
    refused: str | None = None
    """Why a rehearsal that somebody asked for cannot be had."""

    @property
    def asked(self) -> bool:
        """Was an annotation dealt with, and nothing else looked at?"""
        return any((self.last_request, self.last_rehearsal, self.last_dry_run))


def slot_run_name(campaign: str, slot: float) -> str:
    """Minutes since the epoch, as CronJob names its Jobs: one slot, one name, whoever makes it."""
    return f"{campaign}-{int(slot // 60)}"


def generation_run_name(campaign: str, generation: int) -> str:
    """One run for one generation of the spec."""
    return f"{campaign}-g{generation}"


def request_run_name(campaign: str, request: str) -> str:
    """One run for one value of the run-now annotation."""
    return f"{campaign}-r{hashlib.sha256(request.encode()).hexdigest()[:8]}"


def rehearsal_run_name(campaign: str, request: str) -> str:
    """One run for one value of the rehearse annotation."""
    return _marked_run_name(campaign, "rehearsal", request)


def dry_run_name(campaign: str, request: str) -> str:
    """One run for one value of the dry-run annotation."""
    return _marked_run_name(campaign, "dryrun", request)


def _marked_run_name(campaign: str, mark: str, request: str) -> str:
    """A long campaign's name is cut, its hash is not."""
    ending = f"-{mark}-{hashlib.sha256(f'{campaign}/{request}'.encode()).hexdigest()[:8]}"
    return f"{campaign[: LONGEST_RUN_NAME - len(ending)]}{ending}"


def plan_runs(campaign: CampaignView, runs: Sequence[RunView], now: float) -> Plan:
    """What a campaign has to start now, and what it has to note.

    Raises:
        ScheduleError: the schedule or its time zone is wrong.
    """
    if campaign.deleting:
        return Plan()
    if (asked := _plan_annotations(campaign, runs, now)).asked:
        return asked
    if campaign.spec.schedule is None:
        return _plan_generation(campaign, runs, now)
    return _plan_slots(campaign, campaign.spec.schedule, runs, now)


def _plan_annotations(campaign: CampaignView, runs: Sequence[RunView], now: float) -> Plan:
    """What waits for a run under way is not dealt with yet, and keeps no slot from being noted meanwhile."""
    if campaign.dry_run and campaign.dry_run != campaign.status.last_dry_run:
        return _plan_dry_run(campaign, campaign.dry_run, runs, now)
    if campaign.run_now and campaign.run_now != campaign.status.last_request:
        return _plan_request(campaign, campaign.run_now, runs, now)
    if campaign.rehearse and campaign.rehearse != campaign.status.last_rehearsal:
        return _plan_rehearsal(campaign, campaign.rehearse, runs, now)
    return Plan()


def _plan_dry_run(campaign: CampaignView, request: str, runs: Sequence[RunView], now: float) -> Plan:
    """It waits for nobody: it only looks."""
    name = dry_run_name(campaign.name, request)
    if any(run.name == name for run in runs):
        return Plan(last_dry_run=request)
    return Plan(run=NewRun(name, "DryRun", now, dry=True), last_dry_run=request)


def _plan_request(campaign: CampaignView, request: str, runs: Sequence[RunView], now: float) -> Plan:
    name = request_run_name(campaign.name, request)
    if any(run.name == name for run in runs):
        return Plan(last_request=request)
    if _active(runs):
        return Plan()
    return Plan(run=NewRun(name, "Request", now), last_request=request)


def _plan_rehearsal(campaign: CampaignView, request: str, runs: Sequence[RunView], now: float) -> Plan:
    try:
        rehearsal = _rehearsal(campaign, request)
    except ValueError as error:
        return Plan(last_rehearsal=request, refused=f"annotation {REHEARSE_ANNOTATION}: {error}")
    name = rehearsal_run_name(campaign.name, request)
    if any(run.name == name for run in runs):
        return Plan(last_rehearsal=request)
    if _active(runs):
        return Plan()
    return Plan(run=NewRun(name, "Rehearsal", now, rehearsal), last_rehearsal=request)


def _rehearsal(campaign: CampaignView, request: str) -> Rehearsal:
    length = (request.split() or [""])[0]
    if seconds(length) <= 0:
        raise ValueError("a rehearsal takes more than 0s")
    return Rehearsal(length=length, speed=speed(campaign.spec, seconds(length)))


def _plan_generation(campaign: CampaignView, runs: Sequence[RunView], now: float) -> Plan:
    if campaign.spec.suspend or campaign.status.last_generation == campaign.generation:
        return Plan()
    name = generation_run_name(campaign.name, campaign.generation)
    if any(run.name == name for run in runs):
        return Plan(last_generation=campaign.generation)
    if _active(runs):
        return Plan()
    return Plan(run=NewRun(name, "Spec", now), last_generation=campaign.generation)


def _plan_slots(campaign: CampaignView, schedule: str, runs: Sequence[RunView], now: float) -> Plan:
    handled = _handled_until(campaign, now)
    due = due_slots(schedule, campaign.spec.time_zone, handled, now)
    if not due:
        return Plan(last_slot=handled) if _is_new(campaign) else Plan()
    *older, newest = due
    missed = tuple(
        _slot(slot, "Missed", reason="a later slot was due already") for slot in older[-SLOTS_KEPT:]
    )
    outcome = _newest_slot(campaign, newest, runs, now)
    existing = any(run.name == outcome.run for run in runs)
    run = NewRun(outcome.run, "Schedule", newest) if outcome.run and not existing else None
    return Plan(run=run, slots=(*missed, outcome), last_slot=newest)


def _handled_until(campaign: CampaignView, now: float) -> float:
    """A schedule that was added to an old campaign, or changed, has missed nothing before it was there."""
    deadline = campaign.spec.starting_deadline_seconds
    recently = now - min(deadline, RECENTLY)
    if not campaign.status.last_slot:
        # One that was never changed has had it since it was created, be it that nobody was there to see it.
        return max(campaign.created, now - deadline if campaign.generation == 1 else recently)
    known = from_rfc3339(campaign.status.last_slot)
    if known > now + CLOCK_WAS_WRONG:
        return recently
    return max(known, recently) if _is_changed(campaign) else known


def _is_new(campaign: CampaignView) -> bool:
    """Has nobody written down yet from when on its slots count?"""
    return campaign.status.last_slot is None or _is_changed(campaign)


def _is_changed(campaign: CampaignView) -> bool:
    """Is what was handled of another schedule? An older release did not say of which."""
    return campaign.status.last_schedule not in (None, schedule_words(campaign.spec))


def schedule_words(spec: StressCampaignSpec) -> str | None:
    """All that decides when its slots are."""
    return None if spec.schedule is None else f"{spec.schedule} {spec.time_zone}"


def _newest_slot(campaign: CampaignView, slot: float, runs: Sequence[RunView], now: float) -> SlotOutcome:
    name = slot_run_name(campaign.name, slot)
    if any(run.name == name for run in runs):
        return _slot(slot, "Ran", run=name)
    if campaign.spec.suspend:
        return _slot(slot, "Skipped", reason="the campaign is suspended")
    late = now - slot
    deadline = campaign.spec.starting_deadline_seconds
    if late > deadline:
        reason = f"{late:.0f}s late, allowed are {deadline}s (startingDeadlineSeconds){_obstacle(campaign)}"
        return _slot(slot, "Missed", reason=reason)
    if active := _active(runs):
        return _slot(slot, "Skipped", reason=f"run {active} was still active (concurrencyPolicy Forbid)")
    return _slot(slot, "Ran", run=name)


def _obstacle(campaign: CampaignView) -> str:
    """What was in the way of it at the last look, such as a quota: who reads of the slot a week later has no event."""
    known = campaign.status.conditions or []
    found = next((one for one in known if (one.type, one.status) == ("Stalled", "True")), None)
    return f"; what was in the way: {shortened(found.message, LONGEST_OBSTACLE)}" if found else ""


def _slot(slot: float, outcome: str, run: str | None = None, reason: str | None = None) -> SlotOutcome:
    return SlotOutcome.model_validate(
        {"time": to_rfc3339(slot), "outcome": outcome, "run": run, "reason": reason}
    )


def _active(runs: Sequence[RunView]) -> str | None:
    return next((run.name for run in runs if not run.finished and not run.dry), None)


def runs_to_drop(campaign: CampaignView, runs: Sequence[RunView]) -> list[str]:
    """Names of finished runs beyond the history limits, oldest first."""
    finished = sorted((run for run in runs if run.finished), key=lambda run: run.intended, reverse=True)
    rehearsals = [run.name for run in finished if run.rehearsal]
    passed = [run.name for run in finished if run.verdict == "Passed" and not run.rehearsal]
    others = [run.name for run in finished if run.verdict != "Passed" and not run.rehearsal]
    spare = (
        passed[campaign.spec.successful_runs_history_limit :]
        + others[campaign.spec.failed_runs_history_limit :]
        + rehearsals[campaign.spec.rehearsals_history_limit :]
    )
    return spare[::-1]
