"""Faults whose packets this process holds, while the kernel says that they are on.

How it ends by itself: the kernel sends a packet here only while the fault's element is in its set, which the kernel
takes out at the deadline; and only while this process reads: without it, packets pass. A process that is stopped keeps
what it holds, and at the deadline nothing more comes to it.
"""

import heapq
import os
import select
import threading
import time

from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.nft import Nft, nft
from stresscampaigns.faults.packets import PacketFault
from stresscampaigns.faults.protocol import CannotWork
from stresscampaigns.faults.queue import Packet, Queue, Verdict, check_queueing, number_for, send_to_queue
from stresscampaigns.faults.treatments import Treatment

_CHAIN = "queued"
_AT_ONCE = 64
"""Packets that are read before those whose time has come are let go."""


class QueuedFault:
    """Of the flow's packets, those that `picked` (nftables' words) picks are treated."""

    def __init__(
        self, table: str, flow: Flow, treatment: Treatment, picked: str = "", run_nft: Nft = nft
    ) -> None:
        self._rules = PacketFault(
            table, flow, f"{picked} jump {_CHAIN}".strip(), treatment.unit, run_nft, f"chain {_CHAIN} {{ }}"
        )
        self._treatment = treatment
        self._reader: _Reader | None = None
        self._lost = 0

    @property
    def unit(self) -> str:
        """With what was dropped beside, where anything was."""
        return self._treatment.unit + (f", {self._lost} more dropped for want of room" if self._lost else "")

    def check(self) -> None:
        """Are nftables and its queues there?"""
        check_queueing()
        self._rules.check()

    def inject(self, seconds: float) -> None:
        """First somebody who reads, then packets to be read."""
        queue = Queue(number_for(self._rules.table), self._treatment.copied, self._treatment.whole)
        self._reader = _Reader(queue, self._treatment)
        self._reader.start()
        self._rules.inject(seconds)
        send_to_queue(self._rules.table, _CHAIN, queue.number)

    def evidence(self) -> int:
        """Packets treated; told only while they are really sent here, and read."""
        if self._reader is None or not self._reader.is_alive():
            raise CannotWork("the queue's reader died: packets passed as if there were no fault")
        self._rules.evidence()
        self._lost = self._treatment.overflow + self._reader.queue.lost()
        return self._treatment.harmed

    def end(self) -> None:
        """No more packets come; those that are held go on; then the rules go, which would throw held ones away."""
        self._rules.stop()
        if self._reader:
            self._reader.finish()
        self._rules.end()

    def gone(self) -> bool:
        """Neither rules nor reader are left."""
        return self._rules.gone() and not (self._reader and self._reader.is_alive())


class _Reader(threading.Thread):
    """Reads the queue; lets each packet go when its time has come."""

    def __init__(self, queue: Queue, treatment: Treatment) -> None:
        super().__init__(name="queue", daemon=True)
        self.queue = queue
        self._treatment = treatment
        self._held: list[tuple[float, int, Verdict]] = []
        self._count = 0
        self._end = os.eventfd(0)

    def finish(self) -> None:
        """Let all go that is held, and read no more."""
        os.eventfd_write(self._end, 1)
        self.join(timeout=5)

    def run(self) -> None:
        """Until the end is asked for; whatever happens, nobody's packets stay in the queue."""
        try:
            while not self._turn():
                pass
            self._last()
        finally:
            self.queue.close()

    def _turn(self) -> bool:
        left = max(0.0, self._held[0][0] - time.monotonic()) if self._held else None
        ready, _, _ = select.select([self.queue.fileno(), self._end], [], [], left)
        if self.queue.fileno() in ready:
            for packet in self.queue.packets(_AT_ONCE):
                self._take(packet)
        self._let_go(time.monotonic())
        return self._end in ready

    def _take(self, packet: Packet) -> None:
        treated = self._treatment.treat(packet, time.monotonic())
        self._count += 1
        verdict = Verdict(packet.id, treated.passes, treated.data)
        heapq.heappush(self._held, (treated.at, self._count, verdict))

    def _let_go(self, now: float) -> None:
        due = []
        while self._held and self._held[0][0] <= now:
            due.append(heapq.heappop(self._held)[2])
        self.queue.decide(due)

    def _last(self) -> None:
        while late := list(self.queue.packets(_AT_ONCE)):
            self.queue.decide(Verdict(packet.id, True) for packet in late)
        self._let_go(float("inf"))
