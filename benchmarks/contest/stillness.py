"""How long a core stands still, and what that alone would do to arrivals: the reference for how late ours were sent.

Whoever is busy for a share of the time catches up, after each stall, with what is left of it.
"""

import time
from collections.abc import Sequence

_NOTICED = 0.0002
"""Seconds: less is a turn of the loop, and an interrupt or two."""
_STEP = 0.0001
Stall = tuple[float, float]
"""When it was over, from the beginning, and its length, in seconds."""


def stalls(seconds: float) -> list[Stall]:
    """Of the core that this runs on, by doing nothing but to read the clock."""
    began = last = time.perf_counter()
    found = []
    while (now := time.perf_counter()) - began < seconds:
        if now - last > _NOTICED:
            found.append((now - began, now - last))
        last = now
    return found


def lateness(found: Sequence[Stall], seconds: float, busy: float, percentile: float) -> float:
    """Of steady arrivals at a server that is `busy` for this share of the time and stands still with the core; seconds.

    The rest of the time is what it catches up in: while one second passes, it serves what fell due in 1/busy seconds.
    """
    late, behind, waiting = [], 0.0, sorted(found)
    for step in range(round(seconds / _STEP)):
        while waiting and waiting[0][0] <= step * _STEP:
            behind += waiting.pop(0)[1]
        late.append(behind)
        behind = max(0.0, behind - _STEP * (1 / busy - 1))
    late.sort()
    return late[min(len(late) - 1, int(percentile / 100 * len(late)))]
