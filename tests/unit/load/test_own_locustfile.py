"""A user's own Locust file, in a real load."""

import pytest

from stresscampaigns.api.load_result import LoadResult, RequestStats
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan, whole

FILE = """
import os
import time
from locust import HttpUser, constant, events, task

@events.init.add_listener
def prepare(**_):
    time.sleep(1)

class Visitor(HttpUser):
    wait_time = constant(0.02)

    @task
    def visit(self):
        sender = {"X-Sender": str(os.getpid())}
        self.client.get("/page", headers=sender)
        self.client.get("/fails", headers=sender)
        with self.client.get("/wrong", headers=sender, catch_response=True) as answer:
            answer.failure("not what I wanted")
"""


@pytest.fixture(scope="module")
def result(server: CountingServer, tmp_path_factory: pytest.TempPathFactory) -> LoadResult:
    folder = tmp_path_factory.mktemp("own")
    (folder / "locustfile.py").write_text(FILE)
    own = plan(server.url, scenarios=[], locustfile=str(folder / "locustfile.py"))
    with DistributedLoad(own, folder) as load:
        return load.result()


def requests(result: LoadResult) -> dict[str, RequestStats]:
    return {one.name: one for one in whole(result).requests}


def test_every_request_is_counted_under_its_name(result: LoadResult, server: CountingServer) -> None:
    counts = {name.removeprefix("GET "): one.count for name, one in requests(result).items()}
    assert counts == dict(server.by_path)


def test_each_worker_did_its_part(result: LoadResult, server: CountingServer) -> None:
    assert len(server.by_sender) == result.workers_expected == 2


def test_a_worker_that_prepares_itself_for_long_counts_every_second_as_the_others_do(
    result: LoadResult,
) -> None:
    """What it was told meanwhile would be lost, and all its requests were in the first second."""
    assert result.workers_lost == 0
    assert all(second.completed for second in result.seconds[:2])


def test_requests_belong_to_the_user_class_that_made_them(result: LoadResult) -> None:
    assert {one.scenario for one in requests(result).values()} == {"Visitor"}


def test_failures_are_counted_by_their_kind(result: LoadResult) -> None:
    found = requests(result)
    assert found["GET /page"].failures == {}
    assert found["GET /fails"].failures == {"HTTP 500": found["GET /fails"].count}
    assert found["GET /wrong"].failures == {
        "CatchResponseError: not what I wanted": found["GET /wrong"].count
    }
