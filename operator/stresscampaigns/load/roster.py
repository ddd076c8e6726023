"""The workers of one load, as the coordinator knows them: who is there, what each last said of itself, who was lost."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from locust.rpc.protocol import Message
from locust.runners import STATE_MISSING, MasterRunner

from stresscampaigns.api.load_result import Totals
from stresscampaigns.api.written_set import WrittenSet
from stresscampaigns.load.findings import WorkerState
from stresscampaigns.load.strain import SEARCH, STAGES, Strain, Strains
from stresscampaigns.load.words import DRAINED, LISTENING, WAS_READ
from stresscampaigns.stats.histogram import decode, encode, merged

_SUMMED = ("sent", "completed", "transmitted", "answered", "arrived", "dropped", "late")


class Roster:
    """Hears what workers say; `on_loss` is called once for each that is lost."""

    def __init__(self, runner: MasterRunner, expected: int, on_loss: Callable[[str], None]) -> None:
        self.expected = expected
        self.drained: set[str] = set()
        self.lost: set[str] = set()
        self.strains = Strains()
        self.written: dict[str, WrittenSet] = {}
        """Worker → what became of what it wrote."""
        self._runner = runner
        self._on_loss = on_loss
        self._began_with: set[str] = set()
        self._clocks: dict[str, float] = {}
        self._most_arrivals: dict[str, float] = {}
        self._states: dict[str, WorkerState] = {}
        self._delays: dict[str, str] = {}
        self._users: dict[str, int] = {}
        runner.register_message(LISTENING, self._on_listening)
        runner.register_message(DRAINED, self._on_drained)
        runner.register_message(WAS_READ, self._on_was_read)

    def connected(self) -> set[str]:
        """Workers that are ready and will hear what they are told."""
        return set(self._clocks) & {client.id for client in self._runner.clients.ready}

    def most_arrivals(self) -> list[float]:
        """What each worker says it can send in a second; empty in the closed model."""
        return list(self._most_arrivals.values())

    @property
    def all_lost(self) -> bool:
        """Is there nobody left?"""
        return len(self.lost) >= self.expected

    @property
    def users(self) -> int:
        """Users of all workers together, as last reported."""
        return sum(self._users.values())

    def look(self) -> None:
        """Who has gone, who is silent?"""
        for client in list(self._runner.clients.values()):
            if client.state == STATE_MISSING:
                self.lose(client.id)
        for known in list(self._users):
            if known not in self._runner.clients:
                self.lose(known)

    def told_until(self) -> float:
        """The second of the load before which there is nothing that a worker, but for the lost, has still to tell."""
        return self.strains.told_until(self.alive())

    def begin(self) -> None:
        """The load begins with those that are connected; who comes later has no part in it, and tells no seconds."""
        self._began_with = self.connected()

    def alive(self) -> set[str]:
        """Those that the load began with, but for the lost."""
        return self._began_with - self.lost

    def silent(self) -> set[str]:
        """Those that were heard of, and do not answer any more."""
        there = {client.id for client in self._runner.clients.values() if client.state != STATE_MISSING}
        return set(self._states) - there

    def lose(self, worker: str) -> None:
        """It is lost for good, even if it is heard again: what it counted meanwhile is not to be trusted."""
        if worker not in self.lost:
            self.lost.add(worker)
            self._users.pop(worker, None)
            self._on_loss(worker)

    def heard(self, worker: str, users: int, state: dict[str, Any]) -> None:
        """What a worker says of itself."""
        told = dict(state)
        if delays := told.pop("delays", None):
            self._delays[worker] = delays
        self._states[worker] = WorkerState(**told)
        if worker not in self.lost:
            self._users[worker] = users

    def states(self) -> list[WorkerState]:
        """Of the workers whose last word was heard; a lost one is a finding of its own.

        A search has its own account of how hard they were at work: here it is what they were in the stages.
        """
        stages = self.strains.of(STAGES)
        return [
            replace(
                state,
                cpu=stages.get(worker, Strain()).cpu,
                waited=stages.get(worker, Strain()).waited,
                stall=stages.get(worker, Strain()).stall,
                clock_off=self._clocks.get(worker, 0.0),
            )
            for worker, state in self._states.items()
            if worker not in self.lost
        ]

    def cpu(self) -> dict[str, float]:
        """Worker → its highest share of a core so far, in whatever window."""
        stages, search = self.strains.of(STAGES), self.strains.of(SEARCH)
        known = {
            worker: (stages.get(worker, Strain()), search.get(worker, Strain())) for worker in self._states
        }
        return {worker: max(one.cpu for one in both) for worker, both in known.items()}

    def at_limit(self, window: str, now: float | None = None) -> str:
        """Which workers, but for the lost, were at their limit in a window; see `Strains.at_limit`."""
        return self.strains.at_limit(window, set(self._states) - self.lost, now)

    def totals(self) -> Totals:
        """All of them together, but for the lost."""
        states = self.states()
        summed = {name: sum(getattr(state, name) for state in states) for name in _SUMMED}
        delays = [decode(text) for worker, text in self._delays.items() if worker not in self.lost]
        return Totals(**summed, delays=encode(merged(delays)) if delays else None)

    def _on_listening(self, msg: Message, **_: object) -> None:
        self._clocks[msg.node_id] = msg.data["time"] - time.time()
        if (most := msg.data["arrivals"]) is not None:
            self._most_arrivals[msg.node_id] = most

    def _on_drained(self, msg: Message, **_: object) -> None:
        self.drained.add(msg.node_id)

    def _on_was_read(self, msg: Message, **_: object) -> None:
        self.written[msg.node_id] = WrittenSet.model_validate(msg.data)
