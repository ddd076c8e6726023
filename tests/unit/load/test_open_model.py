"""Oracles of the open model: loads whose truth is known beforehand."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stresscampaigns.api.load_events import Started
from stresscampaigns.api.load_result import Finding, LoadResult, RequestStats
from stresscampaigns.stats.histogram import decode, percentile_us
from tests.unit.load.distributed import DistributedLoad, plan, whole
from tests.unit.load.freezing_server import FreezingServer

FILE = """
from locust import FastHttpUser, between, task

class Visitor(FastHttpUser):
    wait_time = between(5, 9)

    @task
    def visit(self):
        self.client.get("/")
"""


MACHINES_OWN, TRIES = 0.1, 3
"""Seconds that a machine may add of its own to the time for which a server is frozen; how often that is tried."""
LATE_AT_MOST = 0.1
"""Share of the arrivals that a busy machine may send late."""


def only(result: LoadResult) -> RequestStats:
    (stats,) = whole(result).requests
    return stats


@dataclass
class Frozen:
    """A load whose server was frozen from second 2 to 8, by the load's own clock. All else in seconds."""

    result: LoadResult = field(repr=False)
    served: int
    late: float
    """By how much the test was late to freeze the server: it shortens latencies."""
    slow: float
    """By how much it was late to thaw it, and what the server then took to answer what had piled up: lengthens them."""

    @property
    def disturbed(self) -> bool:
        """Was the machine too busy to freeze and thaw anybody in time?"""
        return self.late + self.slow > MACHINES_OWN


def of_a_busy_machine(finding: Finding) -> bool:
    """Late: true of one, and no matter as long as it is few."""
    return "sent late" in finding.reason and (finding.value or 0.0) <= LATE_AT_MOST


def frozen(folder: Path, words: dict[str, Any]) -> Frozen:
    late: list[float] = []
    with FreezingServer() as server:
        with DistributedLoad(plan(server.url, **words), folder) as load:
            load.until("started")
            (started,) = (event for event in load.told() if isinstance(event, Started))

            def freeze() -> None:
                for moment, act in ((2.0, server.freeze), (8.0, server.thaw)):
                    time.sleep(max(0.0, started.at + moment - time.time()))
                    act()
                    late.append(time.time() - started.at - moment)

            threading.Thread(target=freeze).start()
            result = load.result()
        served, lag = server.served()
    return Frozen(result, served, late[0], late[1] + lag)


@pytest.mark.alone
@pytest.mark.parametrize(
    ("own", "slowness"),
    [(False, 0.0), (True, 0.06)],
    ids=[
        "built-in scenario",
        "user's own Locust file, whose client takes its time to read what comes at once",
    ],
)
def test_a_server_that_is_frozen_for_six_of_ten_seconds_shows_its_true_latencies(
    tmp_path: Path, own: bool, slowness: float
) -> None:
    """50 arrivals a second for 10 s; frozen from second 2 to 8: p50, p90, p99 are 1.0, 5.0, 5.9 s by arithmetic.

    Within 1 %, and what the machine is seen to have added, which is a tenth of a second at most: a busy one, which
    wakes nobody to the millisecond, gets more than one try. Without any allowance: `test_oracles.py`.
    """
    stages = [{"name": "only", "rate": 50, "duration": 10}]
    words: dict[str, Any] = {"stages": stages, "max_in_flight": 400, "scenarios": [{"name": "http"}]}
    if own:
        (tmp_path / "locustfile.py").write_text(FILE)
        words |= {"scenarios": [], "locustfile": str(tmp_path / "locustfile.py")}
    tries = (frozen(tmp_path, words) for _ in range(TRIES))
    seen = next(one for number, one in enumerate(tries, 1) if number == TRIES or not one.disturbed)
    assert not seen.disturbed, f"the machine is too busy: {seen}"
    stats = only(seen.result)
    for percentile, truth in ((50, 1.0), (90, 5.0), (99, 5.9)):
        found = percentile_us(decode(stats.histogram), percentile) / 1e6
        assert 0.99 * truth - seen.late <= found <= 1.01 * truth + seen.slow + slowness
    assert (stats.count, seen.served, stats.failures, seen.result.totals.dropped) == (500, 500, {}, 0)
    assert [one for one in seen.result.findings if not of_a_busy_machine(one)] == []


def test_arrivals_for_which_no_user_is_free_are_dropped_counted_and_told(tmp_path: Path) -> None:
    """50 a second, each answered after 1 s, by 10 users: 10 a second get through."""
    stages = [{"name": "only", "rate": 50, "duration": 4}]
    words = {"stages": stages, "max_in_flight": 10, "scenarios": [{"name": "http"}]}
    with (
        FreezingServer(delays=(1.0,)) as server,
        DistributedLoad(plan(server.url, **words), tmp_path) as load,
    ):
        result = load.result()
    assert result.totals.arrived == 200
    assert result.totals.dropped == 200 - result.totals.sent == 200 - only(result).count
    assert any("dropped" in finding.reason for finding in result.findings)


def test_service_time_is_kept_beside_the_latency_from_the_intended_time(tmp_path: Path) -> None:
    stages = [{"name": "only", "rate": 50, "duration": 2}]
    words = {"stages": stages, "scenarios": [{"name": "http"}], "max_in_flight": 50}
    with (
        FreezingServer(delays=(0.02,)) as server,
        DistributedLoad(plan(server.url, **words), tmp_path) as load,
    ):
        stats = only(load.result())
    assert stats.service is not None
    service, latency = (percentile_us(decode(text), 50) for text in (stats.service, stats.histogram))
    assert 20_000 <= service <= latency
