"""A name server that takes its time: requests that need the name wait for it, and nobody else does. Real processes."""

from pathlib import Path

import pytest

from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.stats.histogram import decode, percentile_us
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan

SECONDS = 1.5
FILE = """
import _socket
from gevent import monkey
from locust import constant, task
from stresscampaigns.load.users import StressUser

ask, sleep = _socket.getaddrinfo, monkey.get_original("time", "sleep")

def slowly(host, *rest):
    if host == "localhost":
        sleep({seconds})
    return ask(host, *rest)

_socket.getaddrinfo = slowly

class ByName(StressUser):
    request_timeout = {timeout}
    wait_time = constant(0.05)

    @task
    def visit(self):
        self.client.get("{by_name}/page", name="/by-name")

class ByAddress(StressUser):
    wait_time = constant(0.05)

    @task
    def visit(self):
        self.client.get("/by-address")
"""


def loaded(server: CountingServer, folder: Path, timeout: float) -> LoadResult:
    by_name = server.url.replace("127.0.0.1", "localhost")
    words = {"seconds": SECONDS, "timeout": timeout, "by_name": by_name}
    (folder / "locustfile.py").write_text(FILE.format(**words))
    own = {"scenarios": [], "locustfile": str(folder / "locustfile.py"), "workers": 1}
    stages = [{"name": "only", "users": 2, "duration": 4}]
    with DistributedLoad(plan(server.url, stages=stages, **own), folder) as load:
        return load.result()


def longest(result: LoadResult, name: str) -> float:
    (one,) = (one for one in result.windows[0].requests if one.name == name)
    return percentile_us(decode(one.histogram), 100) / 1e6


@pytest.fixture(scope="module")
def patient(server: CountingServer, tmp_path_factory: pytest.TempPathFactory) -> LoadResult:
    return loaded(server, tmp_path_factory.mktemp("slow"), timeout=10)


def test_the_latency_of_a_request_holds_the_time_until_its_name_was_known(patient: LoadResult) -> None:
    assert longest(patient, "GET /by-name") >= SECONDS * 0.99


def test_requests_that_need_no_name_go_on_meanwhile(patient: LoadResult) -> None:
    """In a loop that stood still for as long as the name server, they would have waited just as long."""
    assert longest(patient, "GET /by-address") < SECONDS * 0.9
    assert not [finding for finding in patient.findings if (finding.value or 0) >= SECONDS * 0.9]


def test_a_name_that_comes_too_late_is_a_failure_of_its_kind(server: CountingServer, tmp_path: Path) -> None:
    result = loaded(server, tmp_path, timeout=0.5)
    (by_name,) = (one for one in result.windows[0].requests if one.name == "GET /by-name")
    assert by_name.failures["TimedOut"] >= 1
