"""When did Prometheus scrape nothing? A query does not tell: it is given the last sample for up to five minutes.

Where Prometheus itself was down, nobody has written that a series ended: its last value stands for every moment of
the hole, as if it had been seen. When samples were really taken is told by the times of `up`, which Prometheus writes
at every scrape, be it a failed one, and which every server that is compatible with it keeps (`lookback_delta` of a
request, in place of this, is ignored by Prometheus before 2.44, and shortens no `rate(…[5m])` anywhere).
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from stresscampaigns.core.observation import History, Series
from stresscampaigns.core.saturation.questions import Question, quoted, selector

Stretch = tuple[float, float]
"""Later than the first and no later than the second, epoch seconds."""
LOOKBACK = 300.0
"""Seconds for which Prometheus gives a last sample. So long before the load it is looked at how often it scrapes."""
_ALL, _NAMESPACE, _PODS = "all", "target", "pods"
_NEAREST = (_PODS, _NAMESPACE, _ALL)
_BEGINNING = 0.2
"""Share of a window: who was scraped in it for the last time was seen for too little of it."""
_USUAL = 60.0
"""Prometheus' own scrape interval, where nothing tells another one."""
_SLACK, _LATE = 1.5, 2.0
"""A scrape may come so many times its interval, and so many seconds, after the last one."""


@dataclass(frozen=True)
class Holes:
    """When nothing was scraped, or why nobody knows."""

    stretches: tuple[Stretch, ...] = ()
    error: str | None = None
    silences: tuple[Stretch, ...] = ()
    """From each of the target's scrapes until when it was known to be the latest one of some pod, holes or not."""

    def without(self, history: History) -> History:
        """What was really seen: nothing of the holes."""
        if self.error:
            return History(error=history.error or self.error)
        return replace(history, series=tuple(map(self._seen, history.series)))

    def _seen(self, one: Series) -> Series:
        return Series(one.labels, tuple(point for point in one.points if not self._holds(point[0])))

    def _holds(self, moment: float) -> bool:
        return any(since < moment <= until for since, until in self.stretches)


def scraping_question(
    namespace: str, start: float, end: float, step: int, pods: Collection[str] = ()
) -> Question:
    """Of all targets, and of those in a namespace, the time of the latest scrape at each moment; of pods, of whichever
    it is the longest ago.

    The second matters where several Prometheus write to one store: the others' scrapes tell nothing of this one. The
    third where others are in the namespace: the load, and whoever is scraped at other times, or by several jobs.

    Args:
        pods: names of those that were there from start to end.
    """
    asked = {
        _ALL: "max(timestamp(up))",
        _NAMESPACE: f"max(timestamp(up{{namespace={quoted(namespace)}}}))",
    }
    if pods:
        asked[_PODS] = f"min(max by (pod) (timestamp(up{{{selector(namespace, sorted(pods))}}})))"
    query = " or ".join(_named(one, scope) for scope, one in asked.items())
    return Question(query, start - LOOKBACK, end, step)


def _named(query: str, scope: str) -> str:
    return f'label_replace({query}, "of", "{scope}", "", "")'


def holes(told: History, asked: Question) -> Holes:
    """What the answer means; where there is no `up` at all, nothing is known of any hole."""
    if told.error:
        return Holes(error=told.error)
    found = _joined(sorted(hole for one in told.series for hole in _holes(one, asked)))
    return Holes(tuple(found), silences=tuple(_silences(told.series)))


def together(parts: Iterable[Holes]) -> Holes:
    """What several answers mean that look at the same scrapes in steps of their own."""
    known = list(parts)
    return Holes(
        tuple(_joined(sorted(one for part in known for one in part.stretches))),
        next((part.error for part in known if part.error), None),
        tuple(one for part in known for one in part.silences),
    )


def is_silent(silences: Iterable[Stretch], start: float, end: float) -> bool:
    """Was a pod's last scrape before a window, epoch seconds, or just begun? What is told of it was seen by then.

    A last sample stands until the next scrape, which a short window may not live to see.
    """
    needed = start + _BEGINNING * (end - start)
    return any(since < needed and until >= round(end) for since, until in silences)


def _silences(series: Sequence[Series]) -> Iterator[Stretch]:
    """Of the target's pods, else its namespace, where there are any: who is scraped elsewhere tells nothing of them."""
    own = sorted(series, key=lambda one: _NEAREST.index(one.labels.get("of", _ALL)))[:1]
    latest = {scraped: at for one in own for at, scraped in one.points}
    yield from latest.items()


def _joined(found: Sequence[Stretch]) -> Iterator[Stretch]:
    since, until = math.inf, -math.inf
    for start, end in found:
        if start > until:
            if since < until:
                yield since, until
            since = start
        until = max(until, end)
    if since < until:
        yield since, until


def _holes(one: Series, asked: Question) -> Iterator[Stretch]:
    """At these moments the latest scrape was too long ago; and at those at which there was none in five minutes.

    The latter only of all targets together: those of one namespace may have been taken away. How often a single pod is
    scraped, the longest ago of several does not tell.
    """
    if one.labels.get("of") == _PODS:
        return
    points = [(at, scraped) for at, scraped in one.points if math.isfinite(scraped)]
    longest = _longest([scraped for _, scraped in points])
    for at, scraped in points:
        if at - scraped > longest:
            yield scraped + longest, at
    if one.labels.get("of") != _ALL or not points:
        return
    for (at, scraped), (following, _) in pairwise([*points, (asked.end + asked.step, 0.0)]):
        if following - at >= 2 * asked.step:
            yield scraped + longest, following - asked.step


def _longest(scrapes: Sequence[float]) -> float:
    """Seconds between two scrapes that are no hole yet: of most of them, so that a hole does not excuse itself."""
    gaps = sorted(later - earlier for earlier, later in pairwise(sorted(set(scrapes))))
    usual = gaps[int(0.9 * (len(gaps) - 1))] if gaps else _USUAL
    return min(LOOKBACK, _SLACK * usual + _LATE)
