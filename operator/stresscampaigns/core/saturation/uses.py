"""Answers of Prometheus laid beside limits: how much of what was in use when, and what could not be seen."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.saturation import BUILT_IN
from stresscampaigns.core.observation import LEAST_COVERED, Container, History, Pod, Series

BY_CONTAINER = ("memory", "cpu")
"""Each of a pod's containers uses some. (Only those with a limit are throttled; descriptors are told by pod.)"""
SATURATED = 0.9
THROTTLED = 0.25
"""Of periods. Source: kubernetes-mixin's alert CPUThrottlingHigh."""
_NO_LIMIT = "no limit is set: it can take what its node has"
_METRICS = {
    "memory": "container_memory_working_set_bytes or process_resident_memory_bytes",
    "cpu": "container_cpu_usage_seconds_total or process_cpu_seconds_total",
    "cpu-throttling": "container_cpu_cfs_periods_total",
    "file-descriptors": "process_open_fds",
}


LimitAt = Callable[[float], float | None]
"""The limit at a moment, epoch seconds."""


class Sample(NamedTuple):
    """How much was in use; `t` in seconds from the start of the load, no limit where none is known."""

    t: float
    used: float
    limit: float | None
    since: float | None = None
    """Where it is of a window: when that began."""
    seen: float = 0.0
    """Seconds of the window that no sample before was of."""


@dataclass(frozen=True)
class Line:
    """One place's use of a resource over time."""

    pod: str | None
    where: str
    samples: tuple[Sample, ...]
    nothing: bool = False
    """0 of 0, whenever it was seen: that is no share."""


@dataclass(frozen=True)
class Use:
    """One resource over the whole load, everywhere."""

    name: str
    lines: tuple[Line, ...] = ()
    gaps: tuple[str, ...] = ()
    """What could not be seen."""
    expected: tuple[str, ...] = ()
    """Pods that were there all the time: each must have been seen all the time."""
    waiting: tuple[tuple[float, float], ...] = ()
    """How many waited for it, and when, seconds from the start of the load."""
    wait_time: tuple[tuple[float, float], ...] = ()
    """For how many seconds."""
    remark: str | None = None
    """What else could not be known, as who waits, or for how long; that is shown, and decides nothing."""
    changed: Collection[str] | None = None
    """Pods whose series may begin and end within the load, while each other one must be there all the time; None:
    `expected` alone tells what must."""
    saturated_at: float = SATURATED
    """From this share on it counts as saturated."""
    windows: bool = False
    """Its samples are each of a window, and count where that lies wholly within what is asked for."""
    source: str = "Prometheus"
    """Who told it."""


def all_uses(
    template: RunTemplate,
    histories: Mapping[str, History],
    pods: Sequence[Pod],
    steady: Sequence[str],
    start: float,
    changed: Collection[str] = (),
) -> list[Use]:
    """Every resource that is looked at.

    Args:
        steady: names of the pods that were there from start to end.
        changed: of those that came, went or were restarted.
    """
    names = [*BUILT_IN, *(one.name for one in template.saturation or [])]
    uses = [use_of(name, histories, pods, steady, start) for name in names]
    of_target = {*(pod.name for pod in pods), *steady, *changed}
    lasting = {*steady} - {*changed}
    return [
        use
        if use.name in BUILT_IN
        else _of_target(
            replace(use, changed=changed, expected=_untold_pods(use, histories, lasting)), of_target
        )
        for use in uses
    ]


def _untold_pods(use: Use, histories: Mapping[str, History], lasting: Collection[str]) -> tuple[str, ...]:
    """Pods of the target that were there all the time and of which nothing is told, not even a limit; of others is.

    One that has a limit is left out of `used` on purpose, as a pool of none.
    """
    used, limited = {line.pod for line in use.lines}, histories.get(f"{use.name}/limit", History()).series
    told = used | {one.labels.get("pod") for one in limited}
    return tuple(sorted(set(lasting) - told)) if used & set(lasting) else ()


def _of_target(use: Use, target: Collection[str]) -> Use:
    """Without pods of others that export the same metrics and have no such resource, where anybody has it.

    Of the target's own pods none is left out: a pool of none that never opened looks the same, and all wait for it.
    """
    longest = max((len(line.samples) for line in use.lines), default=0)
    # One that came and went may have been the target's.
    whole = [line for line in use.lines if len(line.samples) >= LEAST_COVERED * longest]
    without = [line for line in whole if line.nothing and line.pod and line.pod not in target]
    if not any(sample.limit for line in use.lines for sample in line.samples) or not without:
        return use
    names = ", ".join(sorted({line.where for line in without}))
    remark = f"left out, 0 of 0 and not of the target: {names}"[:200]
    lines = tuple(line for line in use.lines if line not in without)
    return replace(use, lines=lines, remark="; ".join(filter(None, [remark, use.remark])))


def use_of(
    name: str, histories: Mapping[str, History], pods: Sequence[Pod], steady: Sequence[str], start: float
) -> Use:
    """One of them."""
    if name in BUILT_IN:
        return _built_in(name, histories, pods, steady, start)
    return _own(name, histories, start)


def _built_in(
    name: str, histories: Mapping[str, History], pods: Sequence[Pod], steady: Sequence[str], start: float
) -> Use:
    history = histories.get(f"{name}/used", History(error="Prometheus was not asked"))
    threshold = THROTTLED if name == "cpu-throttling" else SATURATED
    if problem := _problem(history, f"no source: Prometheus has no {_METRICS[name]} of the target's pods"):
        return Use(name, gaps=(problem,), expected=tuple(steady), saturated_at=threshold)
    if name == "file-descriptors":
        return _paired(name, history, histories.get(f"{name}/limit", History()), start, tuple(steady))
    known = {pod.name: pod.containers for pod in pods}
    limits = [_limit(name, one, known) for one in history.series]
    lines = tuple(
        _line(one, start, _always(limit)) for one, limit in zip(history.series, limits, strict=True)
    )
    gaps = dict.fromkeys(limit for limit in limits if isinstance(limit, str))
    if name in BY_CONTAINER:
        told = [(one.labels.get("pod"), one.labels.get("container")) for one in history.series]
        gaps |= dict.fromkeys(untold(told, steady, known))
    return Use(name, lines, tuple(gaps), tuple(steady), saturated_at=threshold)


def untold(
    told: Collection[tuple[str | None, str | None]],
    pods: Sequence[str],
    known: Mapping[str, Sequence[Container]],
) -> Iterator[str]:
    """Containers of which nothing is told, though others of their pod are: none stands in for another.

    Args:
        told: pod and container of what is; a process that tells its own is in its pod's only container.
        pods: that were there all the time.
    """
    for pod in pods:
        seen = {container for of, container in told if of == pod}
        if seen and None not in seen:
            missing = (one.name for one in known.get(pod, ()) if one.name not in seen)
            yield from (f"nothing is told of {pod}/{name}" for name in missing)


def _limit(name: str, series: Series, known: Mapping[str, Sequence[Container]]) -> float | str:
    if name == "cpu-throttling":
        return 1.0
    pod = series.labels.get("pod", "?")
    return limit_of(name, pod, series.labels.get("container"), known.get(pod))


def limit_of(
    name: str, pod: str, container: str | None, containers: Sequence[Container] | None
) -> float | str:
    """The container's limit in Kubernetes, or why there is none to compare with.

    Args:
        container: its name; None: the only one of the pod.
        containers: of the pod; None: it is gone.
    """
    if containers is None:
        return f"pod {pod} is gone: its limit is not known"
    found = [one for one in containers if container is None or one.name == container]
    if len(found) != 1:
        return f"which of pod {pod}'s containers the number belongs to is not known"
    limit = found[0].memory_limit if name == "memory" else found[0].cpu_limit
    return limit or _NO_LIMIT


def _always(limit: float | str) -> LimitAt:
    return lambda _: limit if isinstance(limit, float) else None


def _own(name: str, histories: Mapping[str, History], start: float) -> Use:
    used, limit = (
        histories.get(f"{name}/{part}", History(error="Prometheus was not asked"))
        for part in ("used", "limit")
    )
    for part, history in (("used", used), ("limit", limit)):
        if problem := _problem(history, f"no source: the query of `{part}` has no data in Prometheus"):
            return Use(name, gaps=(problem,))
    return _with_waits(_paired(name, used, limit, start), histories, start)


def _with_waits(use: Use, histories: Mapping[str, History], start: float) -> Use:
    asked = {part: histories.get(f"{use.name}/{part}") for part in ("waiting", "waitTime")}
    found = {part: _finite(history, start) for part, history in asked.items() if history}
    remarks = [
        f"{part}: {history.error or 'it has no data in Prometheus'}"[:200]
        for part, history in asked.items()
        if history and not found[part]
    ]
    return replace(
        use,
        waiting=found.get("waiting", ()),
        wait_time=found.get("waitTime", ()),
        remark="; ".join(remarks) or None,
    )


def _finite(history: History, start: float) -> tuple[tuple[float, float], ...]:
    """A quantile of nothing is NaN: where nobody came, nobody waited."""
    points = (point for one in history.series for point in one.points)
    return tuple((moment - start, value) for moment, value in points if math.isfinite(value))


def _problem(history: History, nothing: str) -> str | None:
    if history.error:
        return history.error[:200]
    return None if history.series else nothing


def _paired(name: str, used: History, limit: History, start: float, expected: tuple[str, ...] = ()) -> Use:
    """Series of both with the same labels belong together; a single limit is everybody's, where it is nobody's own."""
    by_labels, own = {_key(one): dict(one.points) for one in limit.series}, {_key(one) for one in used.series}
    alone = next(iter(by_labels.values())) if len(by_labels) == 1 and not own & by_labels.keys() else None
    lines, lost = [], 0
    for one in used.series:
        limits = by_labels.get(_key(one), alone)
        lost += limits is None
        lines.append(_line(one, start, (limits or {}).get))
    gaps = (f"{lost} series of `used` have no series of `limit` with the same labels",) if lost else ()
    return Use(name, tuple(lines), gaps, expected)


def _key(series: Series) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in series.labels.items() if name != "__name__")


def _line(series: Series, start: float, limit_at: LimitAt) -> Line:
    told = [(moment, value, limit_at(moment)) for moment, value in series.points if math.isfinite(value)]
    samples = tuple(Sample(moment - start, value, _positive(limit)) for moment, value, limit in told)
    nothing = bool(told) and all(value == 0 == limit for _, value, limit in told)
    return Line(series.labels.get("pod"), _where(series), samples, nothing)


def _positive(limit: float | None) -> float | None:
    return limit if limit is not None and 0 < limit < math.inf else None


def _where(series: Series) -> str:
    labels = dict(series.labels)
    pod, container = labels.get("pod"), labels.get("container")
    if pod:
        return f"{pod}/{container}" if container else pod
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()) if name != "__name__")[:100]
