"""Do the requests that the target counted equal those that the load sent? To the request: differences, never rates.

What the load put on the wire and got a whole answer to, the target has counted; what got none, it may have. So its
number must lie between the two; where every request was answered, they are one. The counter is read from samples as
they were scraped: the last one before the load began, and two after its end between which nothing moved any more.
"""

import math
from dataclasses import dataclass

from stresscampaigns.api.load_result import Totals
from stresscampaigns.core.observation import CounterView, History, Probe, Series

PATIENCE = 150.0
"""Seconds after the load's end for two scrapes in which the counter stands still: scrapes may be a minute apart."""
_NO_VALUE = (
    "take a counter that exists from the process's start, and see that Prometheus scrapes and keeps it"
)
_Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Reconciliation:
    """What came of the comparison."""

    counted: int | None = None
    """Requests by the target's own counter."""
    doubt: str | None = None
    """Why the counts do not agree, or cannot be compared."""


def known(now: History) -> Probe:
    """May the load begin? Without what the target has counted by then, nothing could be compared when it is over.

    A Prometheus, or a target, that has just come up is scraped some seconds later.
    """
    if now.error:
        return Probe(False, "CounterUnknown", f"load.serverCounter: {now.error}")
    if not now.series:
        return Probe(False, "CounterUnknown", f"load.serverCounter has no value yet; {_NO_VALUE}")
    return Probe(True)


def stands_still(view: CounterView, finished: float) -> bool:
    """Has each series that is still scraped been scraped twice since the load's end, with the same value?"""
    live = _live(view, finished)
    return bool(live) and all(len(values) > 1 and values[-1] == values[-2] for values in live.values())


def waits(view: CounterView, finished: float) -> bool:
    """Would waiting help?"""
    return bool(view.before.series) and not view.error and not stands_still(view, finished)


def reconcile(view: CounterView, totals: Totals, finished: float) -> Reconciliation:
    """Compare the counter's difference with what was sent."""
    doubt = _unreadable(view, finished)
    if doubt:
        return Reconciliation(doubt=f"counts of load and target could not be compared: {doubt}")
    live = _live(view, finished)
    before = {_labels(series): series.points[-1][1] for series in view.before.series}
    counted = round(sum(values[-1] for values in live.values()) - sum(before.values()))
    if totals.answered <= counted <= totals.transmitted:
        return Reconciliation(counted)
    return Reconciliation(counted, f"counts do not add up: {_words(counted, totals)}")


def _unreadable(view: CounterView, finished: float) -> str | None:
    if view.error:
        return view.error
    if not view.before.series:
        return f"load.serverCounter has no value from before the load; {_NO_VALUE}"
    if not stands_still(view, finished):
        return (
            f"load.serverCounter was not seen to stand still in two scrapes within {PATIENCE:.0f}s of the load's "
            "end; scrape more often, and see that nobody else uses the target"
        )
    live = _live(view, finished)
    strange = [
        one for one in (*view.before.series, *view.after.series) if not math.isfinite(one.points[-1][1])
    ]
    if strange:
        return f"{_shown(strange[0])} is no number, but {strange[0].points[-1][1]:g}"
    if gone := [series for series in view.before.series if _labels(series) not in live]:
        return f"{_shown(gone[0])} is gone: its process ended during the load, and its count with it"
    if begun := [series for series in view.resets.series if series.points[-1][1] > 0]:
        return f"{_shown(begun[0])} began anew during the load: its process was restarted"
    return None


def _live(view: CounterView, finished: float) -> dict[_Labels, list[float]]:
    """Of each series that was scraped since the load's end, the values."""
    found = {
        _labels(series): [value for time, value in series.points if time > finished]
        for series in view.after.series
    }
    return {labels: values for labels, values in found.items() if values}


def _labels(series: Series) -> _Labels:
    return frozenset((name, value) for name, value in series.labels.items() if name != "__name__")


def _shown(series: Series) -> str:
    labels = ", ".join(f'{name}="{value}"' for name, value in sorted(_labels(series)))
    return f"the series {{{labels}}} of load.serverCounter"


def _words(counted: int, totals: Totals) -> str:
    sent = f"the load sent {totals.transmitted}"
    if totals.answered != totals.transmitted:
        sent += (
            f", of which {totals.transmitted - totals.answered} were not answered and may not have arrived"
        )
    return f"the target counted {counted} requests, {sent}"
