"""A few rounds of `make torture`, which has many; and that its scanner and its probes see what is left."""

import asyncio
from collections.abc import Iterator

import pytest

from cluster.settings import NODE
from demo.kubectl import run
from tests.torture.choice import FEW_ROUNDS, FEW_SEED
from tests.torture.lookout import Lookout
from tests.torture.rounds import torture

PLANTED = "stress_planted"
LEAK = f"""
table inet {PLANTED} {{
  chain output {{ type filter hook output priority 0; tcp dport 5432 drop; }}
}}
"""


@pytest.fixture
def lookout() -> Iterator[Lookout]:
    with Lookout() as lookout:
        yield lookout


@pytest.fixture
def _planted(lookout: Lookout) -> Iterator[None]:
    """A rule in a pod of the service that no deadline ends."""
    service = run("docker", "exec", NODE, "pgrep", "-o", "-f", "python -m service$").strip()
    lookout.within(service, "nft", "-f", "-", stdin=LEAK)
    yield
    lookout.within(service, "nft", "delete", "table", "inet", PLANTED)


@pytest.mark.usefixtures("_planted")
def test_what_is_left_in_a_pod_is_found_by_scanner_and_by_probe(lookout: Lookout) -> None:
    scanned, probed = (asyncio.run(lookout.ask(one)) for one in ("scan", "probe"))
    assert scanned["leaks"] == [f"table {PLANTED}: a rule at output matches always"]
    assert any("timed out" in one for one in probed), probed


def test_no_fault_outlives_its_deadline_whoever_is_killed() -> None:
    summary = asyncio.run(torture(FEW_ROUNDS, FEW_SEED, print))
    assert summary.kept, summary.text()
