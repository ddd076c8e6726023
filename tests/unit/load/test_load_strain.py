"""A worker that stands still once in a real load: what speaks against a stage leaves out no more than its trial."""

from pathlib import Path
from typing import Any

import pytest

from stresscampaigns.api.load_result import LoadResult
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan
from tests.unit.load.test_capacity_search import SEARCH, within

pytestmark = pytest.mark.alone
FILE = """
import sys
import time

from gevent.monkey import get_original
from locust import HttpUser, constant, task

users, crowded, stood = 0, None, False

class Visitor(HttpUser):
    wait_time = constant(0.02)

    def on_start(self):
        global users, crowded
        users += 1
        if users >= 8 and crowded is None:
            crowded = time.monotonic()

    @task
    def visit(self):
        global stood
        self.client.get("/")
        if "worker" in sys.argv and not stood and crowded and time.monotonic() > crowded + 2.5:
            stood = True
            get_original("time", "sleep")(0.8)
"""
"""Once, 2.5 s after its eighth user came: a trial begins 3 s after its users were asked for, and the stall of 0.8 s is
in it whether they came at once or within a second and a half."""


def ran(server: CountingServer, folder: Path, **words: Any) -> LoadResult:
    (folder / "locustfile.py").write_text(FILE)
    own = {"scenarios": [], "locustfile": str(folder / "locustfile.py"), "workers": 1}
    with DistributedLoad(plan(server.url, **own, **words), folder) as load:
        return load.result()


def test_what_was_in_a_trial_leaves_out_that_trial_and_is_held_against_nothing_else(
    server: CountingServer, tmp_path: Path
) -> None:
    few = {"lowest": 2, "highest": 8, "confirmations": 1, "bounds": [within(5.0)]}
    warm_up = {"name": "warm-up", "users": 2, "duration": 1}
    result = ran(server, tmp_path, stages=[warm_up], capacity=SEARCH.model_copy(update=few))
    found = result.capacity
    assert found is not None
    assert [(trial.users, trial.void) for trial in found.trials[:3]] == [(2, False), (8, True), (8, False)]
    assert "stood still for" in found.trials[1].reason
    assert "stood still for" in found.strained
    assert (found.lower, found.complete, result.findings) == (8, True, [])


def test_what_was_in_a_stage_is_held_against_the_whole_load(server: CountingServer, tmp_path: Path) -> None:
    result = ran(server, tmp_path, stages=[{"name": "only", "users": 8, "duration": 4}])
    assert [0.5 < (one.value or 0) < 2 for one in result.findings if "stood still" in one.reason] == [True]
