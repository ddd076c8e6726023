"""How many arrivals a second this core can send: a small measurement at the start, compared with the reference core.

It counts the CPU's time, not the clock's: how fast the core is, not how busy others keep it. It cannot foresee a slow
client or a busy neighbour; the load watches those itself. It is cheap, some 50 ms, and only the open model asks.
"""

import math
import time
from collections.abc import Sequence

from stresscampaigns.api.generator import MOST_ARRIVALS
from stresscampaigns.api.load_plan import LoadPlan

ROUNDS, TRIES = 40_000, 5
REFERENCE_SECONDS = 0.0099
"""CPU time of the best of the tries on the reference core, in the load's image, Python 3.11.2: the slowest of 60
measurements while the machine was busy (fastest 0.0052, median 0.0088). The slowest, so that nothing is refused there
by chance: only what a core cannot do that is slower than this one at its slowest."""


def arrivals_a_second() -> float:
    """What one worker on this core can send at most, before some are dropped."""
    return MOST_ARRIVALS * REFERENCE_SECONDS / best_seconds()


def beyond_calibration(plan: LoadPlan, most: Sequence[float]) -> str | None:
    """Why these cores cannot send the plan's peak rate, and how many could; None where they can. Pure."""
    rate, together = plan.peak_rate, sum(most)
    if not most or rate <= together:
        return None
    needed = math.ceil(rate / min(most))
    return (
        f"RateBeyondWorkers: the stages ask for {rate:g} arrivals a second; {len(most)} workers send "
        f"{together:.0f} at most, as measured on their cores at the start: give load.workers {needed}, or faster cores"
    )


def best_seconds() -> float:
    """CPU time of the fixed work, the best of a few tries: what disturbs only ever makes it longer."""
    return min(_try() for _ in range(TRIES))


def _try() -> float:
    began = time.thread_time()
    _work()
    return time.thread_time() - began


def _work() -> int:
    """Counting in a dictionary and cutting bytes: what a generator in Python spends its time on."""
    counts: dict[int, int] = {}
    line = b"HTTP/1.1 200 OK"
    for number in range(ROUNDS):
        key = number & 255
        counts[key] = counts.get(key, 0) + len(line[9:12])
    return len(counts)
