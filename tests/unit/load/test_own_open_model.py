"""A user's own Locust file in the open model: each arrival is one task, however its tasks are arranged."""

from dataclasses import dataclass

import pytest

from stresscampaigns.api.load_result import LoadResult
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan

USERS, RATE, SECONDS = 60, 100, 4
FILE = """
from locust import FastHttpUser, HttpUser, SequentialTaskSet, TaskSet, constant, task

class Reading(TaskSet):
    wait_time = constant(1000)

    @task(3)
    def page(self):
        self.client.get("/frequent/page")

    @task
    def done(self):
        self.client.get("/frequent/done")
        self.interrupt()

class Frequent(FastHttpUser):
    weight = 3
    wait_time = constant(1000)
    tasks = [Reading]

    def on_start(self):
        self.client.get("/start/frequent")

    @task
    def twice(self):
        self.client.get("/frequent/first")
        self.client.get("/second")

class Buying(SequentialTaskSet):
    @task
    def choose(self):
        self.client.get("/rare/1")

    @task
    def pay(self):
        self.client.get("/rare/2")

    @task
    class Leaving(TaskSet):
        @task
        def leave(self):
            self.client.get("/rare/3")
            self.interrupt()

    @task
    def go(self):
        self.client.get("/rare/4")
        self.interrupt(reschedule=False)

class Rare(HttpUser):
    weight = 1
    wait_time = constant(1000)
    tasks = [Buying]

    def on_start(self):
        self.client.get("/start/rare")
"""


@dataclass
class Open:
    """What a load has told, and what its target has seen."""

    result: LoadResult
    seen: dict[str, int]

    def iterations(self, kind: str = "") -> int:
        """Of all users, or of one class."""
        kinds = (kind,) if kind else ("frequent", "rare")
        return sum(count for path, count in self.seen.items() if path.split("/")[1] in kinds)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Open:
    folder = tmp_path_factory.mktemp("open")
    (folder / "locustfile.py").write_text(FILE)
    own = {"scenarios": [], "locustfile": str(folder / "locustfile.py"), "max_in_flight": USERS}
    stages = [{"name": "only", "rate": RATE, "duration": SECONDS}]
    with CountingServer() as server:
        with DistributedLoad(plan(server.url, stages=stages, **own), folder) as load:
            result = load.result()
        return Open(result, dict(server.by_path))


def test_each_arrival_is_one_task_nested_and_sequential_ones_alike(opened: Open) -> None:
    totals = opened.result.totals
    assert totals.arrived == RATE * SECONDS
    assert opened.iterations() == totals.arrived - totals.dropped


def test_waits_of_users_and_of_task_sets_are_left_out(opened: Open) -> None:
    """With them, each user would do one task in this load."""
    assert opened.iterations("frequent") > 2 * USERS
    assert opened.iterations("rare") > USERS / 4


def test_arrivals_are_shared_by_the_weights_of_the_classes(opened: Open) -> None:
    """3 : 1; four standard deviations of 400 draws are 35."""
    assert opened.iterations("frequent") == pytest.approx(0.75 * opened.iterations(), abs=35)


def test_a_sequence_keeps_its_order_however_many_users_share_the_arrivals(opened: Open) -> None:
    steps = [opened.seen[f"/rare/{number}"] for number in (1, 2, 3, 4)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] - steps[-1] <= USERS


def test_a_second_request_of_a_task_needs_no_arrival_of_its_own(opened: Open) -> None:
    assert opened.seen["/second"] == opened.seen["/frequent/first"]


def test_each_user_begins_once_and_needs_no_arrival_for_it(opened: Open) -> None:
    begun = {kind: opened.seen[f"/start/{kind}"] for kind in ("frequent", "rare")}
    assert begun == {"frequent": 45, "rare": 15}


def test_every_request_is_counted(opened: Open) -> None:
    totals = opened.result.totals
    assert totals.sent == totals.completed == totals.transmitted == sum(opened.seen.values())
