"""A load whose plan names a proxy: its target need not be known to the load's own pods. Real processes."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan

OWN = """
from locust import constant, task
from stresscampaigns.load.users import StressUser

class Visitor(StressUser):
    wait_time = constant(0.02)

    @task
    def visit(self):
        self.client.get("/")
"""


@pytest.mark.parametrize("own", [False, True], ids=["a built-in scenario", "a StressUser"])
def test_every_request_goes_through_it(tmp_path: Path, own: bool) -> None:
    file = tmp_path / "locustfile.py"
    file.write_text(OWN)
    changes: dict[str, Any] = {"scenarios": [], "locustfile": str(file)} if own else {}
    with CountingServer() as proxy:
        asked = plan("http://far.invalid", proxy=proxy.url, workers=1, **changes)
        with DistributedLoad(asked, tmp_path) as load:
            result = load.result()
        assert set(proxy.by_path) == {"http://far.invalid/"}
        assert sum(second.completed for second in result.seconds) == proxy.by_path.total() > 0
        assert not any(second.failed for second in result.seconds)
