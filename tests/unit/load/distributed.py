"""A coordinator and its workers as processes on the loopback interface, as the pods would run them."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

from stresscampaigns.api.load_events import LoadEvent, assemble_result, parse_events
from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.api.load_pod import NUMBER_VARIABLE, PLAN_VARIABLE
from stresscampaigns.api.load_result import LoadResult, WindowStats
from tests.unit.ports import free_port

LONGEST = 180.0
"""Seconds that a test waits for a load at most, on a busy machine."""


def plan(url: str, **changes: Any) -> LoadPlan:
    """Two workers; anything can be changed."""
    words: dict[str, Any] = {
        "run": "r-1",
        "campaign": "r",
        "namespace": "staging",
        "url": url,
        "stages": [{"name": "only", "users": 4, "duration": 2}],
        "scenarios": [{"name": "http", "parameters": {"thinkTime": "20ms"}}],
        "stop_timeout": 2,
        "connect_timeout": 60,
    }
    return LoadPlan.model_validate(words | changes)


def whole(result: LoadResult) -> WindowStats:
    """Of its windows the one that is the whole load."""
    return next(window for window in result.windows if window.name == "whole")


class DistributedLoad:
    """One load; whatever still runs at the end, or after `LONGEST`, is killed, as its exit code then says.

    What the processes complain of is in a file of `folder`.
    """

    def __init__(self, plan: LoadPlan, folder: Path, workers: int | None = None) -> None:
        self._environment = {**os.environ, "NO_PROXY": "127.0.0.1", PLAN_VARIABLE: plan.model_dump_json()}
        self._port = str(free_port())
        self._log = ""
        self._complaints = folder / "stderr"
        self.coordinator = self._start("coordinator", "--metrics-port", str(free_port()))
        count = plan.workers if workers is None else workers
        self.workers = [
            self._start("worker", "--coordinator", "127.0.0.1", number=one) for one in range(count)
        ]
        self._given_up = threading.Timer(LONGEST, self._kill)
        self._given_up.daemon = True
        self._given_up.start()

    def _start(self, role: str, *arguments: str, number: int = 0) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "stresscampaigns.load", role]
        out = subprocess.PIPE if role == "coordinator" else subprocess.DEVNULL
        with self._complaints.open("a") as complaints:
            return subprocess.Popen(
                [*command, "--port", self._port, *arguments],
                stdout=out,
                stderr=complaints,
                text=True,
                env={**self._environment, NUMBER_VARIABLE: str(number)},
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up.cancel()
        self._kill()
        for process in (self.coordinator, *self.workers):
            process.wait()

    def _kill(self) -> None:
        for process in (self.coordinator, *self.workers):
            process.kill()

    def until(self, *events: str) -> str:
        """Read the coordinator's log until it has told one of these events: which."""
        assert self.coordinator.stdout
        for line in self.coordinator.stdout:
            self._log += line
            found = [told.event for told in parse_events(line) if told.event in events]
            if found:
                return found[0]
        raise AssertionError(f"the coordinator ended without telling {' or '.join(events)}:\n{self._log}")

    def told(self) -> list[LoadEvent]:
        """Everything that has been read so far."""
        return parse_events(self._log)

    def wait(self) -> None:
        """Until all of it has ended."""
        assert self.coordinator.stdout
        self._log += self.coordinator.stdout.read()
        for process in (self.coordinator, *self.workers):
            process.wait()

    def complaints(self) -> str:
        """What all of its processes have written to standard error."""
        return self._complaints.read_text()

    def exit_codes(self) -> list[int | None]:
        """The coordinator's, then the workers'."""
        return [process.returncode for process in (self.coordinator, *self.workers)]

    def events(self) -> list[LoadEvent]:
        """Everything that the coordinator has told, once all of it has ended."""
        if self.coordinator.returncode is None:
            self.wait()
        return parse_events(self._log)

    def result(self) -> LoadResult:
        """The result at its end."""
        return assemble_result(self.events())
