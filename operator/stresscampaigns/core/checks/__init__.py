"""The checks: one module a kind of question, each `evidence → answer with its number`.

A check that finds no data, or crashes, is Inconclusive: never a pass.
"""

from collections.abc import Callable, Mapping

from stresscampaigns.api.check_spec import Check, CheckKind
from stresscampaigns.api.load_plan import trial_window
from stresscampaigns.api.run import FaultRecord
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.units import is_number, threshold_value
from stresscampaigns.core.capacity.criteria import by_trials
from stresscampaigns.core.checks import (
    beside_search,
    capacity,
    containment,
    data_loss,
    error_rate,
    latency,
    pods_ready,
    query,
    recovery,
    restarts,
    saturation,
    throughput,
)
from stresscampaigns.core.checks.answer import answered, unanswered, window_name
from stresscampaigns.core.evidence import Evidence

Judge = Callable[[Check, Evidence], CheckResult]

_JUDGES: Mapping[CheckKind, Judge] = {
    "latency": latency.judge,
    "errorRate": error_rate.judge,
    "throughput": throughput.judge,
    "recovery": recovery.judge,
    "capacity": capacity.judge,
    "saturation": saturation.judge,
    "dataLoss": data_loss.judge,
    "restarts": restarts.judge,
    "podsReady": pods_ready.judge,
    "containment": containment.judge,
    "query": query.judge,
}

_PLAIN: tuple[CheckKind, ...] = ("throughput", "capacity")
_RATIO: tuple[CheckKind, ...] = ("errorRate", "saturation")
_ANSWERED_BY_PROMETHEUS: tuple[CheckKind, ...] = ("query", "saturation")
_ANSWERED_BY_KUBERNETES: tuple[CheckKind, ...] = ("restarts", "podsReady", "containment")
_ASKS_FOR_TRUST_ITSELF: tuple[CheckKind, ...] = ("dataLoss",)
_IN_ANY_CASE = (*_ANSWERED_BY_PROMETHEUS, *_ANSWERED_BY_KUBERNETES, *_ASKS_FOR_TRUST_ITSELF)


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to one check. Load numbers that cannot be trusted give no answer."""
    if never := _never_in_force(check, evidence):
        return unanswered(check, f"fault {never} was not in force: nothing was measured under it")
    if check.kind not in _IN_ANY_CASE and evidence.untrusted:
        return unanswered(check, f"the load's numbers cannot be trusted: {'; '.join(evidence.untrusted)}")
    if evidence.result.capacity and by_trials(check):
        return beside_search.judge(check, evidence, evidence.result.capacity, _answer)
    return _answer(check, evidence)


def judge_in(check: Check, evidence: Evidence, number: int) -> CheckResult:
    """The answer of one trial of the search, by its number; the load's numbers are trusted there."""
    return _answer(beside_search.part(check, trial_window(number)), evidence)


def _answer(check: Check, evidence: Evidence) -> CheckResult:
    if skewed := _skewed(check, evidence):
        return unanswered(check, f"what is measured by two clocks cannot be trusted: {skewed}")
    if (strange := _strange_bound(check)) is not None:
        right = "a ratio, like 5%" if check.kind in _RATIO else "a plain number, like 5"
        return unanswered(check, f"{strange} is no bound of a {check.kind} check: write {right}")
    try:
        if check.after and _is_empty(*evidence.bounds(window_name(check))):
            return unanswered(check, f"the window is empty: fault {check.after} ends with the load")
        return _JUDGES[check.kind](check, evidence)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return unanswered(check, f"the check itself failed: {type(error).__name__}: {error}")


def _is_empty(start: float, end: float) -> bool:
    """Prometheus has a value even for one moment, and that is of the fault's own time."""
    return end <= start


def _never_in_force(check: Check, evidence: Evidence) -> str | None:
    """A fault whose time it asks for, and which broke nothing then: good and bad numbers have another cause."""
    windows = (check.during, check.after, check.compared_to)
    faults = [fault.name for fault in evidence.template.faults or [] if fault.name in windows]
    return next((name for name in faults if not _was_in_force(evidence.fault(name))), None)


def _skewed(check: Check, evidence: Evidence) -> str | None:
    """A clock that is apart from the one by which the check's window was set.

    Faults begin and end by their nodes' clocks, at moments counted from when the coordinator says that the load began.
    """
    found, faults = evidence.skews, {fault.name for fault in evidence.template.faults or []}
    of_prometheus = check.kind in _ANSWERED_BY_PROMETHEUS
    of_fault = bool(check.about or check.recovery or faults & {check.during, check.after, check.compared_to})
    of_load = of_prometheus or of_fault
    asked = ((of_prometheus, found.prometheus), (of_load, found.load), (of_fault, found.faults))
    return next((skew for concerns, skew in asked if concerns and skew), None)


def _was_in_force(record: FaultRecord | None) -> bool:
    return any(pod.injected_at for pod in (record.pods if record else None) or [])


def _strange_bound(check: Check) -> int | str | None:
    """One in a unit that what is measured has not: `90%` would else be 0.9 requests a second, and `5` 500 % of them.

    It is refused at apply; older versions took it.
    """
    bounds = (bound for bound in (check.min, check.max) if bound is not None)
    if check.kind in _PLAIN and not check.compared_to:
        return next((bound for bound in bounds if not is_number(bound)), None)
    if check.kind in _RATIO:
        return next((bound for bound in bounds if is_number(bound) and threshold_value(bound) > 1), None)
    return None


__all__ = ["answered", "judge", "judge_in", "unanswered"]
