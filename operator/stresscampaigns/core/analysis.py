"""The end of a run: are the numbers valid, what do the checks say, what is the verdict."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from stresscampaigns.api.capacity_record import CapacityRecord
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.load_plan import WHOLE
from stresscampaigns.api.load_result import CapacityResult, LoadResult, RequestStats
from stresscampaigns.api.run import FaultRecord, LoadSummary, StressRunStatus
from stresscampaigns.api.status import CheckResult, Verdict
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.capacity.bounds import sustained
from stresscampaigns.core.capacity.record import Surroundings, capacity_record, judged_by
from stresscampaigns.core.capacity.under_checks import under_checks
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks import judge as judge_check
from stresscampaigns.core.checks.answer import show_rate
from stresscampaigns.core.clocks import skews
from stresscampaigns.core.clocktime import to_rfc3339
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.observation import History, Observation
from stresscampaigns.core.offered import shortfalls
from stresscampaigns.core.progress import REASONS_KEPT, Decision, RunView, enter, inconclusive, note
from stresscampaigns.core.reconciliation import Reconciliation, reconcile
from stresscampaigns.core.recovery.detection import detection_questions, detections
from stresscampaigns.core.recovery.measure import fault_bounds
from stresscampaigns.core.recovery.records import data_loss, fault_record, summary
from stresscampaigns.core.recovery.resilience import resilience
from stresscampaigns.core.saturation.incidents import oom_kills, steady
from stresscampaigns.core.saturation.report import report
from stresscampaigns.core.saturation.target_uses import target_uses
from stresscampaigns.core.saturation.uses import Use
from stresscampaigns.core.within import kills, place
from stresscampaigns.stats.histogram import least_count

LEAST_IN_FORCE = 0.75
"""Of its time a fault must have been in force for so much: checks are asked of all of it."""

IN_STEP = 0.2
"""Seconds by which the workers of a load may begin a stage apart and be in step."""


def judge(run: RunView, seen: Observation) -> Decision:
    """Answer every check and set the verdict."""
    result = seen.load.result
    if result is None:
        return inconclusive(run, seen.now, "ResultsLost", seen.load.problem or "the load's results are gone")
    always = steady(run.status.target_pods or [], seen.target_pods)
    uses = target_uses(run, seen.histories, seen.target_pods)
    served = reconcile(seen.counter, result.totals, result.finished) if seen.counter else Reconciliation()
    evidence = _evidence(run, seen, result, uses, served)
    resources = report(run, seen, result, uses)
    known = Surroundings(
        _seen_at_lower_bound(seen, result.capacity, evidence.result.capacity),
        always,
        resources.bottleneck_of,
        evidence.untrusted,
        judged_by(run.template),
    )
    checks = [judge_check(check, evidence) for check in run.template.checks]
    invalid = [*evidence.untrusted, *_load_doubts(run, result), *_fault_doubts(evidence)]
    verdict = worst([*(check.verdict for check in checks), *(["Inconclusive"] if invalid else [])])
    status = run.status.model_copy(
        update={
            "verdict": verdict,
            "checks": checks,
            "invalid_because": invalid[:REASONS_KEPT] or None,
            "passed_checks": f"{sum(check.verdict == 'Passed' for check in checks)}/{len(checks)}",
            "failed_checks": ", ".join(check.name for check in checks if check.verdict == "Failed") or None,
            "load": _summary(run, result, served.counted),
            "capacity": _capacity(evidence.result, known),
            "bottleneck": resources.bottleneck,
            "saturation": resources.records,
            "incidents": resources.incidents[:REASONS_KEPT] or None,
            **_of_faults(run, seen, evidence, invalid),
            "data_loss": data_loss(result.written),
            "message": _message(
                verdict, checks, [*invalid, *_task_errors(result), *_out_of_step(result), *resources.alarm]
            ),
        }
    )
    return Decision(note(status, seen.now, "Judged", status.message), said=_words(verdict, status), wait=0.0)


def _evidence(
    run: RunView, seen: Observation, result: LoadResult, uses: Sequence[Use], served: Reconciliation
) -> Evidence:
    """What all else is answered from; a search's trials are judged by every check by then."""
    evidence = Evidence(
        run.template,
        run.started_at,
        result,
        run.status.faults or [],
        seen.answers,
        uses,
        run.status.pod_watch,
        skews(run.status.clocks, seen.prometheus.clock_ahead),
        seen.silences,
        oom_kills(seen.target_pods),
        (*_untrusted(result), *filter(None, [served.doubt])),
    )
    if result.capacity is None:
        return evidence
    judged = result.model_copy(update={"capacity": under_checks(evidence, result.capacity)})
    return replace(evidence, result=judged)


def _seen_at_lower_bound(
    seen: Observation, asked: CapacityResult | None, found: CapacityResult | None
) -> Mapping[str, History]:
    """What the target used was asked for before the checks were answered: of another trial it tells nothing."""
    last = [sustained(one)[-1:] if one else [] for one in (asked, found)]
    starts = [[trial.start for trial in trials] for trials in last]
    return seen.histories if starts[0] == starts[1] else {}


def _of_faults(run: RunView, seen: Observation, evidence: Evidence, invalid: list[str]) -> dict[str, object]:
    """What the faults did, one by one and together."""
    bounds = {record.name: fault_bounds(evidence, record.name) for record in evidence.faults}
    began = {name: run.started_at + span[0] for name, span in bounds.items() if span}
    asked = detection_questions(run.template, run.started_at, evidence.result.finished)
    noticed = detections(asked, seen.histories, began)
    records = [fault_record(record, evidence, noticed.get(record.name)) for record in evidence.faults]
    rehearsal = run.spec.rehearsal is not None
    return {
        "faults": records or None,
        "recovery": None if evidence.faults_untold else summary(records, evidence),
        "resilience": resilience(records, evidence, invalid, rehearsal),
    }


def worst(verdicts: Iterable[str]) -> Verdict:
    """Failed before Inconclusive before Passed; of nothing at all: Inconclusive."""
    found = list(verdicts)
    if "Failed" in found:
        return "Failed"
    return "Passed" if found and all(verdict == "Passed" for verdict in found) else "Inconclusive"


def finish(run: RunView, seen: Observation) -> Decision:
    """Nothing is left behind: the run is finished."""
    status = enter(run.status, "Finished", seen.now).model_copy(
        update={"message": run.status.message, "completion_time": to_rfc3339(seen.now)}
    )
    return Decision(status, wait=None)


def _untrusted(result: LoadResult) -> tuple[str, ...]:
    findings = tuple(
        finding.reason if finding.value is None else f"{finding.reason} ({finding.value:g})"
        for finding in result.findings
    )
    if damaged := counting.damaged(result):
        findings += (f"the latencies do not agree with the counts of {', '.join(damaged[:3])}",)
    if any(second.completed and second.t > result.finished - result.started + 1 for second in result.seconds):
        findings += ("requests completed after the load's end: a worker's clock runs ahead",)
    lost = f"{result.workers_lost} of {result.workers_expected} workers were lost"
    return (*findings, lost) if result.workers_lost else findings


def _load_doubts(run: RunView, result: LoadResult) -> list[str]:
    """Without the load there was not the stress: whatever a query says then, it is no evidence."""
    stats = counting.window(result, WHOLE)
    count = counting.total(stats.requests) if stats else 0
    if not (stats and count):
        return ["no request completed: nothing was under load"]
    nothing = _no_success(stats.requests) if counting.failures(stats.requests) == count else []
    return [*nothing, *shortfalls(run.template, result)]


def _no_success(entries: Sequence[RequestStats]) -> list[str]:
    """A latency may keep its bound then: nothing is as fast as a connection that is refused."""
    (kind,) = counting.failure_kinds(entries, most=1)
    return [
        f"no request succeeded, most often because of {kind}: what the target does under load nobody has seen"
    ]


def _task_errors(result: LoadResult) -> list[str]:
    """They are said in any case: no check of this run may look at them."""
    stats = counting.window(result, WHOLE)
    entries = stats.requests if stats else []
    if not (number := counting.errors(entries)):
        return []
    (first,) = counting.error_kinds(entries, most=1)
    return [f"tasks raised {number} errors outside of any request, most often {first}"]


def _out_of_step(result: LoadResult) -> list[str]:
    """Workers that began a stage apart by more than is promised, though not by so much that it takes trust."""
    apart = result.stages_apart or 0.0
    if apart <= IN_STEP or any(finding.stage for finding in result.findings):
        return []
    return [f"load workers began a stage up to {show_seconds(apart)} apart"]


def _fault_doubts(evidence: Evidence) -> list[str]:
    return [
        doubt
        for fault in evidence.template.faults or []
        for doubt in _doubts(evidence.fault(fault.name), fault.name) or _too_short(fault, evidence)
    ]


def _too_short(fault: Fault, evidence: Evidence) -> list[str]:
    """A fault that came late, or was taken away early: most of its time may have been the service's without it.

    What kills is done at once.
    """
    if kills(fault) or (place(fault) == "cluster" and not fault.rolls_out):
        return []
    bounds, asked = fault_bounds(evidence, fault.name), fault.end_seconds - fault.start_seconds
    lasted = bounds[1] - bounds[0] if bounds else 0.0
    if lasted >= LEAST_IN_FORCE * asked:
        return []
    return [f"fault {fault.name} was in force for only {show_seconds(lasted)} of {show_seconds(asked)}"]


def _doubts(record: FaultRecord | None, name: str) -> list[str]:
    """A fault that was not in force as asked makes the run no evidence for surviving it."""
    if record is None or not record.pods:
        return [f"fault {name} was never injected"]
    pods = record.pods
    held = record.steady_state.detail if record.steady_state and record.held_back else None
    doubts = [f"fault {name} was held back: {held}"] if held else []
    doubts += [
        f"fault {name} in {record.into} {pod.pod}: {pod.outcome}: {pod.message}"
        for pod in pods
        if pod.outcome not in ("Ended", "HeldBack")
    ]
    if not doubts and not any(pod.harmed for pod in pods):
        unit = next((pod.unit for pod in pods if pod.unit), "harmed")
        doubts = [f"fault {name} met nothing to break: 0 {unit}; see its settings and its target"]
    return doubts


def _summary(run: RunView, result: LoadResult, served: int | None) -> LoadSummary:
    stats = counting.window(result, WHOLE)
    entries = stats.requests if stats else []
    count, failures = counting.total(entries), counting.failures(entries)
    length = result.finished - result.started
    readable = count > 0 and not counting.damaged(result)
    shown = {
        name: show_seconds(counting.percentile_seconds(entries, percentile))
        if readable and count >= least_count(percentile)
        else None
        for name, percentile in (("p50", 50.0), ("p95", 95.0), ("p99", 99.0), ("max", 100.0))
    }
    return LoadSummary(
        started_at=run.started_at,
        finished_at=result.finished,
        model=result.model,
        sent=result.totals.sent,
        server_counted=served,
        dropped=result.totals.dropped if result.model == "open" else None,
        late=result.totals.late if result.model == "open" else None,
        stages_apart=None if result.stages_apart is None else show_seconds(result.stages_apart),
        requests=count,
        failures=failures,
        failure_kinds=counting.failure_kinds(entries) or None,
        task_errors=counting.error_kinds(entries) or None,
        throughput=show_rate((count - failures) / length) if length > 0 else None,
        peak_users=max((second.users for second in result.seconds), default=0),
        **shown,
    )


def _capacity(result: LoadResult, known: Surroundings) -> CapacityRecord | None:
    return capacity_record(result.capacity, known) if result.capacity else None


def _message(verdict: Verdict, checks: list[CheckResult], remarks: list[str]) -> str:
    if verdict == "Passed":
        return "; ".join([f"all {len(checks)} checks passed", *remarks])[:1000]
    worst_first = sorted(
        (check for check in checks if check.verdict != "Passed"), key=lambda check: check.verdict
    )
    told = _together(worst_first)
    more = (remark for remark in remarks if not any(remark in words for words in told))
    return "; ".join([*told, *more])[:1000]


def _together(checks: Iterable[CheckResult]) -> list[str]:
    """What several of them say in the same words is said once."""
    names: dict[str, list[str]] = {}
    for check in checks:
        names.setdefault(check.message.removeprefix(f"{check.name}: "), []).append(check.name)
    return [f"{', '.join(of)}: {words}" for words, of in names.items()]


def _words(verdict: Verdict, status: StressRunStatus) -> tuple[Announcement, ...]:
    return (Announcement("Normal" if verdict == "Passed" else "Warning", verdict, status.message or verdict),)
