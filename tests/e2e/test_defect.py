"""The smoke campaign against a staging system with a defect: it must be found, and named with its number.

`make stress` runs it, and `make demo BREAK=1` is the same; that a defect is found at all, `make test` shows by another.
"""

from collections.abc import Iterator

import pytest
import yaml

from demo.deploy import deploy
from demo.kubectl import ROOT
from tests.e2e.campaigns import delete, finished, start


@pytest.fixture
def pool_of_one() -> Iterator[None]:
    """A connection pool that is too small."""
    deploy(print, broken=True)
    yield
    deploy(print)


@pytest.mark.long
def test_a_pool_that_is_too_small_fails_the_check_on_it(pool_of_one: None) -> None:
    manifest = yaml.safe_load((ROOT / "campaigns" / "smoke.yaml").read_text())
    manifest["metadata"]["name"] = "defect"
    status = finished(start(manifest), 240)
    assert status["verdict"] == "Failed"
    pool = next(check for check in status["checks"] if check["name"] == "pool")
    assert (pool["verdict"], pool["value"], pool["threshold"]) == ("Failed", "100%", "<= 90%")
    assert "pool" in status["failedChecks"]
    assert "pool: 100% during steady breaks <= 90%" in status["message"]
    assert "db-pool" in status["bottleneck"]
    delete("defect")
