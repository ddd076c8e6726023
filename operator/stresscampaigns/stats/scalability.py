"""How throughput grows with concurrency, and where it falls again: the Universal Scalability Law.

X(N) = γN / (1 + α(N−1) + βN(N−1)), with its peak at N* = sqrt((1−α)/β) (Gunther, Guerrilla Capacity Planning, 2007).
γ: throughput of one alone; α: contention, the share that must wait in line; β: coherency, the cost of agreeing.

Fitted by least squares on throughput, as R's package `usl` does, with γ, α, β >= 0. The 95 % confidence intervals
are those of the linearised model: residual variance times (JᵀJ)⁻¹, Student's t with n − 3 degrees of freedom, J with
respect to all three. They are not clipped: a lower end below 0 says that the data cannot tell the coefficient from
0. Where a coefficient lies on its bound, they are approximate.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

# numpy and scipy are imported inside of the functions: scipy.optimize alone takes 65 MB, which the operator, that
# hardly ever fits a curve, would hold for all its life.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COEFFICIENTS = 3
LEAST_LEVELS = COEFFICIENTS + 1
CONFIDENCE = 0.95
LEAST_FALL = 1.5
"""Behind a peak throughput has fallen by so many residual standard errors."""
# From here on a sensitivity is the sum of the others but for rounding: any mix of coefficients fits alike.
MOST_CONDITION = 1e7


class UnfittableData(ValueError):
    """The points do not suffice for the law's three coefficients; the message says what is missing."""


class Point(NamedTuple):
    """One measurement: concurrency (users or requests in flight, >= 1) and the throughput that it had (a second)."""

    concurrency: float
    throughput: float


@dataclass(frozen=True)
class Estimate:
    """A coefficient and its 95 % confidence interval."""

    value: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Can the coefficient be this value, as far as the data tell?"""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Scalability:
    """The fitted law.

    `gamma` is in the throughput's unit, `alpha` and `beta` have none. `peak` is where throughput is highest; None
    where the data do not show one, and then `no_peak` says why. `residual_error` is the residual standard error,
    in the throughput's unit.
    """

    gamma: Estimate
    alpha: Estimate
    beta: Estimate
    residual_error: float
    peak: Point | None
    no_peak: str

    def throughput(self, concurrency: float) -> float:
        """X(N): the throughput that the law expects, a second. Outside of the measured range it is a guess."""
        return _law(concurrency, self.gamma.value, self.alpha.value, self.beta.value)


def fit(points: Sequence[Point]) -> Scalability:
    """Fit the law to measured points, in any order; several at one level of concurrency are welcome.

    Raises:
        UnfittableData: fewer than four levels, a value that is no positive number, or points that leave the
            coefficients open or follow no such law at all.
    """
    _check(points)
    gamma, alpha, beta, residual_error = _estimates(points)
    peak = _peak(gamma, alpha, beta, [point.concurrency for point in points])
    if isinstance(peak, Point):
        peak = _no_fall(points, residual_error) or peak
    found, reason = (peak, "") if isinstance(peak, Point) else (None, peak)
    return Scalability(gamma, alpha, beta, residual_error, found, reason)


def _law(concurrency: float, gamma: float, alpha: float, beta: float) -> float:
    delay = 1 + alpha * (concurrency - 1) + beta * concurrency * (concurrency - 1)
    return gamma * concurrency / delay


def _check(points: Sequence[Point]) -> None:
    for point in points:
        if not (math.isfinite(point.concurrency) and point.concurrency >= 1):
            raise UnfittableData(f"a concurrency of {point.concurrency}: it takes 1 at least")
        if not (math.isfinite(point.throughput) and point.throughput > 0):
            raise UnfittableData(f"a throughput of {point.throughput} at concurrency {point.concurrency:g}")
    levels = {point.concurrency for point in points}
    if len(levels) < LEAST_LEVELS:
        raise UnfittableData(f"{len(levels)} levels of concurrency; it takes {LEAST_LEVELS} different ones")


def _estimates(points: Sequence[Point]) -> tuple[Estimate, Estimate, Estimate, float]:
    """γ, α, β and the residual standard error. Fitted in units that bring all of them near 1."""
    import numpy as np

    most, best = max(point.concurrency for point in points), max(point.throughput for point in points)
    concurrency = np.array([point.concurrency for point in points])
    share = concurrency / most
    terms = np.stack([(concurrency - 1) / (most - 1), share * (concurrency - 1) / (most - 1)], axis=1)
    units = np.array([best / most, 1 / (most - 1), 1 / (most * (most - 1))])
    values, margins, error = _solve(share, terms, np.array([point.throughput for point in points]) / best)
    gamma, alpha, beta = (
        Estimate(float(value), float(value - margin), float(value + margin))
        for value, margin in zip(values * units, margins * units, strict=True)
    )
    return gamma, alpha, beta, error * best


def _solve(share: "Floats", terms: "Floats", measured: "Floats") -> tuple["Floats", "Floats", float]:
    """Coefficients, half the width of their intervals, residual standard error: all in the scaled units."""
    import numpy as np
    from scipy.optimize import least_squares

    def residuals(at: "Floats") -> "Floats":
        expected: Floats = at[0] * share / (1 + terms @ at[1:]) - measured
        return expected

    def jacobian(at: "Floats") -> "Floats":
        slope = share / (1 + terms @ at[1:])
        return np.column_stack([slope, -(at[0] * slope**2 / share)[:, None] * terms])

    # trf, the default: dogbox may get stuck at a bound on its way, and call that success.
    start, ends = _start(share, terms, measured), dict.fromkeys(("ftol", "xtol", "gtol"), 1e-15)
    found = least_squares(residuals, start, jacobian, (0, np.inf), "trf", **ends)
    if not found.success:
        raise UnfittableData(f"the points follow no such law, the fit finds no end: {found.message}")
    error = math.sqrt(2 * found.cost / (len(measured) - COEFFICIENTS))
    return found.x, _margins(jacobian(found.x), error), error


def _start(share: "Floats", terms: "Floats", measured: "Floats") -> "Floats":
    """Where the search begins: N/X is linear in 1/γ, α/γ and β/γ; weighted so that it nearly minimises the same."""
    import numpy as np
    from scipy.optimize import nnls

    weight = measured**2 / share
    linear, _ = nnls(np.column_stack([np.ones_like(share), terms]) * weight[:, None], measured)
    gamma = 1 / linear[0] if linear[0] > 0 else np.max(measured / share)
    return np.array([gamma, *(linear[1:] * gamma)])


def _margins(jacobian: "Floats", error: float) -> "Floats":
    """Half the width of each 95 % interval."""
    import numpy as np
    from scipy.special import stdtrit  # Student's t without scipy.stats, which takes another 23 MB

    if not np.linalg.cond(jacobian / np.linalg.norm(jacobian, axis=0)) < MOST_CONDITION:
        raise UnfittableData("the points leave the coefficients open; measure at lower concurrency, too")
    deviations = error * np.linalg.norm(np.linalg.pinv(jacobian), axis=1)
    margins: Floats = stdtrit(len(jacobian) - COEFFICIENTS, (1 + CONFIDENCE) / 2) * deviations
    return margins


def _no_fall(points: Sequence[Point], residual_error: float) -> str | None:
    """Why the data show no fall, if so: the law knows no bound, and makes a peak of one resource that is full.

    Then throughput stays where it is; what the law is off by there is much, and little of it is chance.
    """
    most = max(point.concurrency for point in points)
    last = fmean(point.throughput for point in points if point.concurrency == most)
    if max(point.throughput for point in points) - last > LEAST_FALL * residual_error:
        return None
    return f"throughput at {most:g} is no less than the highest, but for what the law is off by: no fall was measured"


def _peak(gamma: Estimate, alpha: Estimate, beta: Estimate, levels: Sequence[float]) -> Point | str:
    """The peak, only where it was measured; else why there is none."""
    if beta.holds(0):
        return f"β may be 0 (its interval begins at {beta.low:.3g}): the data show no peak"
    if alpha.value >= 1:
        return f"α is {alpha.value:.3g}: throughput falls from the beginning on"
    concurrency = math.sqrt((1 - alpha.value) / beta.value)
    if not min(levels) <= concurrency <= max(levels):
        measured = f"{min(levels):g} to {max(levels):g}"
        return f"the peak would be at {concurrency:.4g}, outside of what was measured, {measured}"
    return Point(concurrency, _law(concurrency, gamma.value, alpha.value, beta.value))
