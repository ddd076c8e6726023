"""A search for the capacity as a run's status tells it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.capacity_record import CapacityRecord, ScalabilityRecord, TrialRecord
from stresscampaigns.api.load_plan import TrialBound
from stresscampaigns.api.load_result import CapacityResult, CapacityTrial
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.capacity.bounds import broken, sustained
from stresscampaigns.core.capacity.criteria import ERRORS, LATENCY, applied, trial_bounds
from stresscampaigns.core.capacity.efficiency import per_core, per_gigabyte
from stresscampaigns.core.capacity.scalability import scalability
from stresscampaigns.core.checks.answer import show_rate, show_ratio, threshold_words
from stresscampaigns.core.observation import History
from stresscampaigns.core.saturation.report import BottleneckOf


class Surroundings(NamedTuple):
    """What is known beside the load's own result."""

    histories: Mapping[str, History]
    steady: Sequence[str]
    """Pods of the target that were there from start to end."""
    bottleneck: BottleneckOf
    untrusted: Sequence[str] = ()
    """Why the load's numbers cannot be trusted: no law is fitted to such."""
    judged_by: Sequence[str] = ()
    """What every trial was judged by, in words."""


def capacity_record(found: CapacityResult, known: Surroundings) -> CapacityRecord:
    """Bounds, key figures, the law, every trial."""
    passed = sustained(found)
    failed = broken(found)
    return CapacityRecord(
        lower=found.lower,
        upper=found.upper,
        complete=found.complete,
        judged_by=list(known.judged_by) or None,
        broke_first=list(dict.fromkeys(name for one in failed for name in one.broke)) or None,
        notes=found.notes or None,
        throughput=show_rate(min(trial.throughput for trial in passed)) if passed else None,
        per_core=per_core(found, known.histories, known.steady),
        per_gigabyte=per_gigabyte(found, known.histories, known.steady),
        failure=_failure(failed[-1] if failed else None, known.bottleneck),
        scalability=_law(found, known.untrusted),
        trials=[_trial(trial) for trial in found.trials] or None,
    )


def judged_by(template: RunTemplate) -> list[str]:
    """What every trial of the search was judged by, each with its threshold."""
    own = [one for one in trial_bounds(template) if one.name in (ERRORS, LATENCY)]
    checks = [f"{check.name} {threshold_words(check)}" for check in applied(template)]
    return [*checks, *map(_bound_words, own)]


def _bound_words(bound: TrialBound) -> str:
    if bound.kind == "latency":
        return f"{bound.name} p{bound.percentile:g} <= {show_seconds(bound.most)}"
    return f"{bound.name} <= {show_ratio(bound.most)}"


def _law(found: CapacityResult, untrusted: Sequence[str]) -> ScalabilityRecord:
    if untrusted:
        return ScalabilityRecord(inconclusive="the load's numbers cannot be trusted: see invalidBecause")
    return scalability(found.trials)


def _failure(trial: CapacityTrial | None, bottleneck: BottleneckOf) -> str | None:
    if trial is None:
        return None
    return f"at {trial.users} users: {trial.reason}; {bottleneck(trial.start, trial.end)}"


def _trial(trial: CapacityTrial) -> TrialRecord:
    latencies = {"p50": trial.p50, "p95": trial.p95, "p99": trial.p99}
    return TrialRecord(
        users=trial.users,
        passed=None if trial.void or trial.undecided else trial.passed,
        void=trial.void or None,
        undecided=trial.undecided or None,
        broke=trial.broke or None,
        reason=trial.reason,
        throughput=show_rate(trial.throughput),
        **{name: show_seconds(value) for name, value in latencies.items() if value is not None},
    )
