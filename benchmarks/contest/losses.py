"""Inside the bench's container: somebody is killed or paused; how long until that shows?

Loads of two workers against a target in this process, which knows when the last request came. Prints one JSON object:
loss → the seconds that it took, round by round.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any, ClassVar

from benchmarks.contest.contest import plan

from stresscampaigns.api.load_events import parse_events

ROUNDS = 3
WORKERS = 2
USERS = 8
IN_THE_MIDST = 3.0
"""Seconds from the load's start until somebody is lost: every user is at work by then."""
LONGER_THAN_ANY = 60
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Target(ThreadingTCPServer):
    """Answers everybody at once."""

    allow_reuse_address = daemon_threads = True
    last: ClassVar[float] = 0.0
    """When the last request came, by `time.monotonic`."""

    def handle_error(self, *_: object) -> None:
        """A worker that is killed resets its connections."""


class _Answering(StreamRequestHandler):
    def handle(self) -> None:
        while self.request.recv(65536):
            Target.last = time.monotonic()
            self.request.sendall(ANSWER)


class Load:
    """A coordinator and its workers; whatever still runs at the end is killed."""

    def __init__(self, url: str, folder: str) -> None:
        file = Path(folder) / "plan.json"
        load = plan({"users": USERS, "duration": LONGER_THAN_ANY}, workers=WORKERS, think="20ms")
        file.write_text(load.model_copy(update={"url": url}).model_dump_json())
        command = [sys.executable, "-m", "stresscampaigns.load"]
        worker = [*command, "worker", "--plan", str(file), "--coordinator", "127.0.0.1"]
        self.coordinator = subprocess.Popen(
            [*command, "coordinator", "--plan", str(file)], stdout=subprocess.PIPE, text=True
        )
        self.workers = [subprocess.Popen(worker) for _ in range(WORKERS)]

    def until(self, event: str) -> float:
        """Wait until the coordinator has told it; when that was, by `time.monotonic`."""
        for line in self.coordinator.stdout or ():
            if any(told.event == event for told in parse_events(line)):
                return time.monotonic()
        raise RuntimeError(f"the coordinator ended without telling {event}")

    def end(self) -> None:
        """Nobody is left."""
        everybody: list[subprocess.Popen[Any]] = [self.coordinator, *self.workers]
        for process in everybody:
            process.kill()
            process.wait()


def main() -> None:
    """Round by round, one loss after the other."""
    losses: dict[str, Callable[[Load], float]] = {
        "worker killed": lambda load: _until_lost(load, signal.SIGKILL),
        "worker paused": lambda load: _until_lost(load, signal.SIGSTOP),
        "coordinator killed": _until_silent,
    }
    told: dict[str, list[float]] = {loss: [] for loss in losses}
    with Target(("127.0.0.1", 0), _Answering) as target:
        Thread(target=target.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{target.server_address[1]}"
        for number in range(ROUNDS):
            for loss, measure in losses.items():
                print(f"round {number + 1} of {ROUNDS}: {loss}", file=sys.stderr, flush=True)
                with _load(url) as load:
                    told[loss].append(measure(load))
        target.shutdown()
    print(json.dumps(told), flush=True)


@contextmanager
def _load(url: str) -> Iterator[Load]:
    """In the midst of its time."""
    with tempfile.TemporaryDirectory() as folder:
        load = Load(url, folder)
        try:
            load.until("started")
            time.sleep(IN_THE_MIDST)
            yield load
        finally:
            load.end()


def _until_lost(load: Load, how: signal.Signals) -> float:
    began = time.monotonic()
    load.workers[0].send_signal(how)
    return load.until("worker-lost") - began


def _until_silent(load: Load) -> float:
    """The workers end by themselves; nobody kills them before.

    Raises:
        RuntimeError: no request came any more, so that nothing was measured.
    """
    began = time.monotonic()
    load.coordinator.kill()
    for worker in load.workers:
        worker.wait(timeout=LONGER_THAN_ANY)
    if Target.last < began:
        raise RuntimeError(
            "no request came after the coordinator was killed: were the workers at work at all?"
        )
    return Target.last - began


if __name__ == "__main__":
    main()
