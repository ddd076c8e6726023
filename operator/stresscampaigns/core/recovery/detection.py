"""When did monitoring notice a fault? The campaign names a query that has a value as soon as it has."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.observation import History
from stresscampaigns.core.saturation.questions import Question, step_of


@dataclass(frozen=True)
class Detection:
    """The moment, epoch seconds, and the same in words."""

    at: float | None
    words: str


def key(fault: str) -> str:
    """Under it the answer is found; no resource can be called so."""
    return f"detected:{fault}"


def detection_questions(template: RunTemplate, start: float, end: float) -> dict[str, Question]:
    """What Prometheus is asked: from each fault's start to the load's end."""
    return {
        key(fault.name): Question(
            fault.detected, start + fault.start_seconds, end, step_of(start + fault.start_seconds, end)
        )
        for fault in template.faults or []
        if fault.detected and start + fault.start_seconds < end
    }


def detections(histories: Mapping[str, History], began: Mapping[str, float]) -> dict[str, Detection]:
    """Of every fault that names a query, when it first had a value other than 0 from the fault's start on.

    Args:
        began: fault → when it was in force, epoch seconds.
    """
    return {
        fault: _detection(histories[key(fault)], start)
        for fault, start in began.items()
        if key(fault) in histories
    }


def _detection(history: History, start: float) -> Detection:
    if history.error:
        return Detection(None, f"not known: {history.error[:200]}")
    moments = [
        at
        for one in history.series
        for at, value in one.points
        if at >= math.floor(start) and value and not math.isnan(value)
    ]
    if not moments:
        return Detection(None, "not detected while the load was on")
    first = min(moments)
    return Detection(first, f"{show_seconds(max(0.0, first - start))} after it was in force")
