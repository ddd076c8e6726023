"""What a user's own program breaks: Custom. It speaks the contract of contract.py.

How it ends by itself: its processes by the guard and by the kernel, see guard.py. What it has changed elsewhere, such
as a rule of packets, is its author's to let the kernel end.
"""

import os
from collections.abc import Callable, Mapping, Sequence

from stresscampaigns.api.fault_protocol import GUARD, FaultOrder
from stresscampaigns.faults.contract import UNSPOKEN, Answer, Verb, environment, read_evidence, spoken, why
from stresscampaigns.faults.guard import Guard
from stresscampaigns.faults.holding import asked_to_end
from stresscampaigns.faults.program import Call, Children, Program
from stresscampaigns.faults.protocol import CannotWork

CHECK, INJECT, EVIDENCE, END, GONE = 5.0, 5.0, 1.0, 1.5, 1.0
"""Seconds that a call may take. Those after the deadline are over before the kernel ends the container."""

PUNCTUAL = 0.1
"""Seconds before the deadline at which what holds it may end by itself: it was told how much time is left."""


class Custom:
    """`until`: epoch seconds; `asked_to_end`: has somebody asked for the end while a call is under way?"""

    def __init__(
        self,
        command: Sequence[str],
        parameters: Mapping[str, str | int],
        until: float,
        guard: Guard,
        asked_to_end: Callable[[], bool],
    ) -> None:
        self.unit = "harmed"
        self._parameters, self._until = parameters, until
        self._guard, self._asked_to_end = guard, asked_to_end
        self._children = Children()
        self._program = Program(command, self._children)
        self._notes = f"/proc/{os.getpid()}/fd/{os.memfd_create('notes')}"
        self._hold: Call | None = None
        self._injected = False
        self._trouble: str | None = None

    def check(self) -> None:
        """The program says so; nothing of it goes on."""
        self._guard.arm()
        self._children.start()
        self._ask("check", CHECK, self._asked_to_end)
        self._guard.sweep()

    def inject(self, seconds: float) -> None:
        """What holds it comes first, so that `inject` can say whether it is in force."""
        told = environment(self._parameters, self._notes, seconds)
        self._hold = self._program.start("hold", told)
        self._injected = self._ask("inject", min(INJECT, seconds), self._asked_to_end, told) is not None
        self._see_that_it_holds()

    def _see_that_it_holds(self) -> None:
        end = self._hold.end if self._hold else None
        if self._hold is None or end is None:
            return
        if end.code == UNSPOKEN:
            if not self._injected:
                raise CannotWork("it speaks neither inject nor hold: nothing was broken")
            return
        if (missing := self._until - end.at) > PUNCTUAL:
            raise CannotWork(f"hold ended {missing:.1f}s before its time: {why(self._hold.answer(end))}")

    def evidence(self) -> int:
        """Once what held it is dead: it has been held until now, and the program has counted."""
        self._see_that_it_holds()
        self._guard.sweep(last=True)
        answer = self._ask("evidence", EVIDENCE)
        if answer is None:
            raise CannotWork("evidence: it must say what it has done; it speaks no evidence")
        harmed, self.unit = read_evidence(answer.out)
        return harmed

    def end(self) -> None:
        """Its processes in any case; where it has begun, it mends the rest itself."""
        self._guard.sweep(last=True)
        if self._hold is None:
            return
        try:
            self._ask("end", END)
        except CannotWork as error:
            self._trouble = str(error)

    def gone(self) -> bool:
        """The program says so, and no process of its is left."""
        if self._trouble:
            raise CannotWork(self._trouble)
        if self._hold is not None:
            self._ask("gone", GONE)
            self._guard.sweep(last=True)
        return self._guard.alone()

    def _ask(
        self,
        verb: Verb,
        limit: float,
        enough: Callable[[], bool] = lambda: False,
        told: Mapping[str, str] | None = None,
    ) -> Answer | None:
        """None: it has nothing to do for this verb."""
        answer = self._program.ask(verb, told or environment(self._parameters, self._notes), limit, enough)
        if answer.code is None and enough():
            raise CannotWork(f"{verb}: the end was asked for while it was under way")
        return answer if spoken(verb, answer, limit) else None


def custom(order: FaultOrder, guard: str = GUARD) -> Custom:
    """As an order says; `guard` is where that program lies."""
    words = order.settings
    return Custom(
        words["command"],
        words.get("parameters", {}),
        order.until,
        Guard(order.until, guard),
        asked_to_end,
    )
