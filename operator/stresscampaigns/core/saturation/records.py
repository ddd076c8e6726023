"""An assessment in the words of a run's status."""

from stresscampaigns.api.saturation import ResourceRecord
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.checks.answer import show_number, show_ratio
from stresscampaigns.core.saturation.assessment import Assessment, Peak
from stresscampaigns.core.saturation.growth import Growth
from stresscampaigns.core.saturation.load_then import LoadAt

_GAPS_SHOWN = 3
_LONGEST = 400


def resource_record(one: Assessment, load_at: LoadAt, growth: Growth | None) -> ResourceRecord:
    """One resource, with the growth that it showed."""
    killed = "OOM-killed: it reached its limit" if one.killed else None
    details = filter(None, (killed, *one.gaps[:_GAPS_SHOWN], one.remark))
    return ResourceRecord(
        resource=one.name,
        state=one.state,
        source=one.source if one.samples else "Kubernetes" if one.killed else None,
        reached_after=None if one.reached is None else show_seconds(one.reached),
        load=None if one.reached is None else load_at(one.reached),
        waiting=None if one.waiting is None else show_number(one.waiting),
        wait_time=None if one.wait_time is None else show_seconds(one.wait_time),
        slope=growth.words if growth else None,
        detail="; ".join(details)[:_LONGEST] or None,
        **(_peak(one.name, one.peak) if one.peak else {}),
    )


def _peak(name: str, peak: Peak) -> dict[str, str]:
    used, limit = amount(name, peak.sample.used), amount(name, peak.limit)
    found = {"peak": show_ratio(peak.ratio), "used": used, "limit": limit}
    return found | ({"where": peak.where} if peak.where else {})


def how(one: Assessment) -> str:
    """How much of it was in use at its peak."""
    peak = one.peak
    if one.killed or peak is None:
        return "OOM-killed"
    if one.name == "cpu-throttling":
        return f"throttled in {show_ratio(peak.ratio)} of its periods"
    where = f" in {peak.where}" if peak.where else ""
    return f"{show_ratio(peak.ratio)} of {amount(one.name, peak.limit)}{where}"


def amount(name: str, value: float) -> str:
    """In the unit that people know it by."""
    if name == "memory":
        return f"{value / 2**20:.4g} MiB"
    return f"{value:.3g} cores" if name == "cpu" else show_number(value)
