"""The guard of a container: a small program that ends every process in it at a deadline, whoever is dead or stopped.

How: see guard/guard.c. It is armed before anything of a user's runs.
"""

import ctypes
import os
import subprocess
from pathlib import Path

from stresscampaigns.api.fault_protocol import GUARD
from stresscampaigns.faults.patience import comes_true
from stresscampaigns.faults.protocol import CannotWork

ALONE = 0.5
"""Seconds after the deadline at which the guard does alone what the holder has not asked for."""
LAST = 4.5
"""Seconds after the deadline at which the kernel ends the container, if nobody else has."""
_PATIENCE = 1.0
_PR_SET_PTRACER, _ANYBODY = 0x59616D61, -1


class Guard:
    """Ends all processes but the first and itself, when asked; all of them, some seconds after `until` (epoch)."""

    def __init__(self, until: float, program: str = GUARD) -> None:
        self._command = [program, f"{until + ALONE:.3f}", f"{until + LAST:.3f}"]
        self._process: subprocess.Popen[bytes] | None = None

    def arm(self) -> None:
        """From now on the deadline is the kernel's.

        Raises:
            CannotWork: it cannot be had here.
        """
        if os.getpid() != 1:
            raise CannotWork(
                "the sidecar shares its processes with others (the pod's shareProcessNamespace or hostPID): what the "
                "program leaves running could not be ended without theirs"
            )
        _let_trace(_ANYBODY)
        try:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            raise CannotWork(f"the image holds no {self._command[0]}, see images.fault: {error}") from error
        said = self._answer()
        _let_trace(0)
        if said != "armed":
            raise CannotWork(f"the program's end could not be made certain: {said or 'its guard died'}")

    def sweep(self, last: bool = False) -> None:
        """End what runs in the container. `last`: the deadline has been seen to."""
        if self._process and self._process.stdin:
            self._process.stdin.write(b"e" if last else b"k")
            self._process.stdin.flush()
            self._answer()

    def _answer(self) -> str:
        assert self._process  # noqa: S101
        assert self._process.stdout  # noqa: S101
        return self._process.stdout.readline().decode(errors="replace").strip()

    def alone(self) -> bool:
        """Is nobody left but the first process and the guard? What was killed is given a moment."""
        ours = {os.getpid(), self._process.pid if self._process else 0}
        return comes_true(lambda: living() <= ours, _PATIENCE)


def living(processes: Path = Path("/proc")) -> set[int]:
    """The processes that we see, but for those that are dead and not yet buried."""
    return {int(one.name) for one in processes.iterdir() if one.name.isdecimal() and _lives(one)}


def _lives(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _let_trace(who: int) -> None:
    """Where Yama lets processes be traced by their parents only, we may name another; elsewhere this does nothing."""
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(who), 0, 0, 0)
