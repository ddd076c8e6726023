"""A worker whose clock is wrong counts in the wrong seconds: no verdict on a recovery may come from that."""

from pathlib import Path

import pytest

from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan

FILE = """
import sys
import time
from locust import HttpUser, constant, task

if "worker" in sys.argv:
    real = time.time
    time.time = lambda: real() + {off}

class Visitor(HttpUser):
    wait_time = constant(0.02)

    @task
    def visit(self):
        self.client.get("/")
"""


STEPPING = """
import time
from locust import HttpUser, constant, task

real, visits = time.time, 0

class Visitor(HttpUser):
    wait_time = constant(0.02)

    @task
    def visit(self):
        global visits
        self.client.get("/")
        visits += 1
        if visits == 10:
            time.time = lambda: real() + {step}
"""


@pytest.mark.parametrize("off", [-30, 0, 30])
def test_a_clock_that_is_off_makes_the_results_doubtful(
    server: CountingServer, tmp_path: Path, off: int
) -> None:
    (tmp_path / "locustfile.py").write_text(FILE.format(off=off))
    stages = [{"name": "only", "users": 1, "duration": 1}]
    own = {"scenarios": [], "locustfile": str(tmp_path / "locustfile.py"), "workers": 1}
    with DistributedLoad(plan(server.url, stages=stages, **own), tmp_path) as load:
        findings = load.result().findings
    assert [round(finding.value or 0) for finding in findings if "clock" in finding.reason] == [off] * (
        off != 0
    )


@pytest.mark.parametrize("step", [-2, 0, 2])
def test_a_clock_that_is_stepped_in_the_midst_of_a_load_makes_the_results_doubtful(
    server: CountingServer, tmp_path: Path, step: int
) -> None:
    (tmp_path / "locustfile.py").write_text(STEPPING.format(step=step))
    stages = [{"name": "only", "users": 1, "duration": 2}]
    own = {"scenarios": [], "locustfile": str(tmp_path / "locustfile.py"), "workers": 1}
    with DistributedLoad(plan(server.url, stages=stages, **own), tmp_path) as load:
        findings = load.result().findings
    jumps = [round(finding.value or 0) for finding in findings if "clock jumped" in finding.reason]
    assert jumps == [step] * (step != 0)
