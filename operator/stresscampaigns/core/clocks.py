"""Are the clocks together by which a run is told? A skew shifts every window against what is looked up in it.

Three kinds of clocks are compared with the operator's: Prometheus', by a question to whose way there and back its
answer must fit; the coordinator's, which begins the load; those of the nodes on which faults are held. What these two
say tells of them, for it bears their time: of a word from the future the clock is ahead; where a word is older than
the last look, at which it had not been said yet, it is behind. Who did not look just before knows nothing of the
latter.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from stresscampaigns.api.run import Clocks, StressRunStatus
from stresscampaigns.core.observation import Heard, Observation, Sidecar

MOST = 1.0
"""Seconds by which clocks may differ, as those of the load's workers may: windows are looked at in whole seconds."""
LOG_WAY = 3.0
"""Seconds that words may take through a log to the operator, where a node is as busy as a fault can make it."""
LOAD = "load"
"""The coordinator, among those who speak; the others are sidecars."""


@dataclass(frozen=True)
class Skews:
    """Which clocks are apart, in words; None: that one is not."""

    prometheus: str | None = None
    load: str | None = None
    faults: str | None = None


def skews(clocks: Clocks | None, prometheus: float = 0.0) -> Skews:
    """What is known of them in the end.

    Args:
        prometheus: seconds by which Prometheus' clock is ahead now, at least.
    """
    known = clocks or Clocks()
    return Skews(
        prometheus=_words("Prometheus' clock", _worst(known.prometheus, prometheus)),
        load=_words("the coordinator's clock", known.load),
        faults=_words("the clock of a fault's node", known.faults),
    )


def _words(whose: str, ahead: float | None) -> str | None:
    if ahead is None or abs(ahead) <= MOST:
        return None
    return f"{whose} is at least {abs(ahead):.1f}s {'ahead of' if ahead > 0 else 'behind'} the operator's"


def heard(seen: Observation, since: float) -> Heard:
    """At a look that began then. What was asked for before does not tell that nothing has been said since."""
    late = {_whose(one) for one in seen.sidecars if one.late} | ({LOAD} if seen.load.late else set())
    return Heard(since, {who: said for who, said in _said(seen).items() if who not in late})


def _said(seen: Observation) -> dict[str, float]:
    """A log that could not be read says nothing, nor that nothing was said."""
    words = {
        _whose(one): max(one.report.injected_at or -math.inf, one.report.ended_at or -math.inf)
        for one in seen.sidecars
        if one.state == "Running" and not one.unheard
    }
    events = seen.load.events if seen.load.unheard is None else ()
    said = [event.at for event in events if event.event != "results"]
    return words | ({LOAD: max(said)} if said else {})


def _whose(sidecar: Sidecar) -> str:
    return f"{sidecar.fault}/{sidecar.uid}"


def noted(status: StressRunStatus, seen: Observation) -> StressRunStatus:
    """The status with what this look tells of the clocks of load and faults."""
    before = status.clocks or Clocks()
    load, faults = before.load, before.faults
    for who, ahead in _apart(seen):
        load = _worst(load, ahead) if who == LOAD else load
        faults = faults if who == LOAD else _worst(faults, ahead)
    found = before.model_copy(update={"load": load, "faults": faults})
    return status if found == before else status.model_copy(update={"clocks": found})


def _apart(seen: Observation) -> Iterator[tuple[str, float]]:
    """Who is how far ahead at least, or below 0 behind."""
    before = seen.heard_before
    for who, said in _said(seen).items():
        if said > seen.now:
            yield who, said - seen.now
        last = before.words.get(who) if before else None
        if before and last is not None and last < said < before.since - LOG_WAY:
            yield who, said - (before.since - LOG_WAY)


def _worst(before: float | None, ahead: float) -> float | None:
    """To a tenth of a second, so that not every look is written down."""
    return round(ahead, 1) if abs(round(ahead, 1)) > abs(before or 0.0) else before
