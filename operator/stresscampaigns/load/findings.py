"""Reasons why a load's numbers cannot be trusted, each with the number that shows it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from stresscampaigns.api.load_result import Finding
from stresscampaigns.load.stages import TOGETHER, Begun, Steps

CPU_LIMIT = 0.8
NO_IDLE = 0.95
"""Share of its time for which a worker used a core or waited for one: beyond, it was others who kept it from more."""
CLOCK_LIMIT = 1.0
"""Seconds by which a worker's clock may be off the coordinator's: faults are timed by clocks, load is not."""
STEP_LIMIT = 0.5
STALL_LIMIT = 0.5
STAGES_LATE_LIMIT = 1.0
"""Seconds by which a coordinator may be behind its stages: beyond, a whole second has the users of another."""
START_LATE_LIMIT = 1.0
"""Seconds, likewise: beyond, what a worker counts in a second belongs into another one."""
MOST_APART, LEAST_APART, APART_SHARE = 1.0, 0.5, 0.1
"""Seconds by which workers may begin a stage apart: a tenth of it, for which its users may be too few in any case; but
no more than a second, as above, and no less than that for which an event loop may stand still."""
WITHOUT_SOCKET = "requests for which a load worker had no free port, file descriptor or memory"
LATE_LIMIT = 0.001
"""Share of arrivals that may have been late."""


@dataclass(frozen=True)
class WorkerState:
    """What one worker last said of itself; times in seconds."""

    cpu: float = 0.0
    waited: float = 0.0
    clock_off: float = 0.0
    clock_step: float = 0.0
    stall: float = 0.0
    sent: int = 0
    completed: int = 0
    transmitted: int = 0
    answered: int = 0
    arrived: int = 0
    dropped: int = 0
    late: int = 0


def findings(
    workers: Iterable[WorkerState],
    counted: int | None,
    coordinators_step: float = 0.0,
    stages_late: float = 0.0,
    steps: Steps = TOGETHER,
    without_socket: int = 0,
) -> list[Finding]:
    """What stands against the numbers.

    Args:
        counted: the requests in the merged histograms; None where a worker was lost, so that they cannot add up.
        coordinators_step: seconds by which the coordinator's own clock has jumped; it says when the load began.
        stages_late: seconds by which the coordinator was behind its stages at most.
        steps: how the workers went through the stages together.
        without_socket: requests for which a load pod had no connection to give.
    """
    states = list(workers)
    found = [
        _above(
            "a load worker used more than 80 % of its core; give load.workers more", CPU_LIMIT, _cpu(states)
        ),
        _above(
            "a load worker waited for its core, which others used, this share of its time, and had no idle time; "
            "give its node more, or load.workers",
            0.0,
            max((state.waited for state in states), default=0.0),
        ),
        _above(
            "a worker's clock is off, in seconds; synchronise the clocks of the nodes",
            CLOCK_LIMIT,
            _farthest(state.clock_off for state in states),
        ),
        _above(
            "a clock jumped during the load, in seconds; let it be slewed, not stepped",
            STEP_LIMIT,
            _farthest([coordinators_step, *(state.clock_step for state in states)]),
        ),
        _above(
            "a load worker's event loop stood still, in seconds; give its node or load.workers more",
            STALL_LIMIT,
            max((state.stall for state in states), default=0.0),
        ),
        _above(
            "the coordinator stood still, and the stages were late, in seconds; give its node more",
            STAGES_LATE_LIMIT,
            stages_late,
        ),
        _above(
            f"{WITHOUT_SOCKET}; give load.workers more, or let the target keep connections open",
            0,
            without_socket,
        ),
        _start_late(steps.start_late),
        *map(_apart, steps.begun),
        *_arrival_findings(states),
    ]
    return [*(one for one in found if one), *_count_findings(states, counted)]


def _above(reason: str, limit: float, value: float) -> Finding | None:
    return Finding(reason=reason, value=value) if abs(value) > limit else None


def _start_late(seconds: float | None) -> Finding | None:
    if seconds is None:
        return Finding(reason="nobody knows whether each load worker heard in time that the load had begun")
    words = "a load worker heard late that the load had begun, in seconds: so far off are the seconds that it counted"
    return _above(words, START_LATE_LIMIT, seconds)


def _apart(one: Begun) -> Finding | None:
    if one.apart is None:
        return Finding(reason=f"nobody knows when each load worker began stage {one.name}: one did not say")
    if one.apart <= min(MOST_APART, max(LEAST_APART, APART_SHARE * one.length)):
        return None
    words = f"load workers began stage {one.name} apart, in seconds; give their nodes more, or load.workers"
    return Finding(reason=words, value=one.apart, stage=one.name)


def _cpu(states: list[WorkerState]) -> float:
    return max((state.cpu for state in states), default=0.0)


def _farthest(values: Iterable[float]) -> float:
    return max(values, key=abs, default=0.0)


def _arrival_findings(states: list[WorkerState]) -> list[Finding | None]:
    arrived = sum(state.arrived for state in states)
    late = sum(state.late for state in states)
    dropped = sum(state.dropped for state in states)
    share = late / arrived if arrived else 0.0
    return [
        _above("arrivals were dropped: no user was free; raise load.maxInFlight or workers", 0, dropped),
        _above("share of arrivals that the generator sent late; give load.workers more", LATE_LIMIT, share),
    ]


def _count_findings(states: list[WorkerState], counted: int | None) -> list[Finding]:
    if counted is None:
        return []
    sent = sum(state.sent for state in states)
    completed = sum(state.completed for state in states)
    found = []
    if sent != completed:
        found.append(Finding(reason="requests were sent whose end nobody saw", value=sent - completed))
    if counted != completed:
        found.append(Finding(reason="requests are missing in the merged counts", value=completed - counted))
    return found
