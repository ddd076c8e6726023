"""Faults that need the operator at their beginning: started once, killed once, whatever call kills the operator."""

import asyncio
from typing import Any

import pytest

from tests.unit.runtime.examples import CAMPAIGN, ERRORS, FAULT, RECOVERS, campaign
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse, at_every_call
from tests.unit.runtime.succession import judged
from tests.unit.runtime.test_crash_anywhere import lived, outcome

PLAIN = {key: value for key, value in FAULT.items() if key != "port"}
CPU = PLAIN | {"type": "CpuPressure", "amount": "80%"}
KILL = PLAIN | {"type": "PodKill"}


def under(fault: dict[str, Any], *fuses: Fuse) -> FakeCluster:
    checks = [RECOVERS, ERRORS] if fault is CPU else [ERRORS]
    return lived(*fuses, downtime=1.0, faults=[fault], checks=checks)


def test_what_breaks_a_container_is_started_there_ahead_of_time_with_its_deadline() -> None:
    cluster = under(CPU)
    assert outcome(cluster)["faults"] == ["Ended"]
    ((program, board, log, start, end, *what),) = cluster.staging.started
    (sidecar,) = cluster.staging.held
    assert program == "/proc/17/root/usr/local/bin/burn"
    assert (board, log) == ("/proc/17/fd/9", "/proc/17/fd/1")
    assert (float(start), float(end), what) == (sidecar.at, sidecar.until, ["cpu", "0.400"])
    assert sidecar.started_at is not None
    assert sidecar.started_at < sidecar.at


def test_a_pod_is_killed_at_its_time() -> None:
    cluster = under(KILL)
    assert cluster.staging.killed == ["postgres-0"]
    assert outcome(cluster)["faults"] == ["Ended"]


@pytest.mark.parametrize("fault", [CPU, KILL], ids=["CpuPressure", "PodKill"])
def test_an_operator_that_dies_at_any_call_starts_and_kills_once(fault: dict[str, Any]) -> None:
    calm = Fuse()
    expected = outcome(under(fault, calm))
    for fuse in list(at_every_call(calm.calls)):
        cluster = under(fault, fuse)
        assert outcome(cluster) == expected, fuse
        assert len(cluster.staging.started) + len(cluster.staging.killed) == 1, fuse


def test_a_pod_that_goes_while_the_operator_is_away_over_the_start_was_not_killed_by_it() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign(faults=[KILL], checks=[ERRORS]))
    asyncio.run(cluster.operator().until(lambda: bool(chosen(cluster))))
    cluster.staging.lose_pod("postgres-0")
    cluster.clock.advance(15.0)
    asyncio.run(cluster.operator().until(lambda: judged(cluster)))
    (pod,) = chosen(cluster)
    assert (pod["outcome"], pod.get("harmed"), cluster.staging.killed) == ("Lost", None, [])
    assert pod["message"] == "the pod was gone before it was killed"
    assert cluster.status(CAMPAIGN)["verdict"] == "Inconclusive"


def chosen(cluster: FakeCluster) -> list[dict[str, Any]]:
    """Of the only run's only fault."""
    found = [run["status"] for run in cluster.resources.runs().values() if run.get("status")]
    return [pod for status in found for fault in status.get("faults", []) for pod in fault.get("pods", [])]
