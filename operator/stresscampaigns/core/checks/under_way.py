"""Requests that were under way, unanswered, when a window ended: it holds none of them, for they count where they end.

A service that hangs under a fault, to the fault's end, answers nobody any more. What is in the fault's window are the
answers from before it hung, and by these all is well. How many others there are is told by the load's seconds: nothing
completed in the last of them, though so much did before.

One that hangs for some, and answers others, has such seconds nowhere. But whoever waits at a window's end ends after
it, and by then the load knows since when, of each name. So many of them as were old already when the window began are
no sign of anything: there are always some.
"""

import math
from collections.abc import Sequence
from itertools import compress, groupby, pairwise
from typing import NamedTuple

from stresscampaigns.api.check_spec import RequestsQuestion
from stresscampaigns.api.load_plan import WHOLE, trial_number
from stresscampaigns.api.load_result import Second
from stresscampaigns.api.under_way import AGES, TOLD_WITHIN
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.checks import counting
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.recovery.measure import seconds_under_load

SHORTEST = 2.0
"""Seconds: what is shorter is no stall that anybody could tell from a pause."""
FEWEST = 10.0
"""So many would have completed meanwhile: by chance none does in one of 20,000 windows."""
_USUAL = 2.0
"""Users who all wait for as long between their requests pause together: so many times as long is no such pause."""


class Stall(NamedTuple):
    """At a window's end, for so many seconds; so many requests, or a few less, were waiting then."""

    seconds: float
    requests: int

    @property
    def words(self) -> str:
        """Why the window gives no answer."""
        return (
            f"nothing completed in its last {show_seconds(self.seconds)}: how some {self.requests} requests ended that "
            "were under way then is not in this window"
        )


def stall(evidence: Evidence, window: str, asked: RequestsQuestion) -> Stall | None:
    """At the end of a window of the stages; None where there was none, and for all of the load, which lacks nothing."""
    if window == WHOLE or trial_number(window) is not None:
        return None
    start, end = evidence.bounds(window)
    told = _completed(evidence, asked)
    inside = [one for one in told if start <= one.t and one.t + one.length <= end]
    last = next((place for place in range(len(inside), 0, -1) if inside[place - 1].completed), 0)
    silent = inside[last:]
    if not last or not silent or silent[-1].t + silent[-1].length < math.floor(end):
        return None
    lasted, before = _length(silent), inside[:last]
    missing = sum(one.completed for one in before) / _length(before) * lasted
    usual = _longest_pause([one for one in told if one.t < _first_fault(evidence, silent[0].t)])
    if lasted < SHORTEST or missing < FEWEST or lasted <= _USUAL * usual:
        return None
    waiting = missing if evidence.result.model == "open" else min(missing, silent[0].users)
    return Stall(lasted, math.ceil(waiting * _share(evidence, window, asked)))


class Waiting(NamedTuple):
    """So many requests more were under way at a window's end than at its begin, for so many seconds by then."""

    requests: int
    seconds: float

    def __str__(self) -> str:
        return f"under way at its end, for {show_seconds(self.seconds)} or longer by then"


def waiting(
    evidence: Evidence, window: str, asked: RequestsQuestion, beyond: float, failed: bool = False
) -> Waiting:
    """For longer than `beyond` seconds: at least so many, and none of all of the load, which lacks nothing.

    Args:
        failed: only those that failed afterwards, or may have.
    """
    age = max(beyond, SHORTEST)
    if window == WHOLE or trial_number(window) is not None:
        return Waiting(0, age)
    start, end = map(math.ceil, evidence.bounds(window))
    spans = list(pairwise((*AGES, math.inf)))
    surely = [least >= age for least, _ in spans]
    perhaps = [below + TOLD_WITHIN > age for _, below in spans]
    more = 0
    for one in evidence.result.under_way:
        if counting.is_asked_for(asked, one.scenario, one.name):
            counts = one.failed if failed else one.counts
            more += sum(compress(counts, surely)) if one.t == end else 0
            more -= sum(compress(counts, perhaps)) if one.t == start else 0
    return Waiting(max(0, more), age)


def _completed(evidence: Evidence, asked: RequestsQuestion) -> list[Second]:
    """The seconds under load, with what completed of the scenario, where that is kept second by second."""
    told, slots = seconds_under_load(evidence), evidence.result.slots
    if asked.scenario is None or slots is None or slots.length != 1:
        return told
    own = [one.counts for one in slots.requests if one.scenario == asked.scenario]
    of_second = [sum(counts) for counts in zip(*own, strict=True)]
    padded = [*of_second, *[0] * (1 + max((one.t for one in told), default=0))]
    return [one.model_copy(update={"completed": padded[one.t]}) for one in told if one.length == 1]


def _share(evidence: Evidence, window: str, asked: RequestsQuestion) -> float:
    """Of what completed of the scenario in the window, how much is asked for."""
    parts = counting.parts(evidence, window)
    whole = counting.total(counting.asked_for(parts, RequestsQuestion(scenario=asked.scenario)))
    return counting.total(counting.asked_for(parts, asked)) / whole if whole else 0.0


def _first_fault(evidence: Evidence, until: float) -> float:
    """What came then, or later, is no service's usual way."""
    return min([until, *(fault.start_seconds for fault in evidence.template.faults or [])])


def _longest_pause(told: Sequence[Second]) -> float:
    pauses = [_length(list(some)) for idle, some in groupby(told, lambda one: not one.completed) if idle]
    return max(pauses, default=0.0)


def _length(seconds: Sequence[Second]) -> float:
    return float(sum(one.length for one in seconds))
