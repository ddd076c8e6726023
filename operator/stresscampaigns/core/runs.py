"""What a run does next. One decision: observation in, actions and new status out.

    Pending → Preparing → Running → Recovering → Analysing → Finished

Actions come before the status that says they were done: after a crash in between, the decision is made again and
the action, safe to repeat, finds its work done. A verdict once written stays; what follows is only cleaning up.
"""

from collections.abc import Callable
from dataclasses import replace

from stresscampaigns.api.run import Phase, RecordSummary, StressRunStatus
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core import abort_rules, analysis, dry_run, injection, readiness, reconciliation
from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.capacity import steering
from stresscampaigns.core.clocks import noted
from stresscampaigns.core.clocktime import to_rfc3339
from stresscampaigns.core.conditions import merge
from stresscampaigns.core.observation import Observation, Probe
from stresscampaigns.core.plan import longest_load
from stresscampaigns.core.pod_watch import looked
from stresscampaigns.core.progress import SOON, Decision, RunView, enter, inconclusive, marked, note
from stresscampaigns.core.run_cleanup import clean_up, faults_of, leftovers
from stresscampaigns.core.run_conditions import run_conditions
from stresscampaigns.core.saturation import live_record
from stresscampaigns.core.sizing import beyond_workers
from stresscampaigns.core.still_to_come import still_to_come

PROMETHEUS_PATIENCE = 60.0
"""Seconds for which the analysis waits for a Prometheus that does not answer."""

MOST_SET_BACK = 2.0
"""Seconds by which our own clock may be set back under a run: what we end at its time, a bad revision, is as late."""
_SET_BACK = (
    "the operator's clock was set back by {:.1f}s: the run's times hold no more, so load and faults end"
)
UNDER_WAY: tuple[Phase, ...] = ("Running", "Recovering")
"""Phases in which there may be load or faults."""


def decide(run: RunView, seen: Observation) -> Decision:
    """The next step of a run, in whatever phase it is."""
    if run.status.phase == "Finished":
        return Decision(run.status, wait=None)
    run = _with_live_use(run, seen)
    return _with_conditions(run, marked(run, _step(run, seen)), seen.now)


def _with_conditions(run: RunView, step: Decision, now: float) -> Decision:
    known = merge(step.status.conditions, run_conditions(run, step.status), run.generation, now)
    return replace(step, status=step.status.model_copy(update={"conditions": known}))


def _with_live_use(run: RunView, seen: Observation) -> RunView:
    """With what has been told of the target's memory and CPU since the last look."""
    if seen.live_use is None:
        return run
    end = seen.load.result.finished if seen.load.result else None
    found = live_record.noted(run.status.live_use, seen.live_use, run.started_at, end)
    return replace(run, status=run.status.model_copy(update={"live_use": found}))


def _step(run: RunView, seen: Observation) -> Decision:
    if run.status.verdict is not None:
        return clean_up(run, seen)
    if (reason := _why_abort(run, seen)) is not None:
        return _aborted(run, seen, reason)
    if seen.clock_set_back > MOST_SET_BACK:
        return inconclusive(run, seen.now, "ClockSetBack", _SET_BACK.format(seen.clock_set_back))
    step = _STEPS[run.status.phase or "Pending"](run, seen)
    return replace(step, said=(*step.said, *abort_rules.unanswered(run, seen)))


def _why_abort(run: RunView, seen: Observation) -> str | None:
    """Why all must end now, if it must: somebody or a rule says so, or the namespace's owner allows it no more."""
    if seen.abort is not None:
        return seen.abort
    if run.status.phase not in UNDER_WAY:
        return None
    if not seen.namespace.ok:
        return f"consent was withdrawn: {seen.namespace.message}"
    return abort_rules.holds(run, seen)


def _aborted(run: RunView, seen: Observation, why: str) -> Decision:
    reason = f"aborted: {why}" if why else "aborted"
    status = run.status.model_copy(update={"verdict": "Aborted", "message": reason})
    status = note(status, seen.now, "Aborted", reason)
    said = (Announcement("Warning", "Aborted", reason),)
    return _with_pods(run, Decision(status, said=said, wait=0.0), seen)


def _pending(run: RunView, seen: Observation) -> Decision:
    if run.spec.dry_run:
        return dry_run.tell(run, seen)
    status = run.status
    if status.start_time is None:
        status = _begun(run, status, seen.now)
    if not seen.namespace.ok:
        return _unwelcome(replace(run, status=status), seen)
    if seen.rival:
        message = f"waits for run {seen.rival} on the same target to finish"
        waits = {"phase": "Pending", "phase_time": None, "message": message}
        return Decision(status.model_copy(update=waits), wait=SOON)
    return _preparing(replace(run, status=enter(status, "Preparing", seen.now)), seen)


def _unwelcome(run: RunView, seen: Observation) -> Decision:
    """An owner has not let it in, or not any more: it has no turn that others would have to wait for."""
    since = run.status.phase_time or seen.now
    status = run.status.model_copy(update={"phase": "Pending", "phase_time": since})
    return _waits(replace(run, status=status), seen.now, seen.namespace)


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
    if not seen.namespace.ok:
        return _unwelcome(run, seen)
    problem = readiness.problem(run, seen)
    return readiness.go(run, seen) if problem is None else _waits(run, seen.now, problem)


def _waits(run: RunView, now: float, problem: Probe) -> Decision:
    """Until what is in the way has gone, or it has been for too long."""
    if now - (run.status.phase_time or now) < run.start_timeout:
        status = run.status.model_copy(update={"message": f"waits: {problem.message}"})
        return Decision(status, said=(Announcement("Warning", problem.reason, problem.message),), wait=SOON)
    return inconclusive(run, now, problem.reason, problem.message)


def _running(run: RunView, seen: Observation) -> Decision:
    verdict = readiness.load_problem(run, seen)
    if verdict is not None:
        return inconclusive(run, seen.now, verdict.reason, verdict.message)
    status, said = readiness.note_start(run, seen)
    status, lost = readiness.note_losses(status, seen.load)
    said, status = (*said, *lost), noted(status, seen)
    if status.load is None or status.load.started_at is None:
        return Decision(status, said=said, wait=SOON / 2)
    status, answers = steering.advance(replace(run, status=status), seen)
    step = _with_pods(run, injection.advance(replace(run, status=status), seen), seen)
    step = replace(step, said=(*said, *step.said), actions=(*answers, *step.actions))
    if not readiness.finished(seen):
        return step
    ended = note(enter(step.status, "Recovering", seen.now), seen.now, "LoadFinished", None)
    return replace(step, status=ended, wait=0.0)


def _recovering(run: RunView, seen: Observation) -> Decision:
    step = _with_pods(run, injection.advance(run, seen), seen)
    step = replace(step, status=noted(step.status, seen))
    if not injection.all_over(run.template, step.status):
        return step
    # The analysis may take minutes in which nobody looks at faults: nothing may be left to it, whatever was said of it.
    unproven = tuple(one for one in seen.sidecars if one.report.outcome is None)
    left = faults_of(leftovers(run, replace(seen, sidecars=unproven)))
    if left or still_to_come(step.status, seen):
        return replace(step, actions=left)
    if (unsettled := _unsettled(run, seen.now)) > 0:
        message = "the load is over; waits until Prometheus has its last samples"
        status = step.status.model_copy(update={"message": message})
        return replace(step, status=status, wait=min(unsettled, step.wait or unsettled))
    return replace(step, status=enter(step.status, "Analysing", seen.now), wait=0.0)


def _unsettled(run: RunView, now: float) -> float:
    """For how many seconds more what a check asks Prometheus may lack the load's last samples."""
    asks = any(check.query or check.saturation for check in run.template.checks)
    if run.template.prometheus is None or not asks:
        return 0.0
    return (run.status.phase_time or 0.0) + steering.SETTLED - now


def _with_pods(run: RunView, step: Decision, seen: Observation) -> Decision:
    """The pods around the faults, as they are at this look."""
    if not seen.near_fault:
        return step
    watch = looked(run.status.pod_watch, seen)
    return replace(step, status=step.status.model_copy(update={"pod_watch": watch}))


def _analysing(run: RunView, seen: Observation) -> Decision:
    if not seen.namespace.ok:
        return inconclusive(run, seen.now, seen.namespace.reason, seen.namespace.message)
    if seen.load.unheard is not None:
        return _unheard(run, seen)
    waited = seen.now - (run.status.phase_time or seen.now)
    if waited < PROMETHEUS_PATIENCE and _unanswered(run, seen):
        message = "waits for Prometheus to answer the checks' queries"
        return Decision(run.status.model_copy(update={"message": message}), wait=2 * SOON)
    result, counter = seen.load.result, seen.counter
    waits = result is not None and counter is not None and reconciliation.waits(counter, result.finished)
    if waits and waited < reconciliation.PATIENCE:
        message = "waits until the target's own count of requests stands still"
        return Decision(run.status.model_copy(update={"message": message}), wait=SOON)
    if waited < live_record.PATIENCE and _tells_more(run, seen):
        message = "waits until metrics.k8s.io has told of the load's last seconds"
        return Decision(run.status.model_copy(update={"message": message}), wait=SOON)
    return analysis.judge(run, seen)


def _tells_more(run: RunView, seen: Observation) -> bool:
    record, result = run.status.live_use, seen.load.result
    if record is None or result is None:
        return False
    return live_record.waits(record, seen.histories, seen.target_pods, result.finished - run.started_at)


def _unheard(run: RunView, seen: Observation) -> Decision:
    """The results are with a node that does not answer: waited for as long as there is a pod to tell them."""
    if (lost := readiness.given_up(seen.load)) is not None:
        return inconclusive(run, seen.now, "ResultsLost", lost)
    message = "waits for the load's results: the node of its coordinator does not answer"
    return Decision(run.status.model_copy(update={"message": message}), wait=SOON)


def _unanswered(run: RunView, seen: Observation) -> bool:
    """Did Prometheus, where there is one, fail to answer what a check asks?"""
    if run.template.prometheus is None:
        return False
    asked = {check.saturation.resource for check in run.template.checks if check.saturation}
    histories = (one for key, one in seen.histories.items() if key.split("/")[0] in asked)
    return any(one.error for one in histories) or any(
        one.error for one in (*seen.answers.values(), seen.counter) if one
    )


def not_created(run: RunView, now: float, message: str) -> Decision:
    """All is ready, but whoever is asked for the load, such as a webhook, does not answer: as if it were not ready."""
    status = run.status if run.status.start_time else _begun(run, run.status, now)
    if status.phase != "Preparing":
        status = enter(status, "Preparing", now)
    problem = Probe(False, "LoadNotCreated", f"the load cannot be created: {message}")
    return _with_conditions(run, _waits(replace(run, status=status), now, problem), now)


def refused(run: RunView, now: float, message: str) -> Decision:
    """What the API server will not have ends the run; where it is the record, the verdict stands without it."""
    if run.status.verdict is None:
        return inconclusive(run, now, "Refused", message)
    status = run.status.model_copy(update={"record": RecordSummary(kept=False, problem=message[:500])})
    said = (Announcement("Warning", "RecordNotKept", message),)
    return Decision(note(status, now, "RecordNotKept", message), said=said, wait=0.0)


_STEPS: dict[Phase, Callable[[RunView, Observation], Decision]] = {
    "Pending": _pending,
    "Preparing": _preparing,
    "Running": _running,
    "Recovering": _recovering,
    "Analysing": _analysing,
}
