"""Before and while the load starts: what is missing, in words that say what to do."""

from stresscampaigns.api.base import CAMPAIGN_LABEL
from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.load_events import EXIT_FAILED
from stresscampaigns.api.run import Clocks, LoadSummary, StressRunStatus
from stresscampaigns.core.actions import Announcement, CreateLoad
from stresscampaigns.core.clocks import skews
from stresscampaigns.core.clocktime import from_rfc3339
from stresscampaigns.core.fault_limits import Limit, beyond_plan
from stresscampaigns.core.observation import LoadView, Observation, Pod, Probe
from stresscampaigns.core.plan import between_trials, longest_load
from stresscampaigns.core.progress import Decision, RunView, enter, note
from stresscampaigns.core.rollout import why_not
from stresscampaigns.core.saturation.incidents import OOM_KILLED, at_start

FINISH_GRACE = 90.0
"""Seconds after its last stage in which the load must have drained and reported."""

CLOCKS_APART = 60.0
"""Seconds by which the clocks of operator and load pods may differ here."""


def problem(run: RunView, seen: Observation) -> Probe | None:
    """The first thing that keeps the run from starting, or None."""
    return next(iter(problems(run, seen)), None)


def problems(run: RunView, seen: Observation) -> list[Probe]:
    """All of them; what must be mended first comes first."""
    checks = (
        seen.namespace,
        _target(run, seen),
        _fault_targets(run, seen),
        _fault_share(run, seen),
        seen.prometheus,
        seen.target_url,
    )
    return [probe for probe in checks if not probe.ok]


def _target(run: RunView, seen: Observation) -> Probe:
    query = run.template.target.selector.as_query()
    where = f"selector {query} in namespace {run.target_namespace}"
    if not seen.target_pods:
        message = f"spec.target.selector: {where} matches no pod; correct it or start the target"
        return Probe(False, "TargetNotFound", message)
    if not any(pod.ready for pod in seen.target_pods):
        return Probe(
            False, "TargetNotReady", f"no pod of {where} is ready; see `kubectl describe pod -l {query}`"
        )
    return Probe(True)


def _fault_targets(run: RunView, seen: Observation) -> Probe:
    for fault in run.template.faults or []:
        if fault.rolls_out:
            if reason := why_not(fault, seen.deployments.get(fault.name)):
                return Probe(False, "RolloutNotPossible", f"spec.faults[{fault.name}]: {reason}")
            continue
        if not any(pod.ready for pod in seen.fault_pods.get(fault.name, ())):
            selector = fault.own_selector or run.template.target.selector
            message = (
                f"spec.faults[{fault.name}].target: {selector.as_query()} matches no ready pod in namespace "
                f"{run.namespace_of(fault)}; correct it"
            )
            return Probe(False, "FaultTargetNotFound", message)
    return Probe(True)


def _fault_share(run: RunView, seen: Observation) -> Probe:
    beyond = beyond_plan(run.template, Limit.of(run.template, seen.most_share), seen.fault_pods)
    return Probe(beyond is None, "FaultShareExceeded", beyond or "")


def go(run: RunView, seen: Observation) -> Decision:
    """All is ready: create the load."""
    status = note(enter(run.status, "Running", seen.now), seen.now, "LoadCreated", None)
    clocks = Clocks(prometheus=round(seen.prometheus.clock_ahead, 1)) if seen.prometheus.clock_ahead else None
    status = status.model_copy(update={"target_pods": at_start(seen.target_pods), "clocks": clocks})
    ready = "target, Prometheus and namespace" if run.template.prometheus else "target and namespace"
    said = [Announcement("Normal", "LoadCreated", f"{ready} are ready: the load starts")]
    if skew := skews(clocks).prometheus:
        said += [Announcement("Warning", "ClocksApart", f"{skew}: no check that asks it has an answer")]
    return Decision(status, actions=(CreateLoad(),), said=tuple(said), wait=0.2)


def load_problem(run: RunView, seen: Observation) -> Probe | None:
    """Why the load will give no result any more, or None."""
    load = seen.load
    if _is_of_another(run, load):
        message = (
            "the load of another run of this name is still there: delete its Jobs, and run the campaign again"
        )
        return Probe(False, "LoadOfAnother", message)
    if failed := failure(load):
        return Probe(False, "LoadFailed", failed)
    if not load.exists:
        return Probe(
            False, "LoadLost", "the load's Jobs are gone: somebody deleted them; run the campaign again"
        )
    if finished(seen):
        return Probe(False, "ResultsLost", load.problem) if load.problem else None
    if dead := _dead_pod(run, load):
        return Probe(False, "LoadFailed", dead)
    if lost := given_up(load):
        return Probe(False, "LoadFailed", lost)
    return _overdue(run, seen)


def _is_of_another(run: RunView, load: LoadView) -> bool:
    """Was it on before this run was asked for? Then whatever it tells is of a run that is gone."""
    began = started(load)
    return began is not None and began < from_rfc3339(run.spec.intended_time) - CLOCKS_APART


def _dead_pod(run: RunView, load: LoadView) -> str | None:
    over = any(event.event == "finished" for event in load.events)
    for pod in load.pods:
        # A coordinator that ends well has said so; one that has not was ended by a Locust file's own os._exit(0).
        if pod.ended and (pod.exit_code != 0 or (pod.role == "coordinator" and not over)):
            why = f": {pod.trouble}" if pod.trouble else f"; {_logs(run)}"
            advice = _advice(run, pod)
            return f"load pod {pod.name} ended with exit code {pod.exit_code} before the load was over{why}{advice}"
    return None


def _logs(run: RunView) -> str:
    """Those of this run go with its pods, as soon as it has ended."""
    where = f"{CAMPAIGN_LABEL}={run.spec.campaign}"
    return f"watch `kubectl -n {run.namespace} logs -f -l {where}` in the next run"


def _advice(run: RunView, pod: Pod) -> str:
    if "(most recent call first)" in (pod.trouble or ""):
        return "; its event loop stood still there, as in a loop that never waits"
    if pod.trouble == OOM_KILLED:
        return "; give load.workers more, or see that answers are not too large"
    # One that says so itself is our program, and of this version.
    return "" if pod.exit_code == EXIT_FAILED else _advice_on_image(run)


def given_up(load: LoadView) -> str | None:
    """The coordinator's node does not answer, and Kubernetes does not wait for it any more: neither does the run."""
    if load.unheard is None:
        return None
    gone = next((pod for pod in load.pods if pod.role == "coordinator" and pod.deleting), None)
    if gone is None:
        return None
    return (
        f"load pod {gone.name} is on node {gone.node}, which does not answer, and Kubernetes has given it up: what the "
        "load has measured is lost"
    )


def _advice_on_image(run: RunView) -> str:
    """Where the load never began, an image of the user's own is what differs from all other loads."""
    source = run.template.load.locustfile
    if not (source and source.image) or _has_started(run):
        return ""
    return (
        f"; spec.load.locustfile.image: {source.image} must be built FROM the operator's own load image, of the "
        "same version"
    )


def _has_started(run: RunView) -> bool:
    return run.status.load is not None and run.status.load.started_at is not None


def _overdue(run: RunView, seen: Observation) -> Probe | None:
    if not _has_started(run):
        if started(seen.load) is None and seen.now - (run.status.phase_time or seen.now) > run.start_timeout:
            return Probe(False, *_why_not_started(run, seen.load))
        return None
    late = seen.now - run.started_at - longest_load(run.template.load)
    if late > time_to_report(run.template):
        return Probe(False, "LoadOverdue", f"the load should have been over {late:.0f}s ago; {_logs(run)}")
    return None


def time_to_report(template: RunTemplate) -> float:
    """Seconds after `longest_load` at which a load that has said nothing says nothing any more."""
    return FINISH_GRACE + between_trials(template) + template.load.read_back


def _why_not_started(run: RunView, load: LoadView) -> tuple[str, str]:
    stuck = next(
        (f"load pod {pod.name} cannot start: {pod.trouble}" for pod in load.pods if pod.trouble), None
    )
    if stuck:
        return "LoadPodsNotStarting", stuck
    if load.unheard is not None:
        return (
            "LoadNotStarted",
            "the node of the load's coordinator does not answer: nobody knows whether it began",
        )
    if load.trouble:
        return "LoadPodsNotStarting", f"the load cannot start: {load.trouble}"
    return "LoadNotStarted", f"the load's workers did not connect in time; {_logs(run)}"


def note_start(run: RunView, seen: Observation) -> tuple[StressRunStatus, tuple[Announcement, ...]]:
    """The status once the coordinator has said that the load is on."""
    at = started(seen.load)
    if at is None or _has_started(run):
        return run.status, ()
    status = run.status.model_copy(update={"load": LoadSummary(started_at=at)})
    said = Announcement("Normal", "LoadStarted", f"the load is on, {run.template.load.peak}")
    return note(status, at, "LoadStarted", said.message), (said,)


def note_losses(status: StressRunStatus, load: LoadView) -> tuple[StressRunStatus, tuple[Announcement, ...]]:
    """The status with every worker that the coordinator misses; each is told once, long before the load is over."""
    told = {entry.detail for entry in status.timeline or [] if entry.event == "WorkerLost"}
    said: list[Announcement] = []
    for event in load.events:
        if event.event != "worker-lost":
            continue
        words = f"load worker {event.worker} does not answer any more: this run proves nothing"
        if words not in told:
            status = note(status, event.at, "WorkerLost", words)
            said.append(Announcement("Warning", "WorkerLost", words))
    return status, tuple(said)


def started(load: LoadView) -> float | None:
    """When the first user was spawned, epoch seconds."""
    return next((event.at for event in load.events if event.event == "started"), None)


def finished(seen: Observation) -> bool:
    """Has the coordinator said that the load is over, and its results are there or lost?"""
    over = any(event.event == "finished" for event in seen.load.events)
    return over and (seen.load.result is not None or seen.load.problem is not None)


def failure(load: LoadView) -> str | None:
    """What the coordinator says went wrong, so that there will be no result."""
    return next((event.reason for event in load.events if event.event == "failed"), None)
