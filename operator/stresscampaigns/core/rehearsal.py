"""A rehearsal: a run whose time is compressed, so that a campaign of a day can be seen to work within minutes.

Time alone shrinks: users, rates and thresholds stay as they are. What a campaign asks for is mapped piecewise, stage by
stage, in straight lines. Nothing gets longer, nothing changes its order. Floors keep what would vanish: a stage in
which nothing completes, a fault that is over before it is in force.
"""

from collections.abc import Sequence
from itertools import accumulate

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.capacity_spec import Capacity
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.load_spec import Load
from stresscampaigns.api.stage_spec import Stage
from stresscampaigns.api.units import seconds, write_seconds
from stresscampaigns.core.plan import capacity_search, longest_load

STAGE_FLOOR = 5.0
FAULT_FLOOR = 5.0
"""Seconds. What was longer than this is not made shorter."""
FAULT_EARLIEST = 10.0
"""Seconds: a sidecar is put in 8 s ahead of its fault, and has to start."""
TRIAL_FLOOR = 3.0
SETTLE_FLOOR = 1.0


def compressed(template: RunTemplate, length: float) -> RunTemplate:
    """The same campaign in about `length` seconds; where its floors need more, in as little as they allow."""
    load = template.load
    stages = [seconds(stage.duration) for stage in load.course]
    floors = [min(one, STAGE_FLOOR) for one in stages]
    scale = _scale([*zip(stages, floors, strict=True), *_search_times(load.search)], length)
    if scale == 1:
        return template
    shorter = [_whole(one, floor, scale) for one, floor in zip(stages, floors, strict=True)]
    faults = [_fault(fault, stages, shorter) for fault in template.faults or []]
    return template.model_copy(
        update={"load": _load(load, shorter, scale), "faults": faults or template.faults}
    )


def speed(template: RunTemplate, length: float) -> str:
    """How many times faster the whole is over, like `60x`."""
    shorter = longest_load(compressed(template, length).load)
    return f"{longest_load(template.load) / shorter:.3g}x"


def _scale(times: Sequence[tuple[float, float]], wanted: float) -> float:
    """The one factor, at most 1, with which all lengths sum up to `wanted`, none under the floor beside it."""
    free, left = list(times), wanted
    while free:
        scale = left / sum(length for length, _ in free)
        held = [(length, floor) for length, floor in free if length * scale < floor]
        if not held:
            return min(1.0, scale)
        left -= sum(floor for _, floor in held)
        free = [one for one in free if one not in held]
    return 0.0


def _whole(length: float, floor: float, scale: float) -> float:
    """A length scaled, in whole seconds, as the counts of the load are; never more than it was."""
    return min(length, max(floor, float(round(length * scale))))


def _load(load: Load, lengths: Sequence[float], scale: float) -> Load:
    """The load with its stages written out."""
    stages = [_stage(stage, length) for stage, length in zip(load.course, lengths, strict=True)]
    search = _search(load.search, scale) if load.search else None
    return load.model_copy(
        update={
            "profile": None,
            "users": None,
            "duration": None,
            "expected": None,
            "stages": stages,
            "capacity": search,
        }
    )


def _stage(stage: Stage, length: float) -> Stage:
    ramp = seconds(stage.ramp) * length / seconds(stage.duration) if stage.ramp else None
    return stage.model_copy(
        update={
            "duration": write_seconds(length),
            "ramp": None if ramp is None else write_seconds(min(ramp, length)),
        }
    )


def _search_times(search: Capacity | None) -> list[tuple[float, float]]:
    """How long the search takes at most, and how short it can be made."""
    if search is None:
        return []
    return [(capacity_search(search).longest, capacity_search(_search(search, 0.0)).longest)]


def _search(search: Capacity, scale: float) -> Capacity:
    """The trials shorter, and one confirmation; as many of them and as much load as before."""

    def shorter(duration: str, floor: float) -> str:
        length = seconds(duration)
        return write_seconds(_whole(length, min(length, floor), scale))

    return search.model_copy(
        update={
            "trial": shorter(search.trial, TRIAL_FLOOR),
            "confirm": shorter(search.confirm, TRIAL_FLOOR),
            "settle": shorter(search.settle, SETTLE_FLOOR),
            "confirmations": 1,
        }
    )


def _fault(fault: Fault, stages: Sequence[float], shorter: Sequence[float]) -> Fault:
    """The fault in the compressed time: there early enough, long enough, over before the load is."""
    begin, end = (_moment(t, stages, shorter) for t in (fault.start_seconds, fault.end_seconds))
    total = sum(shorter)
    start = min(max(begin, min(fault.start_seconds, FAULT_EARLIEST)), max(0.0, total - FAULT_FLOOR))
    length = max(end - begin, min(seconds(fault.duration), FAULT_FLOOR))
    return fault.model_copy(
        update={
            "at": write_seconds(start),
            "duration": write_seconds(min(length, total - start)),
        }
    )


def _moment(t: float, stages: Sequence[float], shorter: Sequence[float]) -> float:
    """A moment of the campaign's own time in the compressed one."""
    starts = zip(stages, shorter, [0.0, *accumulate(stages)], [0.0, *accumulate(shorter)], strict=False)
    for length, short, start, short_start in starts:
        if t <= start + length:
            return short_start + (t - start) * short / length
    return sum(shorter)
