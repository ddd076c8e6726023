"""What a run does next. One decision: observation in, actions and new status out.

    Pending → Preparing → Running → Recovering → Analysing → Finished

Actions come before the status that says they were done: after a crash in between, the decision is made again and
the action, safe to repeat, finds its work done. A verdict once written stays; what follows is only cleaning up.
"""

from collections.abc import Callable
from dataclasses import replace

from stresscampaigns.api.run import Phase, RecordSummary, StressRunStatus
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core import analysis, injection, readiness, reconciliation
from stresscampaigns.core.actions import Action, Announcement, DeleteLoad, EndFault, KeepRecord
from stresscampaigns.core.clocktime import to_rfc3339
from stresscampaigns.core.conditions import merge
from stresscampaigns.core.observation import Observation
from stresscampaigns.core.plan import longest_load
from stresscampaigns.core.pod_watch import groups_of, look
from stresscampaigns.core.progress import Decision, RunView, enter, inconclusive, marked, note
from stresscampaigns.core.run_conditions import run_conditions
from stresscampaigns.core.sizing import beyond_workers

SOON = 1.0
"""Seconds until the next look at a run that is under way."""
PROMETHEUS_PATIENCE = 60.0
"""Seconds for which the analysis waits for a Prometheus that does not answer."""


def decide(run: RunView, seen: Observation) -> Decision:
    """The next step of a run, in whatever phase it is."""
    if run.status.phase == "Finished":
        return Decision(run.status, wait=None)
    step = marked(run, _step(run, seen))
    known = merge(step.status.conditions, run_conditions(run, step.status), run.generation, seen.now)
    return replace(step, status=step.status.model_copy(update={"conditions": known}))


def _step(run: RunView, seen: Observation) -> Decision:
    if run.status.verdict is not None:
        return _clean_up(run, seen)
    if seen.abort is not None:
        return _aborted(run, seen)
    return _STEPS[run.status.phase or "Pending"](run, seen)


def _aborted(run: RunView, seen: Observation) -> Decision:
    reason = f"aborted: {seen.abort}" if seen.abort else "aborted"
    status = run.status.model_copy(update={"verdict": "Aborted", "message": reason})
    status = note(status, seen.now, "Aborted", reason)
    return Decision(status, said=(Announcement("Warning", "Aborted", reason),), wait=0.0)


def _pending(run: RunView, seen: Observation) -> Decision:
    status = run.status
    if status.start_time is None:
        status = _begun(run, status, seen.now)
    if seen.rival:
        message = f"waits for run {seen.rival} on the same target to finish"
        return Decision(status.model_copy(update={"phase": "Pending", "message": message}), wait=SOON)
    return _preparing(replace(run, status=enter(status, "Preparing", seen.now)), seen)


def _begun(run: RunView, status: StressRunStatus, now: float) -> StressRunStatus:
    status = status.model_copy(update={"start_time": to_rfc3339(now)})
    if run.spec.rehearsal is None:
        return status
    own, shorter = (show_seconds(longest_load(one.load)) for one in (run.spec.template, run.template))
    words = f"{own} in {shorter}, {run.spec.rehearsal.speed} faster: it is no evidence"
    return note(status, now, "Rehearsal", words)


def _preparing(run: RunView, seen: Observation) -> Decision:
    if beyond := beyond_workers(run.template.load):
        return inconclusive(run, seen.now, "RateBeyondWorkers", beyond)
    problem = readiness.problem(run, seen)
    if problem is None:
        return readiness.go(run, seen)
    if seen.now - (run.status.phase_time or seen.now) < run.start_timeout:
        status = run.status.model_copy(update={"message": f"waits: {problem.message}"})
        return Decision(status, said=(Announcement("Warning", problem.reason, problem.message),), wait=SOON)
    return inconclusive(run, seen.now, problem.reason, problem.message)


def _running(run: RunView, seen: Observation) -> Decision:
    verdict = readiness.load_problem(run, seen)
    if verdict is not None:
        return inconclusive(run, seen.now, verdict.reason, verdict.message)
    status, said = readiness.note_start(run, seen)
    if status.load is None or status.load.started_at is None:
        return Decision(status, said=said, wait=SOON / 2)
    step = _with_pods(run, injection.advance(replace(run, status=status), seen), seen)
    step = replace(step, said=(*said, *step.said))
    if not readiness.finished(seen):
        return step
    ended = note(enter(step.status, "Recovering", seen.now), seen.now, "LoadFinished", None)
    return replace(step, status=ended, wait=0.0)


def _recovering(run: RunView, seen: Observation) -> Decision:
    step = _with_pods(run, injection.advance(run, seen), seen)
    if not injection.all_over(run.template, step.status):
        return step
    return replace(step, status=enter(step.status, "Analysing", seen.now), wait=0.0)


def _with_pods(run: RunView, step: Decision, seen: Observation) -> Decision:
    """The pods around the faults, as they are at this look."""
    if not seen.near_fault:
        return step
    watch = look(run.status.pod_watch, groups_of(seen), seen.now)
    return replace(step, status=step.status.model_copy(update={"pod_watch": watch}))


def _analysing(run: RunView, seen: Observation) -> Decision:
    waited = seen.now - (run.status.phase_time or seen.now)
    if waited < PROMETHEUS_PATIENCE and _unanswered(run, seen):
        message = "waits for Prometheus to answer the checks' queries"
        return Decision(run.status.model_copy(update={"message": message}), wait=2 * SOON)
    result, counter = seen.load.result, seen.counter
    waits = result is not None and counter is not None and reconciliation.waits(counter, result.finished)
    if waits and waited < reconciliation.PATIENCE:
        message = "waits until the target's own count of requests stands still"
        return Decision(run.status.model_copy(update={"message": message}), wait=SOON)
    return analysis.judge(run, seen)


def _unanswered(run: RunView, seen: Observation) -> bool:
    """Did Prometheus fail to answer what a check asks?"""
    asked = {check.saturation.resource for check in run.template.checks if check.saturation}
    histories = (one for key, one in seen.histories.items() if key.split("/")[0] in asked)
    return any(one.error for one in histories) or any(
        one.error for one in (*seen.answers.values(), seen.counter) if one
    )


def _clean_up(run: RunView, seen: Observation) -> Decision:
    """The verdict stands. Nothing of ours may be left, and the record is kept: only then is the run finished."""
    step = injection.follow(run, seen)
    actions = leftovers(run, seen)
    if run.status.record is None and seen.load.result is not None:
        return _keep_results(run, step, seen, actions)
    if actions:
        return replace(step, actions=actions, wait=SOON)
    # Of a load that was refused halfway there may be parts that have no pods and are not seen: deleted unseen.
    last: tuple[Action, ...] = (DeleteLoad(),)
    if run.status.record is None:
        last = (KeepRecord(step.status), *last)
        step = replace(step, status=step.status.model_copy(update={"record": RecordSummary(kept=True)}))
    done = analysis.finish(replace(run, status=step.status), seen)
    return replace(done, actions=last, said=step.said)


def _keep_results(run: RunView, step: Decision, seen: Observation, left: tuple[Action, ...]) -> Decision:
    """Before the load goes, and with it its log. The record is made of what is known to the API server alone.

    So it is the same when it is made again after a crash.
    """
    result = seen.load.result
    slots = result.slots if result else None
    kept = RecordSummary(kept=True, slot=show_seconds(slots.length) if slots else None)
    faults = tuple(action for action in left if isinstance(action, EndFault))
    status = step.status.model_copy(update={"record": kept})
    return replace(step, status=status, actions=(*faults, KeepRecord(run.status, result)), wait=0.0)


def refused(run: RunView, now: float, message: str) -> Decision:
    """What the API server will not have ends the run; where it is the record, the verdict stands without it."""
    if run.status.verdict is None:
        return inconclusive(run, now, "Refused", message)
    status = run.status.model_copy(update={"record": RecordSummary(kept=False, problem=message[:500])})
    said = (Announcement("Warning", "RecordNotKept", message),)
    return Decision(note(status, now, "RecordNotKept", message), said=said, wait=0.0)


def leftovers(run: RunView, seen: Observation) -> tuple[Action, ...]:
    """What is still there of a run that is over, and must go."""
    faults = tuple(
        EndFault(sidecar.pod, sidecar.container)
        for sidecar in seen.sidecars
        if injection.may_hold(run.status, sidecar, seen.now)
    )
    load = (DeleteLoad(),) if seen.load.exists or seen.load.pods else ()
    return (*faults, *load)


_STEPS: dict[Phase, Callable[[RunView, Observation], Decision]] = {
    "Pending": _pending,
    "Preparing": _preparing,
    "Running": _running,
    "Recovering": _recovering,
    "Analysing": _analysing,
}
