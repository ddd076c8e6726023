"""When did monitoring notice a fault? The campaign names a query that has a value as soon as it has."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.observation import History, Series
from stresscampaigns.core.saturation.questions import Question, step_of

BEFORE = 2.0
"""Seconds before a fault's start: one, and what clocks may differ by. Not a step, within which much may begin."""


@dataclass(frozen=True)
class Detection:
    """The moment, epoch seconds, and the same in words."""

    at: float | None
    words: str


def key(fault: str) -> str:
    """Under it the answer is found; no resource can be called so."""
    return f"detected:{fault}"


def detection_questions(template: RunTemplate, start: float, end: float) -> dict[str, Question]:
    """What Prometheus is asked: from just before each fault's start, to know what was there already, to the end.

    From a whole second on, for to whole seconds it is rounded: to the fault's own, where nothing is before it.

    Args:
        start: of the load, epoch seconds; so its `end`.
    """
    asked = {}
    for fault in template.faults or []:
        begins = start + fault.start_seconds
        if fault.detected and begins < end:
            step = step_of(begins, end)
            asked[key(fault.name)] = Question(fault.detected, math.floor(begins) - BEFORE, end, step)
    return asked


def detections(
    asked: Mapping[str, Question], histories: Mapping[str, History], began: Mapping[str, float]
) -> dict[str, Detection]:
    """Of every fault that names a query, when it first came to a value other than 0, from the fault's start on.

    Args:
        asked: the questions that `histories` answers.
        began: fault → when it was in force, epoch seconds.
    """
    return {
        fault: _detection(histories[key(fault)], start, asked[key(fault)].step)
        for fault, start in began.items()
        if key(fault) in histories
    }


def _detection(history: History, start: float, step: int) -> Detection:
    if history.error:
        return Detection(None, f"not known: {history.error[:200]}")
    there = [_moments(one) for one in history.series]
    since = math.floor(start)
    risen = [at for moments in there for at in _rises(moments, step) if at >= since]
    if risen:
        first = min(risen)
        return Detection(first, f"{show_seconds(max(0.0, first - start))} after it was in force")
    if any(at >= since for moments in there for at in moments):
        return Detection(None, "not known: `detected` had a value before the fault already")
    return Detection(None, "not detected while the load was on")


def _moments(series: Series) -> list[float]:
    """At which it had a value other than 0."""
    return [at for at, value in series.points if value and not math.isnan(value)]


def _rises(moments: list[float], step: int) -> Iterator[float]:
    """Those before which it had none: what another fault has set off is no word about this one."""
    last = -math.inf
    for at in moments:
        if at - last > 1.5 * step:
            yield at
        last = at
