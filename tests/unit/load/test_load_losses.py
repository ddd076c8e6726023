"""Loads in which somebody is killed. They run side by side, for noticing a loss takes its seconds."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from stresscampaigns.api.load import Failed, WorkerLost, assemble_result
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan

STAGES = [{"name": "only", "users": 4, "duration": 6}]
FILE = """
import os
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.02)

    @task
    def visit(self):
        self.client.get("/", headers={"X-Sender": str(os.getpid())})
"""
ENDLESS = [{"name": "only", "users": 4, "duration": 600}]


class Losses:
    """Three loads: one loses a worker, one both, one its coordinator."""

    def __init__(self, stack: ExitStack, folders: pytest.TempPathFactory) -> None:
        self.target = stack.enter_context(CountingServer())
        other = stack.enter_context(CountingServer())

        def load(server: CountingServer, stages: list[dict[str, object]]) -> DistributedLoad:
            folder = folders.mktemp("lost")
            (folder / "locustfile.py").write_text(FILE)
            own = {"scenarios": [], "locustfile": str(folder / "locustfile.py")}
            return stack.enter_context(DistributedLoad(plan(server.url, stages=stages, **own), folder))

        self.one = load(self.target, STAGES)
        self.both, self.coordinator = load(other, ENDLESS), load(other, ENDLESS)

    def happen(self) -> None:
        """Kill in the midst of it, and wait for what follows."""
        for each in (self.one, self.both, self.coordinator):
            each.until("started")
        self.target.wait_for(40)
        for process in (self.one.workers[0], *self.both.workers, self.coordinator.coordinator):
            process.kill()
        for each in (self.one, self.both, self.coordinator):
            each.wait()


@pytest.fixture(scope="module")
def losses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Losses]:
    with ExitStack() as stack:
        made = Losses(stack, tmp_path_factory)
        made.happen()
        yield made


def test_a_worker_that_is_killed_is_lost_and_said_so(losses: Losses) -> None:
    events = losses.one.events()
    assert assemble_result(events).workers_lost == 1
    assert sum(isinstance(event, WorkerLost) for event in events) == 1


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
    assert workers == [0, 0]
