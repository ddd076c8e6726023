"""Loads in which somebody is killed, paused or stuck. They run side by side, for noticing a loss takes its seconds."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import locust.runners
import pytest

from stresscampaigns.api.load_events import Failed, LoadEvent, WorkerLost, assemble_result
from stresscampaigns.load import environment
from stresscampaigns.load.coordinator import TICK
from stresscampaigns.load.watch import STUCK_SECONDS
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan

FILE = """
import os
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.02)

    @task
    def visit(self):
        self.client.get("/", headers={"X-Sender": str(os.getpid())})
"""
STUCK = (
    FILE
    + """
        while True: pass
"""
)
PROMISED = 5.0
"""Seconds in which a loss is noticed and a load without its coordinator ends."""
CROWDED = 10.0
"""Seconds more that a busy machine may take for it."""


class Losses:
    """One load loses a worker, one both, one its coordinator; of one a worker is paused, of one it never yields."""

    def __init__(self, stack: ExitStack, folders: pytest.TempPathFactory) -> None:
        self.target, other, self.abandoned = (stack.enter_context(CountingServer()) for _ in range(3))

        def load(server: CountingServer, seconds: int, file: str = FILE, workers: int = 2) -> DistributedLoad:
            folder = folders.mktemp("lost")
            (folder / "locustfile.py").write_text(file)
            own = {"scenarios": [], "locustfile": str(folder / "locustfile.py"), "workers": workers}
            stages = [{"name": "only", "users": 4, "duration": seconds}]
            return stack.enter_context(DistributedLoad(plan(server.url, stages=stages, **own), folder))

        self.one, self.paused = load(self.target, 6), load(other, 12)
        self.both, self.coordinator = load(other, 600), load(self.abandoned, 600, workers=1)
        self.stuck = load(other, 600, STUCK, workers=1)
        self.killed_at = 0.0

    def happen(self) -> None:
        """In the midst of it; then wait for what follows."""
        every = (self.one, self.paused, self.both, self.coordinator, self.stuck)
        for each in every:
            each.until("started")
        self.target.wait_for(40)
        self.killed_at = time.time()
        for process in (self.one.workers[0], *self.both.workers, self.coordinator.coordinator):
            process.kill()
        self.paused.workers[0].send_signal(signal.SIGSTOP)
        self.paused.until("worker-lost")
        self.paused.workers[0].send_signal(signal.SIGCONT)
        for each in every:
            each.wait()


def losses_told(events: list[LoadEvent]) -> list[float]:
    return [event.at for event in events if isinstance(event, WorkerLost)]


@pytest.fixture(scope="module")
def losses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Losses]:
    with ExitStack() as stack:
        made = Losses(stack, tmp_path_factory)
        made.happen()
        yield made


def test_a_silent_worker_is_lost_within_five_seconds_by_construction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locust counts down once a heartbeat; one after the count is below nought it calls the worker missing."""
    for name in (
        "WORKER_REPORT_INTERVAL",
        "HEARTBEAT_INTERVAL",
        "MASTER_HEARTBEAT_TIMEOUT",
        "CPU_MONITOR_INTERVAL",
    ):
        monkeypatch.setattr(locust.runners, name, getattr(locust.runners, name))
    environment.tune()
    beats = locust.runners.HEARTBEAT_LIVENESS + 2
    assert beats * locust.runners.HEARTBEAT_INTERVAL + TICK < PROMISED
    assert locust.runners.MASTER_HEARTBEAT_TIMEOUT + 1.0 < PROMISED  # it looks once a second


def test_a_worker_that_is_killed_is_lost_and_said_so(losses: Losses) -> None:
    events = losses.one.events()
    assert assemble_result(events).workers_lost == 1
    (told,) = losses_told(events)
    assert told - losses.killed_at < PROMISED + CROWDED


def test_every_request_of_the_other_worker_is_counted_and_none_is_made_up(losses: Losses) -> None:
    counted = sum(second.completed for second in losses.one.result().seconds)
    survivor = str(losses.one.workers[1].pid)
    assert 0 < losses.target.by_sender[survivor] <= counted <= losses.target.by_path.total()


def test_without_any_worker_there_is_no_result_and_it_is_said_why(losses: Losses) -> None:
    (failed,) = (event for event in losses.both.events() if isinstance(event, Failed))
    assert "every worker was lost" in failed.reason
    assert losses.both.exit_codes()[0] == 3


def test_workers_whose_coordinator_is_killed_stop_by_themselves(losses: Losses) -> None:
    _, *workers = losses.coordinator.exit_codes()
    assert workers == [0]
    assert losses.abandoned.last - losses.killed_at < PROMISED + CROWDED


def test_a_worker_that_was_paused_is_lost_though_it_comes_back(losses: Losses) -> None:
    events = losses.paused.events()
    assert assemble_result(events).workers_lost == len(losses_told(events)) == 1
    assert losses.paused.exit_codes() == [0, 0, 0]


def test_a_worker_whose_user_never_yields_is_lost_and_ends_itself(losses: Losses) -> None:
    (failed,) = (event for event in losses.stuck.events() if isinstance(event, Failed))
    assert "a loop that never waits" in failed.reason
    assert losses.stuck.exit_codes() == [3, 1]


def test_a_worker_that_is_stuck_has_time_to_say_where_before_the_load_is_called_failed(
    losses: Losses,
) -> None:
    """In a pod the operator hears it, and ends the run with these words."""
    (lost,) = losses_told(losses.stuck.events())
    (failed,) = (event.at for event in losses.stuck.events() if isinstance(event, Failed))
    assert failed - lost > STUCK_SECONDS - PROMISED


def test_a_worker_that_is_stuck_says_where(losses: Losses) -> None:
    line = STUCK.splitlines().index("        while True: pass") + 1
    assert f'locustfile.py", line {line} in visit' in losses.stuck.complaints()


def test_a_worker_that_is_stuck_from_its_first_request_on_is_not_given_the_time_to_prepare_itself(
    losses: Losses,
) -> None:
    assert f"Timeout (0:00:{STUCK_SECONDS:02.0f})!" in losses.stuck.complaints()


def test_load_pods_that_are_told_to_end_in_the_midst_of_the_load_end_at_once(
    server: CountingServer, tmp_path: Path
) -> None:
    with DistributedLoad(
        plan(server.url, stages=[{"name": "long", "users": 4, "duration": 60}]), tmp_path
    ) as load:
        load.until("started")
        for process in (load.coordinator, *load.workers):
            process.terminate()
        load.wait()
        assert load.exit_codes() == [143, 143, 143]
