"""Samples of metrics.k8s.io, noted one answer after the other in the run's status. Pure.

The same sample comes again and again until there is a newer one: it counts once. What lies before the load, or after
it, is none of the load. However long the load, what is noted stays bounded: samples are joined slot by slot, of memory
and CPU the highest, of the time the sum of what was seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from stresscampaigns.api.live_use import MOST_LINES, MOST_POINTS, UseLine, UseRecord
from stresscampaigns.api.prometheus_rules import WITHOUT_PROMETHEUS
from stresscampaigns.core.observation import ContainerUse, History, LiveUse, Pod

PATIENCE = 45.0
"""Seconds for which the end waits for the load's last samples: they come up to two resolutions of 15 s late."""
_DIGITS = 1
"""Of times: Kubernetes tells whole seconds."""


def noted(
    record: UseRecord | None, told: LiveUse, start: float, end: float | None, most: int = MOST_POINTS
) -> UseRecord | None:
    """The record with what has been told now; the same one where that is nothing new.

    Args:
        start: of the load, epoch seconds; so its `end`, None while it is on.
        most: samples that are kept, of all containers together.
    """
    known = record or UseRecord()
    lines, left_out = {(line.pod, line.container): line for line in known.lines or []}, known.left_out
    for one in told.containers:
        key = (one.pod, one.container)
        if not _is_of_load(one, start, end) or not _is_new(one, lines.get(key), start):
            continue
        if key in lines or len(lines) < MOST_LINES:
            lines[key] = _longer(lines.get(key), one, start)
        else:
            left_out = True
    slot, joined = _bounded(list(lines.values()), known.slot or 1, most)
    found = UseRecord(
        lines=joined or None,
        slot=slot if slot > 1 else None,
        left_out=left_out,
        problem=told.problem,
    )
    return record if found == known else found


def waits(record: UseRecord, histories: Mapping[str, History], pods: Sequence[Pod], end: float) -> bool:
    """Is there more to come of the load's last seconds, which nobody else tells of?

    Args:
        pods: that are there now; of others nothing comes any more.
        end: of the load, seconds from its start.
    """
    if record.problem or not _needed(histories):
        return False
    there = {pod.name for pod in pods}
    return any(line.until[-1] < end for line in record.lines or [] if line.pod in there)


def _needed(histories: Mapping[str, History]) -> bool:
    return not all(histories.get(f"{name}/used", History()).series for name in WITHOUT_PROMETHEUS)


def _is_of_load(one: ContainerUse, start: float, end: float | None) -> bool:
    return one.at > start and (end is None or one.at - one.window < end)


def _is_new(one: ContainerUse, line: UseLine | None, start: float) -> bool:
    return line is None or round(one.at - start, _DIGITS) > line.until[-1]


def _longer(line: UseLine | None, one: ContainerUse, start: float) -> UseLine:
    """With one more sample; of a window that overlaps the one before, only the rest is newly seen."""
    until, since = (round(moment - start, _DIGITS) for moment in (one.at, one.at - one.window))
    last = line.until[-1] if line else since
    known = line or UseLine(
        pod=one.pod, container=one.container, since=[], until=[], seen=[], memory=[], cpu=[], taken=0
    )
    return known.model_copy(
        update={
            "since": [*known.since, since],
            "until": [*known.until, until],
            "seen": [*known.seen, round(until - max(since, last), _DIGITS)],
            "memory": [*known.memory, round(one.memory)],
            "cpu": [*known.cpu, round(one.cores, 4)],
            "taken": known.taken + 1,
        }
    )


def _bounded(lines: Sequence[UseLine], slot: int, most: int) -> tuple[int, list[UseLine]]:
    """Joined in the shortest slots in which they are few enough."""
    while True:
        found = [_joined(line, slot) for line in lines]
        if sum(len(line.until) for line in found) <= most:
            return slot, found
        slot *= 2


def _joined(line: UseLine, slot: int) -> UseLine:
    groups = [
        list(some) for _, some in groupby(range(len(line.until)), lambda place: line.until[place] // slot)
    ]
    if len(groups) == len(line.until):
        return line

    def of(column: Sequence[float], some: Iterable[int]) -> list[float]:
        return [column[place] for place in some]

    return line.model_copy(
        update={
            "since": [line.since[some[0]] for some in groups],
            "until": [line.until[some[-1]] for some in groups],
            "seen": [round(sum(of(line.seen, some)), _DIGITS) for some in groups],
            "memory": [max(of(line.memory, some)) for some in groups],
            "cpu": [max(of(line.cpu, some)) for some in groups],
        }
    )
