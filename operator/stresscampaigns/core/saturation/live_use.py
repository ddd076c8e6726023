"""Where Prometheus has nothing, memory and CPU are what metrics.k8s.io told of them while the load was on."""

from collections.abc import Sequence
from dataclasses import replace

from stresscampaigns.api.live_use import UseLine, UseRecord
from stresscampaigns.api.prometheus_rules import WITHOUT_PROMETHEUS
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.observation import Pod
from stresscampaigns.core.saturation.uses import Line, Sample, Use, limit_of, untold

API = "metrics.k8s.io"
_UNTOLD = ("cpu-throttling", "file-descriptors")


def or_live(use: Use, record: UseRecord | None, pods: Sequence[Pod]) -> Use:
    """The same, or by the record's samples where the resource is unknown to Prometheus."""
    if use.lines or use.name not in (*WITHOUT_PROMETHEUS, *_UNTOLD):
        return use
    if use.name in _UNTOLD:
        return _unknown(use, f"{API} does not tell it")
    if record is None or not record.lines:
        return _unknown(use, (record and record.problem) or f"{API} has told nothing of the target's pods")
    return _told(use, record, record.lines, pods)


def _unknown(use: Use, why: str) -> Use:
    return replace(use, gaps=("; ".join([*use.gaps, why]),))


def _told(use: Use, record: UseRecord, lines: Sequence[UseLine], pods: Sequence[Pod]) -> Use:
    known = {pod.name: pod.containers for pod in pods}
    limits = [limit_of(use.name, one.pod, one.container, known.get(one.pod)) for one in lines]
    gaps = dict.fromkeys(limit for limit in limits if isinstance(limit, str))
    gaps |= dict.fromkeys(untold([(one.pod, one.container) for one in lines], use.expected, known))
    left_out = (f"there were more containers than the {len(lines)} that are kept",) if record.left_out else ()
    return replace(
        use,
        lines=tuple(_line(use.name, one, limit) for one, limit in zip(lines, limits, strict=True)),
        gaps=(*gaps, *left_out),
        remark=record.problem,
        windows=True,
        source=f"{API}, every {show_seconds(_resolution(lines))}",
    )


def _resolution(lines: Sequence[UseLine]) -> float:
    """Seconds from one sample to the next, on average over what was seen."""
    return round(sum(sum(line.seen) for line in lines) / sum(line.taken for line in lines))


def _line(name: str, line: UseLine, limit: float | str) -> Line:
    used: Sequence[float] = line.memory if name == "memory" else line.cpu
    bound = limit if isinstance(limit, float) else None
    samples = (
        Sample(until, value, bound, since, seen)
        for since, until, seen, value in zip(line.since, line.until, line.seen, used, strict=True)
    )
    return Line(line.pod, f"{line.pod}/{line.container}", tuple(samples))
