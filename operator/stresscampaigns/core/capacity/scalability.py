"""Throughput against users, as the trials measured it: the Universal Scalability Law, within what was measured."""

from collections.abc import Sequence

from stresscampaigns.api.capacity_record import Coefficient, ScalabilityRecord
from stresscampaigns.api.load_result import CapacityTrial
from stresscampaigns.core.checks.answer import show_rate
from stresscampaigns.stats.scalability import Estimate, Point, Scalability, fit


def scalability(trials: Sequence[CapacityTrial]) -> ScalabilityRecord:
    """From every trial in which a request succeeded, those that failed among them: there the curve bends.

    Not from those that were left out: their throughput is the generator's.
    """
    points = [
        Point(trial.users, trial.throughput) for trial in trials if trial.throughput > 0 and not trial.void
    ]
    if not points:
        return ScalabilityRecord(inconclusive="no trial had a successful request")
    users = [point.concurrency for point in points]
    measured = f"{min(users):g} to {max(users):g} users"
    try:
        found = fit(points)
    except (ArithmeticError, ValueError) as error:
        # UnfittableData says what is missing; whatever else numpy raises must not keep the run from its verdict.
        return ScalabilityRecord(measured=measured, inconclusive=str(error))
    return ScalabilityRecord(
        measured=measured,
        alpha=_coefficient(found.alpha),
        beta=_coefficient(found.beta),
        gamma=_coefficient(found.gamma),
        r_squared=_explained(found, points),
        peak=_peak(found),
    )


def _coefficient(estimate: Estimate) -> Coefficient:
    """With six digits: more would only look exact."""
    value, low, high = (float(f"{number:.6g}") for number in (estimate.value, estimate.low, estimate.high))
    return Coefficient(value=value, low=low, high=high)


def _explained(found: Scalability, points: Sequence[Point]) -> float | None:
    """R²; None where the throughput is the same everywhere, and there is nothing to explain."""
    mean = sum(point.throughput for point in points) / len(points)
    whole = sum((point.throughput - mean) ** 2 for point in points)
    left = sum((point.throughput - found.throughput(point.concurrency)) ** 2 for point in points)
    return round(1 - left / whole, 4) if whole else None


def _peak(found: Scalability) -> str:
    if found.peak is None:
        return f"none: {found.no_peak}"
    return f"{show_rate(found.peak.throughput)} at {found.peak.concurrency:.4g} users"
