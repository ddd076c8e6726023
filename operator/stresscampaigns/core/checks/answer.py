"""Comparing a number with a check's threshold, and wording the answer."""

from collections.abc import Callable

from stresscampaigns.api.check_spec import EVERY, Check
from stresscampaigns.api.load_plan import ALL_STAGES, WHOLE, trial_number
from stresscampaigns.api.status import CheckResult, Outcome
from stresscampaigns.api.units import threshold_value
from stresscampaigns.core.plan import after_window

Show = Callable[[float], str]

_SOURCES = {
    "latency": "load generator, exact histogram",
    "errorRate": "load generator, exact counts",
    "throughput": "load generator, exact counts",
    "recovery": "load generator, second by second",
    "capacity": "load generator, trials",
    "saturation": "Prometheus",
    "dataLoss": "load generator, every element read back",
    "restarts": "Kubernetes",
    "podsReady": "Kubernetes",
    "containment": "Kubernetes",
    "query": "Prometheus",
}


def window_name(check: Check) -> str:
    """The name of the window that a check looks at."""
    if check.after:
        return after_window(check.after)
    return check.during or WHOLE


def window_words(check: Check) -> str:
    """The window as a person says it."""
    if check.about:
        fault = "every fault" if check.about.fault == EVERY else check.about.fault
        return f"since {'end' if check.pods_ready else 'start'} of {fault}"
    if check.data_loss:
        return "after the load"
    if check.capacity:
        return "search"
    if check.recovery:
        fault = "every fault" if check.recovery.fault == EVERY else check.recovery.fault
        return f"since {'start' if check.recovery.since == 'faultStart' else 'end'} of {fault}"
    if (part := _part_words(check.during)) is not None:
        return part
    compared = f", compared to {check.compared_to}" if check.compared_to else ""
    if check.after:
        return f"after {check.after}{compared}"
    return f"during {check.during}{compared}" if check.during else "whole run"


def _part_words(window: str | None) -> str | None:
    """Beside a search a check is asked of all stages, and of trials."""
    if window == ALL_STAGES:
        return "in the stages"
    number = trial_number(window or "")
    return None if number is None else f"in trial {number}"


def threshold_words(check: Check) -> str:
    """The threshold as it was written, like `>= 5, <= 800ms`."""
    bounds = [(">=", check.min), ("<=", check.max)]
    return ", ".join(f"{sign} {bound}" for sign, bound in bounds if bound is not None)


def keeps(check: Check, value: float) -> bool:
    """Does the value keep both bounds? A bound itself is allowed; NaN keeps none."""
    return not beyond_max(check, value) and not below_min(check, value)


def is_settled(check: Check, low: float, high: float) -> bool:
    """Is the answer the same wherever between these the value lies?"""
    kept = keeps(check, low) and keeps(check, high)
    return kept or beyond_max(check, low) or below_min(check, high)


def beyond_max(check: Check, value: float) -> bool:
    """Is it too much already, whatever else there may be that nobody saw?"""
    return check.max is not None and not value <= threshold_value(check.max)


def below_min(check: Check, value: float) -> bool:
    """Is it too little, even if it is all that there may be?"""
    return check.min is not None and not value >= threshold_value(check.min)


def answered(check: Check, value: float, show: Show, samples: int) -> CheckResult:
    """Passed or Failed, with the number."""
    passed = keeps(check, value)
    relation = "keeps" if passed else "breaks"
    message = f"{check.name}: {show(value)} {window_words(check)} {relation} {threshold_words(check)}"
    return _result(check, "Passed" if passed else "Failed", show(value), samples, message)


def failed(check: Check, value: str, message: str, samples: int | None = None) -> CheckResult:
    """Failed without a number to compare, such as a service that never recovered."""
    return _result(check, "Failed", value, samples, f"{check.name}: {message}")


def unanswered(check: Check, reason: str) -> CheckResult:
    """Inconclusive, and why."""
    return _result(check, "Inconclusive", None, None, f"{check.name}: no answer: {reason}")


def _result(
    check: Check, verdict: Outcome, value: str | None, samples: int | None, message: str
) -> CheckResult:
    return CheckResult(
        name=check.name,
        verdict=verdict,
        value=value,
        threshold=threshold_words(check),
        window=window_words(check),
        source=_SOURCES[check.kind],
        samples=samples,
        message=message,
    )


def show_ratio(value: float) -> str:
    """A ratio as a percentage."""
    return f"{value * 100:.3g}%"


def show_rate(value: float) -> str:
    """Something a second."""
    return f"{value:.4g}/s"


def show_number(value: float) -> str:
    """A plain number."""
    return f"{value:.6g}"
