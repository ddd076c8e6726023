"""A dry run: what a run would do now, pods by name, and what would be in its way. It does nothing."""

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.run_plan import PlannedFault, PlannedStretch, RunPlan
from stresscampaigns.api.units import write_seconds
from stresscampaigns.core import readiness
from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.clocktime import to_rfc3339
from stresscampaigns.core.observation import Observation
from stresscampaigns.core.plan import longest_load, named_windows, stage_windows
from stresscampaigns.core.progress import Decision, RunView, enter, note
from stresscampaigns.core.sizing import beyond_workers, workers_of
from stresscampaigns.core.steady_plan import planned_looks
from stresscampaigns.core.targeting import choose

SHOWN = 5
"""Names of pods in the message; the plan has all of them."""


def tell(run: RunView, seen: Observation) -> Decision:
    """Once, and the dry run is over. It has no verdict: nothing was measured."""
    plan = run_plan(run, seen)
    words = _words(plan)
    said = Announcement("Warning" if plan.in_the_way else "Normal", "Planned", words)
    now = to_rfc3339(seen.now)
    status = enter(run.status, "Finished", seen.now).model_copy(
        update={"plan": plan, "message": words, "start_time": now, "completion_time": now}
    )
    return Decision(note(status, seen.now, "Planned", words), said=(said,), wait=None)


def run_plan(run: RunView, seen: Observation) -> RunPlan:
    """What would be done now."""
    load = run.template.load
    windows = stage_windows(run.template) | named_windows(run.template)
    faults, looks = run.template.faults or [], planned_looks(run.template)
    names = {fault.name for fault in faults}
    return RunPlan(
        load=load.peak,
        workers=workers_of(load),
        length=write_seconds(longest_load(load)),
        windows=[
            PlannedStretch(name=name, start=write_seconds(start), end=write_seconds(end))
            for name, (start, end) in windows.items()
            if name not in names and end > start
        ],
        faults=[_fault(fault, seen, looks[fault.name]) for fault in faults] or None,
        in_the_way=_in_the_way(run, seen) or None,
    )


def _fault(fault: Fault, seen: Observation, look: str) -> PlannedFault:
    found = seen.fault_pods.get(fault.name)
    return PlannedFault(
        name=fault.name,
        type=fault.type,
        settings=fault.words() or None,
        start=write_seconds(fault.start_seconds),
        end=write_seconds(fault.end_seconds),
        namespace=fault.namespace,
        pods=None if found is None else [pod.name for pod in choose(fault, found)],
        ready=None if found is None else sum(pod.ready for pod in found),
        steady_state=look,
    )


def _in_the_way(run: RunView, seen: Observation) -> list[str]:
    beyond = beyond_workers(run.template.load)
    # Of a closed namespace nothing more was asked: what else seems to be missing there may well be there.
    problems = readiness.problems(run, seen) if seen.namespace.ok else [seen.namespace]
    return [
        *([f"RateBeyondWorkers: {beyond}"] if beyond else []),
        *(f"{probe.reason}: {probe.message}" for probe in problems),
        *([f"Waits: run {seen.rival} on the same target comes first"] if seen.rival else []),
    ]


def _words(plan: RunPlan) -> str:
    faults = [
        f"fault {fault.name} ({fault.type}, {fault.start} to {fault.end}) into {_pods(fault)}, "
        f"steady state {fault.steady_state}"
        for fault in plan.faults or []
    ]
    workers = "1 worker" if plan.workers == 1 else f"{plan.workers} workers"
    load = f"load of {plan.load} for {plan.length} from {workers}"
    ways = "; ".join(plan.in_the_way or []) or "nothing"
    return f"dry run: in the way: {ways}; {'; '.join([load, *faults])}"[:1000]


def _pods(fault: PlannedFault) -> str:
    if fault.pods is None:
        return "pods that could not be looked at"
    names = ", ".join([*fault.pods[:SHOWN], *(["…"] if len(fault.pods) > SHOWN else [])])
    where = f" in namespace {fault.namespace}" if fault.namespace else ""
    return f"{len(fault.pods)} of {fault.ready} ready pods{where} ({names or 'none'})"
