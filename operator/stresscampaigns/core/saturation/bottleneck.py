"""Which resource saturated first, as one sentence; what could not be seen is part of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from stresscampaigns.api.saturation import RATE_LIMIT
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.saturation.assessment import Assessment
from stresscampaigns.core.saturation.load_then import LoadAt
from stresscampaigns.core.saturation.rate_limit import Refusals
from stresscampaigns.core.saturation.records import how

_LONGEST = 600


@dataclass(frozen=True)
class _Full:
    """A resource that saturated: how much was in use, when first (seconds into the load) and at what load."""

    name: str
    how: str
    reached: float | None
    load: str | None

    @property
    def when(self) -> str:
        if self.reached is None:
            return "nobody counted from when on"
        return f"{show_seconds(self.reached)} into the load, at {self.load}"


def sentence(found: Sequence[Assessment], load_at: LoadAt, limiter: Refusals | None = None) -> str:
    """The bottleneck in these assessments, and in what was refused as too much."""
    full = [_full(one, load_at) for one in found if one.state == "Saturated"]
    if limiter and limiter.refused:
        full.append(_Full(RATE_LIMIT, limiter.words, limiter.first, limiter.load))
    unseen = [one.name for one in found if one.state == "Unknown"]
    if not full and not any(one.peak for one in found):
        return f"unknown: no source, or no limit, for {', '.join(unseen)}"[:_LONGEST]
    missing = [f"not seen whole: {', '.join(unseen)}"] if unseen else []
    return "; ".join([*(_order(full) if full else [_nothing(found)]), *missing])[:_LONGEST]


def _full(one: Assessment, load_at: LoadAt) -> _Full:
    return _Full(one.name, how(one), one.reached, None if one.reached is None else load_at(one.reached))


def _order(full: Sequence[_Full]) -> list[str]:
    first, *others = sorted(full, key=lambda one: (one.reached is None, one.reached or 0.0))
    alone = "" if first.reached is None else " first"
    return [
        f"{first.name} saturated{alone}: {first.how}, {first.when}",
        *(f"then {one.name}, {one.when}" for one in others),
    ]


def _nothing(found: Sequence[Assessment]) -> str:
    """What came nearest to its limit, so that nobody must believe it unseen."""
    peaks = [(one.peak.ratio, one) for one in found if one.peak]
    _, nearest = max(peaks, key=lambda pair: pair[0])
    seen = " of what was seen" if any(one.state == "Unknown" for one in found) else ""
    return f"nothing saturated{seen}; highest was {nearest.name}: {how(nearest)}"
