"""Does a level grow? Theil–Sen's slope: the median of the slopes between all pairs, which outliers hardly move.

Its interval is Sen's (scipy.stats.theilslopes; Sen 1968), 95 %. It takes samples for independent, which samples of
memory are not; so they are thinned to medians of equal stretches first.
"""

from collections.abc import Sequence
from statistics import median

from stresscampaigns.stats.scalability import Estimate

MOST_POINTS = 60
LEAST_POINTS = 10


class TooFewPoints(ValueError):
    """The points do not suffice for a slope; the message says how many it takes."""


def slope(points: Sequence[tuple[float, float]]) -> Estimate:
    """Growth of the value in one unit of time, with its 95 % interval. Points in the order of time.

    Raises:
        TooFewPoints: fewer than ten moments.
    """
    if len({moment for moment, _ in points}) < LEAST_POINTS:
        raise TooFewPoints(f"{len(points)} samples are too few for a slope; it takes {LEAST_POINTS}")
    from scipy.stats import theilslopes  # 23 MB that the operator hardly ever needs

    thin = _thinned(points)
    found = theilslopes([value for _, value in thin], [moment for moment, _ in thin], 0.95)
    return Estimate(float(found.slope), float(found.low_slope), float(found.high_slope))


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    size = -(-len(points) // MOST_POINTS)
    parts = [points[start : start + size] for start in range(0, len(points), size)]
    return [(median(moment for moment, _ in part), median(value for _, value in part)) for part in parts]
