"""A run whose verdict stands: its load and its faults end, its record is kept, and only then is it finished."""

from dataclasses import replace

from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.run import RecordSummary
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core import abort_rules, analysis, injection, stranded
from stresscampaigns.core.actions import Action, Announcement, DeleteLoad, EndFault, KeepRecord, RollBack
from stresscampaigns.core.fault_life import left_to_the_kernel, may_hold
from stresscampaigns.core.observation import Observation
from stresscampaigns.core.progress import SOON, Decision, RunView, note
from stresscampaigns.core.rollout import still_out
from stresscampaigns.core.still_to_come import still_to_come

RESULTS_PATIENCE = 2.0
"""Seconds for which the results of a load that has aborted itself are waited for, before it is deleted."""


def clean_up(run: RunView, seen: Observation) -> Decision:
    """The verdict stands. Nothing may be left or come, and the record is kept: only then is the run finished."""
    step = injection.follow(run, seen)
    actions, coming = leftovers(run, seen), still_to_come(run.status, seen)
    faults = faults_of(actions)
    if run.status.record is None and seen.load.result is not None:
        # First the faults' ends are written down: the record is made of that.
        if faults or coming or step.status.faults != run.status.faults:
            return replace(step, actions=faults, wait=SOON / 4)
        return _keep_results(run, step, seen.load.result)
    if _results_are_coming(run, seen):
        return replace(step, actions=faults, wait=SOON / 4)
    if actions or coming or left_to_the_kernel(run.status, seen):
        return replace(step, actions=actions, wait=SOON)
    step = _with_stranded(run, step, seen)
    # Of a load that was refused halfway there may be parts that have no pods and are not seen: deleted unseen.
    last: tuple[Action, ...] = (DeleteLoad(),)
    if run.status.record is None:
        last = (KeepRecord(step.status), *last)
        step = replace(step, status=step.status.model_copy(update={"record": RecordSummary(kept=True)}))
    done = analysis.finish(replace(run, status=step.status), seen)
    return replace(done, actions=last, said=step.said)


def faults_of(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Those of them that end faults."""
    return tuple(action for action in actions if isinstance(action, EndFault | RollBack))


def _with_stranded(run: RunView, step: Decision, seen: Observation) -> Decision:
    """Whoever finds load pods of a run that is finished learns from it what they are."""
    if not (left := stranded.stranded(run, seen)):
        return step
    told = stranded.words(left)
    said = (*step.said, Announcement("Warning", "LoadPodsLeft", told))
    return replace(step, status=note(step.status, seen.now, "LoadPodsLeft", told), said=said)


def _results_are_coming(run: RunView, seen: Observation) -> bool:
    """A load whose own rule wanted the end has ended by itself; it tells its results within moments.

    Where its node does not answer, results that the verdict was made of are waited for; others put no end off.
    """
    if run.status.record is None and seen.load.unheard is not None and seen.load.exists:
        return run.status.verdict in ("Passed", "Failed") or seen.load.unheard < RESULTS_PATIENCE
    told = abort_rules.wanted(seen.load.events)
    waits = told is not None and 0 <= seen.now - told.at < RESULTS_PATIENCE
    return waits and run.status.record is None and seen.load.exists


def _keep_results(run: RunView, step: Decision, result: LoadResult) -> Decision:
    """Before the load goes, and with it its log. The record is made of what is known to the API server alone.

    So it is the same when it is made again after a crash.
    """
    kept = RecordSummary(kept=True, slot=show_seconds(result.slots.length) if result.slots else None)
    status = step.status.model_copy(update={"record": kept})
    return replace(step, status=status, actions=(KeepRecord(run.status, result),), wait=0.0)


def leftovers(run: RunView, seen: Observation) -> tuple[Action, ...]:
    """What is still there of a run that is over, and must go."""
    faults = tuple(
        EndFault(sidecar.namespace, sidecar.pod, sidecar.container)
        for sidecar in seen.sidecars
        if may_hold(run.status, sidecar, seen.now)
    )
    there = seen.load.exists or (seen.load.pods and not stranded.stranded(run, seen))
    load = (DeleteLoad(),) if there else ()
    return (*faults, *still_out(run.uid, seen), *load)
