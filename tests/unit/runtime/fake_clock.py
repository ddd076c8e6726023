"""Time that the tests move, and an event loop in which waiting takes none."""

import asyncio
import selectors
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

Answer = TypeVar("Answer")
BEGIN = 1_800_000_000.0
"""A Friday morning, 08:00:00 UTC."""
_A_LITTLE = 1e-6
"""Seconds since the epoch are too coarse for a jump to hit a moment exactly: it goes a little further."""


@dataclass
class FakeClock:
    """Stands still until it is told to move."""

    moment: float = BEGIN
    set_ahead: float = 0.0
    """By so much somebody has set it ahead; below 0: back."""

    def now(self) -> float:
        return self.moment + self.set_ahead

    def steady(self) -> float:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += seconds


class _NothingWillHappen(AssertionError):
    """Every task waits, and for nothing that time would bring."""


class _Jumping(selectors.SelectSelector):
    """Where the loop would wait, the clock jumps."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise _NothingWillHappen
        if timeout > 0:
            self._clock.advance(timeout + _A_LITTLE)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop on the fake clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(_Jumping(clock))
        self._clock = clock

    def time(self) -> float:
        return self._clock.steady() - BEGIN


def run_in(clock: FakeClock, work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run to the end, jumping over every pause."""
    with asyncio.Runner(loop_factory=lambda: _Loop(clock)) as runner:
        return runner.run(work)
