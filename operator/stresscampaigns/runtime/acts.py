"""What is under way for runs at others, a webhook or a kubelet among them. Who does not answer delays nobody else.

A look begins what is to be done, all of it at once, and waits a moment. What takes longer goes on alone, and is taken
up at a later look. So consent and abort are looked at however long a webhook or a node is silent.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass, field

from stresscampaigns.core.actions import (
    Action,
    AnswerTrials,
    EndFault,
    InjectFault,
    KillPod,
    RollBack,
    RollOut,
    StartInTarget,
)
from stresscampaigns.runtime.standing import PATIENCE

AT_ONCE = 64
"""Of one fault so many pods are worked on at a time; and of one run so many ends. More wait for room."""
Do = Callable[[Action], Awaitable[None]]
_BEGINNINGS = (InjectFault, StartInTarget, KillPod, RollOut, AnswerTrials)


@dataclass(frozen=True)
class Found:
    """What came of what was begun, at this look or at an earlier one."""

    done: tuple[Action, ...]
    failed: tuple[tuple[Action, BaseException], ...]
    under_way: tuple[Action, ...]


@dataclass
class _OfRun:
    tasks: dict[Hashable, tuple[Action, "asyncio.Task[None]"]] = field(default_factory=dict)
    rooms: dict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
    )


class Acts:
    """Of each run each act is under way once at most."""

    def __init__(self) -> None:
        self._runs: dict[str, _OfRun] = defaultdict(_OfRun)

    async def begin(self, run: str, actions: Iterable[Action], do: Do) -> Found:
        """Begin what is not under way yet, and wait a moment for it."""
        mine, fresh = self._runs[run], []
        for action in actions:
            if (key := _which(action)) not in mine.tasks:
                task = asyncio.create_task(_in(mine.rooms[_room(action)], action, do))
                mine.tasks[key] = (action, task)
                fresh.append(task)
        if fresh:
            await asyncio.wait(fresh, timeout=PATIENCE)
        return _taken(mine)

    def call_off(self, run: str, ends: bool = False) -> None:
        """Nothing begins in this run any more; nor does anything go on that `ends`, for there is nothing left."""
        tasks = self._runs[run].tasks if run in self._runs else {}
        for key, (action, task) in list(tasks.items()):
            if ends or isinstance(action, _BEGINNINGS):
                task.cancel()
                del tasks[key]
        if ends:
            self._runs.pop(run, None)

    async def stop(self) -> None:
        """Nothing is under way any more."""
        tasks = [task for mine in self._runs.values() for _, task in mine.tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _in(room: asyncio.Semaphore, action: Action, do: Do) -> None:
    async with room:
        await do(action)


def _taken(mine: _OfRun) -> Found:
    done, failed = [], []
    for key, (action, task) in list(mine.tasks.items()):
        if task.done():
            del mine.tasks[key]
            if not task.cancelled() and (error := task.exception()):
                failed.append((action, error))
            else:
                done.append(action)
    return Found(tuple(done), tuple(failed), tuple(action for action, _ in mine.tasks.values()))


def _which(action: Action) -> Hashable:
    """Where something changes at each look that is not the act's own, its place alone says which it is."""
    kind = type(action)
    match action:
        case InjectFault() | KillPod():
            return kind, action.fault, action.uid
        case StartInTarget():
            return kind, action.fault, action.pod, action.sidecar_pid
        case RollOut() | RollBack():
            return kind, action.rollback.fault
        case EndFault():
            return kind, action.namespace, action.pod, action.container
    return (kind,)


def _room(action: Action) -> str:
    return action.fault if isinstance(action, InjectFault | StartInTarget | KillPod) else ""
