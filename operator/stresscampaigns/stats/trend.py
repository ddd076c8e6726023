"""Does a level grow? Theil–Sen's slope: the median of the slopes between all pairs, which outliers hardly move.

Its interval is Sen's (scipy.stats.theilslopes; Sen 1968), 95 %. It takes samples for independent, which samples of
memory are not; so they are thinned to medians of equal stretches first. That does not help where memory comes down
again, or went up once: of a sawtooth that was cut anywhere, or of a step, the interval lies above 0 as well. So whoever
asks for a leak asks for its floor, too.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from stresscampaigns.stats.scalability import Estimate

MOST_POINTS = 60
LEAST_POINTS = 10
FLOORS = 3
LEAST_OF_ALL = 0.25
"""So much of the floor's rise comes between one third and the next: were it even, it would be a half."""


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


def rises_throughout(points: Sequence[tuple[float, float]]) -> bool:
    """Does the floor rise from each third of the time to the next? By a quarter of all its rise at least.

    The floor is the lowest value: what is left when all was freed that can be. What comes down within two thirds of the
    time, as by a garbage collector or a restart, or goes up once, does not rise throughout.
    """
    start, end = points[0][0], points[-1][0]
    edges = [start + (end - start) * part / FLOORS for part in range(1, FLOORS)]
    thirds: list[list[float]] = [[] for _ in range(FLOORS)]
    for moment, value in points:
        thirds[bisect_right(edges, moment)].append(value)
    if not all(thirds):
        return False
    floors = [min(third) for third in thirds]
    least = LEAST_OF_ALL * (floors[-1] - floors[0])
    return floors[-1] > floors[0] and all(after - before >= least for before, after in pairwise(floors))


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    size = -(-len(points) // MOST_POINTS)
    parts = [points[start : start + size] for start in range(0, len(points), size)]
    return [(median(moment for moment, _ in part), median(value for _, value in part)) for part in parts]
