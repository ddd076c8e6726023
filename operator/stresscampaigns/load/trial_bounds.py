"""A trial of a search judged by its exact counts: which bounds did it break?"""

from collections.abc import Iterable, Sequence

from stresscampaigns.api.load_plan import TrialBound
from stresscampaigns.api.load_result import RequestStats
from stresscampaigns.api.units import show_seconds
from stresscampaigns.stats.histogram import decode, merged, percentile_us


def broken(bounds: Iterable[TrialBound], requests: Sequence[RequestStats], length: float) -> dict[str, str]:
    """Name of each bound that is broken → its number, in words; a bound without requests is not.

    Args:
        length: of the trial, seconds.
    """
    found = {}
    for bound in bounds:
        value = _value(bound, _asked(bound, requests), length)
        if value is not None and value > bound.most:
            found[bound.name] = _shown(bound, value)
    return found


def words(bounds: Iterable[TrialBound], requests: Sequence[RequestStats]) -> str:
    """The key numbers of all requests together: what fails, and every percentile that a bound asks for."""
    asked = sorted({bound.percentile for bound in bounds if bound.kind == "latency"}) or [95.0]
    latencies = (f"p{one:g} {show_seconds(_percentile(requests, one))}" for one in asked)
    count = sum(one.count for one in requests)
    return f"{_failed(requests) or 0.0:.2%} failed, {', '.join(latencies)} of {count} requests"


def _asked(bound: TrialBound, requests: Iterable[RequestStats]) -> list[RequestStats]:
    return [
        one
        for one in requests
        if bound.request in (None, one.name) and bound.scenario in (None, one.scenario)
    ]


def _value(bound: TrialBound, requests: Sequence[RequestStats], length: float) -> float | None:
    if bound.kind == "errorRate":
        return _failed(requests)
    if bound.kind == "throughput":
        return succeeded(requests) / length
    return _percentile(requests, bound.percentile) if any(one.count for one in requests) else None


def succeeded(requests: Iterable[RequestStats]) -> int:
    """How many requests ended well."""
    return sum(one.count - sum(one.failures.values()) for one in requests)


def _failed(requests: Sequence[RequestStats]) -> float | None:
    """The share; a task that raises outside of any request counts as one more that does."""
    errors = sum(sum(one.errors.values()) for one in requests)
    count = sum(one.count for one in requests) + errors
    failed = sum(sum(one.failures.values()) for one in requests) + errors
    return failed / count if count else None


def _percentile(requests: Iterable[RequestStats], percentile: float) -> float:
    """Of few requests the highest: a percentile takes enough of them to be kept, not to be broken."""
    return percentile_us(merged(decode(one.histogram) for one in requests), percentile) / 1e6


def _shown(bound: TrialBound, value: float) -> str:
    if bound.kind == "latency":
        return show_seconds(value)
    return f"{value * 100:.3g}%" if bound.kind == "errorRate" else f"{value:.4g}/s"
