"""What is taken from the target's container, or done to it, from within: by `burn`, which the operator starts there.

How it ends by itself: burn has a timer of the kernel's that kills it at the deadline, and what it held goes with it.
This sidecar shares the container's processes and its user; it has no capability. It sees burn, ends it early when
asked, and proves its end. When this sidecar dies, burn ends within a tenth of a second.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress

from stresscampaigns.faults.board import Board
from stresscampaigns.faults.holding import asked_to_end, since_boot
from stresscampaigns.faults.patience import comes_true
from stresscampaigns.faults.protocol import CannotWork

PATIENCE = 5.0
"""Seconds for which burn is waited for."""
SILENT = 2.0
"""Seconds without a beat of burn's after which it counts as dead: a container without CPU time is slow to beat."""


class Within:
    """`unit` is of what burn counts; `lasting`: burn must live until the end, else it is over once it is done."""

    def __init__(
        self,
        unit: str,
        board: Board | None = None,
        patience: float = PATIENCE,
        lasting: bool = True,
        asked_to_end: Callable[[], bool] = asked_to_end,
    ) -> None:
        self.unit = unit
        self._board = board or Board()
        self._patience = patience
        self._lasting = lasting
        self._asked_to_end = asked_to_end
        self._until = 0.0

    def check(self) -> None:
        """Do we see the target's processes? As the first of our own we would see none but ourselves."""
        if os.getpid() == 1:
            raise CannotWork(
                "the sidecar does not share the target container's processes: the node's container runtime takes no "
                "targetContainerName"
            )

    def inject(self, seconds: float) -> None:
        """Burn waits for its time itself; here it is only seen to have begun."""
        self._until = since_boot() + seconds
        comes_true(lambda: self._told() or self._asked_to_end(), min(seconds, self._patience))
        burn = self._board.read()
        if burn.begun:
            return
        if self._asked_to_end():
            raise CannotWork("the end was asked for before it was in force")
        raise CannotWork(burn.trouble or (_NOT_BEGUN if burn.pid else _NOT_STARTED))

    def _told(self) -> bool:
        burn = self._board.read()
        return bool(burn.begun or burn.trouble)

    def evidence(self) -> int:
        """As burn has counted; one that ended before its time has been killed, and pressed no more."""
        burn = self._board.read()
        missing = min(since_boot(), self._until) - burn.last_beat
        if self._lasting and missing > SILENT:
            raise CannotWork(
                f"{burn.trouble or 'the process in the target was killed'}, {missing:.1f}s before its end: was it the "
                "kernel, because the container had no memory left?"
            )
        return burn.did

    def end(self) -> None:
        """Kill burn, and let none begin."""
        self._board.close()
        burn = self._board.read()
        if self._board.alive() and burn.pid:
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(burn.pid, signal.SIGKILL)

    def gone(self) -> bool:
        """The kernel has let go of burn's lock."""
        return comes_true(lambda: not self._board.alive(), 1)


_NOT_STARTED = (
    "no process was started in the target's container: the operator was away, or its exec failed; the sidecar must "
    "have the container's user and group: set securityContext.runAsUser and runAsGroup of the pod"
)
_NOT_BEGUN = "the process in the target's container has not brought it about in time: has it any CPU time?"
