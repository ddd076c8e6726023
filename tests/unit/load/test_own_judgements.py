"""Whichever client a user's own Locust file takes, the same is counted: failing assertions, redirects, what is cut off.

Real processes: an unchanged file, a target that counts for itself.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from stresscampaigns.api.load_result import LoadResult, RequestStats
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan, whole
from tests.unit.load.freezing_server import FreezingServer

CLIENTS = {
    "HttpUser": "from locust import HttpUser as Client",
    "FastHttpUser": "from locust import FastHttpUser as Client",
    "StressUser": "from stresscampaigns.load.users import StressUser as Client",
}
JUDGES = """
from locust import constant, events, task

@events.request.add_listener
def notice(name, **_):
    if name == "/noticed":
        raise RescheduleTask

class Visitor(Client):
    wait_time = constant(0.01)

    @task
    def in_a_block(self):
        with self.client.get("/judged", catch_response=True) as answer:
            assert answer.json()["id"] == 8, "no such id"

    @task
    def with_a_mistake_in_a_block(self):
        with self.client.get("/mistaken", catch_response=True) as answer:
            answer.json()["nothing"]

    @task
    def elsewhere_from_a_block(self):
        with self.client.get("/left", catch_response=True):
            raise RescheduleTask

    @task
    def outside(self):
        assert self.client.get("/bare").json()["id"] == 8, "another id"

    @task
    def mistaken_outside(self):
        self.client.get("/bare-mistake").json()["nothing"]

    @task
    def twice_about_one_request(self):
        self.client.get("/fails").raise_for_status()

    @task
    def around_the_corner(self):
        self.client.get("/moved", name="/moved")

    @task
    def heard_by_the_files_own_listener(self):
        self.client.get("/noticed")
"""
WAITS = """
from locust import task

class Visitor(Client):
    @task
    def visit(self):
        self.client.get("/slow", params={"a": "b"})
"""


@dataclass
class Judged:
    """What a load has told, and what its target has seen."""

    result: LoadResult
    seen: dict[str, int]

    def of(self, name: str) -> RequestStats:
        """What was counted under a name."""
        return next(one for one in whole(self.result).requests if one.name == name)


def run(folder: Path, url: str, client: str, text: str, **changes: object) -> LoadResult:
    file = folder / "locustfile.py"
    file.write_text(f"{CLIENTS[client]}\nfrom locust.exception import RescheduleTask\n{text}")
    words: dict[str, object] = {"scenarios": [], "locustfile": str(file), "workers": 1, **changes}
    with DistributedLoad(plan(url, **words), folder) as load:
        return load.result()


@pytest.fixture(scope="module", params=CLIENTS)
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    with CountingServer() as server:
        result = run(tmp_path_factory.mktemp("judged"), server.url, request.param, JUDGES)
        return Judged(result, dict(server.by_path))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/judged", "CatchResponseError: no such id"),
        ("/mistaken", "KeyError"),
        ("/fails", "HTTP 500"),
    ],
)
def test_what_is_raised_about_a_request_is_that_requests_failure_and_counted_once(
    judged: Judged, path: str, kind: str
) -> None:
    stats = judged.of(f"GET {path}")
    assert (stats.count, stats.failures, stats.errors) == (judged.seen[path], {kind: stats.count}, {})


@pytest.mark.parametrize(
    ("path", "task", "kind"),
    [
        ("/bare", "outside", "AssertionError: another id"),
        ("/bare-mistake", "mistaken_outside", "KeyError"),
    ],
)
def test_what_is_raised_outside_of_a_request_is_an_error_of_the_task_and_no_request(
    judged: Judged, path: str, task: str, kind: str
) -> None:
    assert judged.of(f"GET {path}").failures == {}
    stats = judged.of(f"task {task}")
    assert (stats.scenario, stats.count, stats.errors) == ("Visitor", 0, {kind: judged.seen[path]})


def test_nothing_else_is_an_error(judged: Judged) -> None:
    wrong = {one.name for one in whole(judged.result).requests if one.errors}
    assert wrong == {"task outside", "task mistaken_outside"}


@pytest.mark.parametrize("path", ["/left", "/noticed"])
def test_a_task_that_goes_elsewhere_leaves_a_request_that_was_answered(judged: Judged, path: str) -> None:
    stats = judged.of(f"GET {path}")
    assert (stats.count, stats.failures) == (judged.seen[path], {})


def test_every_request_that_was_sent_has_ended(judged: Judged) -> None:
    assert judged.result.totals.sent == judged.result.totals.completed
    assert judged.result.findings == []


def test_the_target_counts_as_many_as_were_transmitted_redirects_among_them(judged: Judged) -> None:
    totals = judged.result.totals
    assert totals.transmitted == totals.answered == sum(judged.seen.values())
    assert totals.transmitted == totals.sent + judged.seen["/moved"]


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_under_way_when_the_load_ends_is_cut_off_and_counted(tmp_path: Path, client: str) -> None:
    with FreezingServer(delays=(60.0,)) as server:
        changes = {"stages": [{"name": "only", "users": 3, "duration": 1}], "stop_timeout": 1}
        result = run(tmp_path, server.url, client, WAITS, **changes)
        seen, _ = server.served()
    (stats,) = whole(result).requests
    assert (stats.count, stats.failures) == (3, {"CutOff": 3})
    assert stats.name == ("GET /slow?a=b" if client == "HttpUser" else "GET /slow")
    totals = result.totals
    assert (totals.sent, totals.completed, totals.transmitted, totals.answered) == (3, 3, seen, 0)
    assert result.findings == []
