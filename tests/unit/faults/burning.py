"""burn, compiled, and run as the operator would have it run: with a board of its own."""

import shutil
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from stresscampaigns.faults.board import Board

SOURCES = sorted((Path(__file__).parents[3] / "operator" / "burn").glob("*.c"))
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="not installed: gcc")
DESCRIPTOR = 200
PATIENCE = 30.0
"""Seconds: a busy machine takes long, nothing takes for ever."""


@cache
def binary() -> Path:
    """burn, compiled once a session."""
    made = Path(mkdtemp(prefix="burn-")) / "burn"
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-pthread"]
    subprocess.run(["gcc", *flags, "-o", str(made), *map(str, SOURCES)], check=True)
    return made


class Burning:
    """One burn on one board; its `log` is what it adds to the sidecar's."""

    def __init__(self, folder: Path, *what: str, seconds: float = 600.0, ahead: float = 0.0) -> None:
        self.board = Board(DESCRIPTOR)
        self.log = folder / "log"
        self.log.touch()
        self.start = time.time() + ahead
        self.until = self.start + seconds
        self._board_path = f"/proc/{_own_pid()}/fd/{DESCRIPTOR}"
        self._what = what
        self.process = self.another()

    def another(self) -> subprocess.Popen[str]:
        """The operator asks for it, once more after a crash."""
        times = [f"{self.start:.3f}", f"{self.until:.3f}"]
        command = [str(binary()), self._board_path, str(self.log), *times, *self._what]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)

    def in_force(self) -> "Burning":
        """Wait until it says so."""
        self.wait_for(lambda: self.board.read().begun > 0)
        return self

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """However long it takes on a busy machine; not for ever."""
        last = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < last, f"never came: {self.board.read()}"
            time.sleep(0.005)

    def status(self, key: str) -> int:
        """Of the process, as the kernel has it, such as `VmRSS` in kB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))

    def end(self) -> None:
        """Whatever became of it."""
        self.process.kill()
        self.process.communicate()


def _own_pid() -> str:
    return Path("/proc/self").readlink().name
