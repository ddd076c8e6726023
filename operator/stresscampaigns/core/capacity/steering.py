"""While a search is on: what checks say of its trials that the load cannot judge itself. Pure.

The load is told, trial by trial, as soon as each is known, so that it searches on below what was not sustained. This
steers, and no more: once the load is over, `under_checks` judges all trials by all checks.
"""

from collections.abc import Mapping, Sequence

from stresscampaigns.api.capacity_record import TrialAnswer
from stresscampaigns.api.load_events import Finished, LoadEvent, TrialOver
from stresscampaigns.api.load_result import CapacityResult, CapacityTrial, LoadResult
from stresscampaigns.api.run import StressRunStatus
from stresscampaigns.core.actions import Action, AnswerTrials
from stresscampaigns.core.capacity.criteria import unseen_by_load
from stresscampaigns.core.capacity.under_checks import told_of
from stresscampaigns.core.clocks import skews
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.observation import Observation
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.saturation.incidents import oom_kills
from stresscampaigns.core.saturation.target_uses import target_uses

SETTLED = 5.0
"""Seconds after a trial, or the load, in which its last samples arrive in Prometheus: scrapes take time."""
PATIENCE = 60.0
"""Seconds after a trial for which a check's answer is waited for: the load waits, too."""


def so_far(run: RunView, events: Sequence[LoadEvent], now: float) -> LoadResult | None:
    """The trials up to now, of which those pass that are to be judged; None, where there is none of these."""
    if not _is_on(run, events) or not unseen_by_load(run.template):
        return None
    trials, known = _trials(events), {one.trial for one in run.status.trial_answers or []}
    asked = {
        number
        for number, one in enumerate(trials, 1)
        if one.passed and number not in known and now >= run.started_at + one.end + SETTLED
    }
    if not asked:
        return None
    shown = [
        one if number in asked else one.model_copy(update={"passed": False})
        for number, one in enumerate(trials, 1)
    ]
    return LoadResult(
        started=run.started_at,
        finished=run.started_at + max(trials[number - 1].end for number in asked),
        workers_expected=0,
        workers_lost=0,
        windows=[],
        seconds=[],
        capacity=CapacityResult(lower=None, upper=None, complete=False, trials=shown),
    )


def _is_on(run: RunView, events: Sequence[LoadEvent]) -> bool:
    began = run.status.load is not None and run.status.load.started_at is not None
    return began and not any(isinstance(event, Finished) for event in events)


def _trials(events: Sequence[LoadEvent]) -> list[CapacityTrial]:
    """In their order, from the first to the last before one that was not heard of."""
    told = {event.number: event.trial for event in events if isinstance(event, TrialOver)}
    whole = next(number for number in range(1, len(told) + 2) if number not in told)
    return [told[number] for number in range(1, whole)]


def advance(run: RunView, seen: Observation) -> tuple[StressRunStatus, tuple[Action, ...]]:
    """The status with what is known now, and the load to be told of it; each trial is answered for once."""
    known = {one.trial: one for one in run.status.trial_answers or []}
    found = {number: one for number, one in _answers(run, seen).items() if number not in known}
    if not found:
        return run.status, ()
    answers = [one for _, one in sorted((known | found).items())]
    return run.status.model_copy(update={"trial_answers": answers}), (AnswerTrials(tuple(answers)),)


def _answers(run: RunView, seen: Observation) -> Mapping[int, TrialAnswer]:
    told = seen.trials
    if told is None or told.result.capacity is None:
        return {}
    evidence = Evidence(
        run.template,
        run.started_at,
        told.result,
        answers=told.answers,
        uses=target_uses(run, told.histories, told.target_pods),
        skews=skews(run.status.clocks),
        silences=told.silences,
        oom_kills=oom_kills(told.target_pods),
    )
    asked = [(number, one) for number, one in enumerate(told.result.capacity.trials, 1) if one.passed]
    found = ((number, _answer(evidence, number, one, seen.now)) for number, one in asked)
    return {number: one for number, one in found if one is not None}


def _answer(evidence: Evidence, number: int, trial: CapacityTrial, now: float) -> TrialAnswer | None:
    """None while there may still be one."""
    told = told_of(unseen_by_load(evidence.template), evidence, number, {})
    if told.broke:
        values = (
            words.removeprefix(f"{name}: ") for name, words in zip(told.broke, told.breaks, strict=True)
        )
        return TrialAnswer(trial=number, broke=dict(zip(told.broke, values, strict=True)))
    if not told.doubts:
        return TrialAnswer(trial=number)
    waits = now < evidence.started_at + trial.end + PATIENCE
    return None if waits else TrialAnswer(trial=number, unknown="; ".join(told.doubts)[:300])
