"""Oracles of the open model: loads whose truth is known beforehand."""

import threading
import time
from pathlib import Path

import pytest

from stresscampaigns.api.load import LoadResult, RequestStats, Started
from stresscampaigns.stats.histogram import decode, percentile_us
from tests.unit.load.distributed import DistributedLoad, plan
from tests.unit.load.freezing_server import FreezingServer

FILE = """
from locust import FastHttpUser, between, task

class Visitor(FastHttpUser):
    wait_time = between(5, 9)

    @task
    def visit(self):
        self.client.get("/")
"""


def only(result: LoadResult) -> RequestStats:
    (stats,) = next(window for window in result.windows if window.name == "whole").requests
    return stats


def frozen_between(server: FreezingServer, load: DistributedLoad, first: float, last: float) -> list[float]:
    """Freeze the server from one second of the load to another, by the load's own clock.

    In the end the list holds how late each was done: a busy machine wakes nobody to the millisecond.
    """
    late: list[float] = []
    load.until("started")
    (started,) = (event for event in load.told() if isinstance(event, Started))

    def freeze() -> None:
        for moment, act in ((first, server.freeze), (last, server.thaw)):
            time.sleep(max(0.0, started.at + moment - time.time()))
            act()
            late.append(time.time() - started.at - moment)

    threading.Thread(target=freeze).start()
    return late


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

    Within 1 %, and what the server itself says that it took to answer all that had piled up, and by how much the test
    was late to freeze and to thaw it.
    """
    stages = [{"name": "only", "rate": 50, "duration": 10}]
    words: dict[str, object] = {"stages": stages, "max_in_flight": 400, "scenarios": [{"name": "http"}]}
    if own:
        (tmp_path / "locustfile.py").write_text(FILE)
        words |= {"scenarios": [], "locustfile": str(tmp_path / "locustfile.py")}
    with FreezingServer() as server:
        with DistributedLoad(plan(server.url, **words), tmp_path) as load:
            late = frozen_between(server, load, 2.0, 8.0)
            result = load.result()
        stats, (served, lag) = only(result), server.served()
    found = [percentile_us(decode(stats.histogram), percentile) / 1e6 for percentile in (50, 90, 99)]
    for seen, truth in zip(found, (1.0, 5.0, 5.9), strict=True):
        assert 0.99 * truth - late[0] <= seen <= 1.01 * truth + lag + late[1] + slowness
    assert (stats.count, served, stats.failures, result.totals.dropped) == (500, 500, {}, 0)
    assert result.findings == []


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
