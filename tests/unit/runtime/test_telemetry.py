"""What the operator tells of itself."""

import asyncio

import pytest
from prometheus_client import generate_latest

from stresscampaigns.adapters.kubernetes_errors import Unavailable
from stresscampaigns.runtime.telemetry import Telemetry
from tests.unit.runtime.examples import RUN, campaign, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse


def value(telemetry: Telemetry, name: str, **labels: str) -> float | None:
    return telemetry.registry.get_sample_value(f"stresscampaigns_{name}", labels)


def test_each_step_counts_by_its_kind() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    for _ in range(2):
        asyncio.run(operator.controller._reconcile(RUN))
    assert value(operator.telemetry, "reconcile_seconds_count", kind="StressRun") == 2.0
    assert value(operator.telemetry, "reconcile_seconds_count", kind="StressCampaign") is None
    assert value(operator.telemetry, "reconcile_failures_total", kind="StressRun") is None


def test_a_step_that_fails_counts_as_a_failure_and_as_a_step() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator(Fuse(0, error=lambda: Unavailable("away")).wrap)
    with pytest.raises(Unavailable):
        asyncio.run(operator.controller._reconcile(RUN))
    assert value(operator.telemetry, "reconcile_failures_total", kind="StressRun") == 1.0
    assert value(operator.telemetry, "reconcile_seconds_count", kind="StressRun") == 1.0


def test_a_step_that_was_not_ours_to_do_is_no_step() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    operator.lease.ours = False
    asyncio.run(operator.controller._reconcile(RUN))
    assert value(operator.telemetry, "reconcile_seconds_count", kind="StressRun") is None


def test_what_is_known_is_counted_and_what_is_gone_is_not() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    cluster.resources.apply("StressRun", run("smoke-2"))
    cluster.resources.apply("StressCampaign", campaign())
    operator = cluster.operator()
    operator.telemetry.count(operator.store)
    assert value(operator.telemetry, "objects", kind="StressRun") == 2.0
    assert value(operator.telemetry, "objects", kind="StressCampaign") == 1.0
    for key in list(cluster.resources.bodies):
        operator.watched(key, None)
    operator.telemetry.count(operator.store)
    assert value(operator.telemetry, "objects", kind="StressRun") == 0.0
    assert value(operator.telemetry, "objects", kind="StressCampaign") == 0.0


@pytest.mark.parametrize("held", [True, False])
def test_who_leads_says_so(held: bool) -> None:
    telemetry = Telemetry()
    telemetry.leading(held)
    assert value(telemetry, "leader") == float(held)


def test_two_operators_in_one_process_count_for_themselves() -> None:
    one, other = Telemetry(), Telemetry()
    one.failed("StressRun")
    assert value(one, "reconcile_failures_total", kind="StressRun") == 1.0
    assert value(other, "reconcile_failures_total", kind="StressRun") is None


def test_the_process_itself_is_measured_too() -> None:
    assert b"process_resident_memory_bytes" in generate_latest(Telemetry().registry)
