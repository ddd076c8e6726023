"""What a record says of a window: any percentile, from merged counts. Pure."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from hdrh.histogram import HdrHistogram

from stresscampaigns.api.base import ROLE_LABEL, RUN_LABEL
from stresscampaigns.api.record import PackedPart, Record, TornRecord, unpack
from stresscampaigns.api.slots import SlotRequests, Slots
from stresscampaigns.api.units import show_seconds
from stresscampaigns.stats.certainty import percentile_us_sure
from stresscampaigns.stats.histogram import merged, percentile_us
from stresscampaigns.stats.slots import in_stretches, latencies, window


class _Labelled(TypedDict, total=False):
    labels: dict[str, str]


class _ConfigMap(PackedPart):
    """A part as kubectl prints it."""

    metadata: _Labelled


class CannotAnswer(ValueError):
    """What was asked for is not in the record; the message says what is."""


@dataclass(frozen=True)
class Window:
    """The requests of some slots."""

    start: int
    """Seconds from the start of the load."""
    end: int
    slot: int
    count: int
    failed: int
    latencies: HdrHistogram
    stretches: Sequence[HdrHistogram] = ()
    """Equally long ones of it; none where its slots are too few."""

    def percentile(self, percentile: float) -> float:
        """In seconds."""
        return percentile_us(self.latencies, percentile) / 1e6

    def interval(self, percentile: float) -> tuple[float, float]:
        """The percentile's 95 % interval, seconds: infinite where it may lie above every request that was seen."""
        found = percentile_us_sure(self.latencies, percentile, self.stretches)
        return found.low / 1e6, found.high / 1e6


def read(text: str, run: str | None = None) -> Record:
    """The record out of what `kubectl get configmap -o json` prints.

    Args:
        run: of which run, where there are several.

    Raises:
        CannotAnswer: there is none, or not just one.
    """
    try:
        listed = json.loads(text)
        items: list[_ConfigMap] = listed["items"] if listed.get("kind", "").endswith("List") else [listed]
        parts = [item for item in items if _labels(item).get(ROLE_LABEL) == "record"]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise CannotAnswer("this is not what `kubectl get configmap -o json` prints") from error
    runs = sorted({_labels(part).get(RUN_LABEL, "") for part in parts})
    chosen = [run] if run else runs
    if len(chosen) != 1 or not set(chosen) <= set(runs):
        there = ", ".join(runs) or "none"
        raise CannotAnswer(f"say which run with --run: there are records of {there}")
    try:
        return unpack([part for part in parts if _labels(part).get(RUN_LABEL) == chosen[0]])
    except TornRecord as error:
        raise CannotAnswer(str(error)) from error


def _labels(item: _ConfigMap) -> Mapping[str, str]:
    return item["metadata"].get("labels") or {}


def ask(
    record: Record,
    start: float = 0.0,
    end: float | None = None,
    name: str | None = None,
    scenario: str | None = None,
) -> Window:
    """The requests of a window, in whole slots around it.

    Args:
        start: seconds from the start of the load.
        end: None is the load's end.
        name: of the requests; None is all of them.
        scenario: whose requests; None is everybody's.

    Raises:
        CannotAnswer: there is no such name or scenario, or the window is not within the load.
    """
    slots = _slots(record)
    length = slots.number * slots.length
    until = float(length) if end is None else end
    if not 0 <= start < until or until > length:
        asked = f"{show_seconds(start)} to {show_seconds(until)}"
        raise CannotAnswer(f"{asked} is no window of the load, which lasted {show_seconds(length)}")
    chosen = _named(_of_scenario(slots.requests, scenario), name)
    first, last = math.floor(start / slots.length), math.ceil(until / slots.length)
    return Window(
        start=first * slots.length,
        end=last * slots.length,
        slot=slots.length,
        count=sum(sum(one.counts[first:last]) for one in chosen),
        failed=sum(sum(one.failures[first:last]) for one in chosen),
        latencies=merged(window(one, first, last) for one in chosen),
        stretches=[
            one for one in latencies(chosen, in_stretches(range(first, last))) if one.get_total_count()
        ],
    )


def _slots(record: Record) -> Slots:
    if record.load is None or record.load.slots is None or not record.load.slots.requests:
        why = record.status.get("message") or "no request completed"
        raise CannotAnswer(f"the record of {record.run} holds no latencies: {why}")
    return record.load.slots


def _of_scenario(requests: Sequence[SlotRequests], scenario: str | None) -> Sequence[SlotRequests]:
    chosen = [one for one in requests if scenario in (None, one.scenario)]
    if not chosen:
        there = ", ".join(sorted({repr(one.scenario) for one in requests}))
        raise CannotAnswer(f"there is no scenario {scenario!r}; there are {there}")
    return chosen


def _named(requests: Sequence[SlotRequests], name: str | None) -> Sequence[SlotRequests]:
    chosen = [one for one in requests if name in (None, one.name)]
    if not chosen:
        there = ", ".join(sorted({repr(one.name) for one in requests}))
        raise CannotAnswer(f"there are no requests called {name!r}; there are {there}")
    return chosen
