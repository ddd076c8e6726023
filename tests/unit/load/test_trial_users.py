"""A trial of a search is named by its users: one that had others is no trial."""

from pathlib import Path

import pytest

from stresscampaigns.load.trial_users import other_users
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan
from tests.unit.load.test_capacity_search import SEARCH


@pytest.mark.parametrize(
    ("asked", "seen", "is_one"),
    [
        (20, [20] * 10, True),
        (20, [18] * 10, True),
        (20, [22] * 10, True),
        (20, [*[20] * 9, 0], True),
        (20, [*[20] * 8, 17, 17], False),
        (20, [*[20] * 8, 23, 23], False),
        (1, [1] * 10, True),
        (1, [0] * 10, False),
        (20, [], True),
    ],
)
def test_for_a_tenth_of_its_time_a_trial_may_have_others(asked: int, seen: list[int], is_one: bool) -> None:
    assert (other_users(asked, seen) == "") == is_one


@pytest.mark.parametrize(
    ("seen", "words"), [([20, 5, 6], "down to 5 users"), ([20, 48, 30], "up to 48 users")]
)
def test_how_many_there_were_is_said(seen: list[int], words: str) -> None:
    assert other_users(20, seen).startswith(f"it had {words} instead of 20:")


FILE = """
from locust import FastHttpUser, constant, task
from locust.exception import StopUser

class Leaves(FastHttpUser):
    wait_time = constant(0.05)
    begun = 0

    def on_start(self):
        Leaves.begun += 1
        self.stays = Leaves.begun == 1

    @task
    def visit(self):
        self.client.get("/page")
        if not self.stays:
            raise StopUser
"""


def test_no_load_counts_as_sustained_whose_users_had_ended(server: CountingServer, tmp_path: Path) -> None:
    (tmp_path / "locustfile.py").write_text(FILE)
    asked = plan(
        server.url,
        stages=[{"name": "warm-up", "users": 4, "duration": 1}],
        scenarios=[],
        locustfile=str(tmp_path / "locustfile.py"),
        capacity=SEARCH.model_copy(update={"most_trials": 4, "confirmations": 1, "highest": 20}),
    )
    with DistributedLoad(asked, tmp_path) as load:
        found = load.result().capacity
    assert found is not None
    assert (found.lower, found.complete) == (None, False), found
    assert "users instead of" in found.notes[0]
