"""Dry runs in the operator's life: asked for, answered, and nothing was touched."""

import asyncio
from typing import Any

from stresscampaigns.api.base import DRY_RUN_ANNOTATION
from stresscampaigns.runtime.store import Key
from tests.unit.runtime.examples import CAMPAIGN, RUN, campaign, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import READS, Fuse

READING = {*READS, "addresses"}


def dry_run_of(cluster: FakeCluster) -> dict[str, Any]:
    (name,) = [key for key in cluster.resources.bodies if "-dryrun-" in key.name]
    return cluster.resources.bodies[name]


def test_a_campaign_that_is_asked_for_its_plan_tells_it_beside_the_run_under_way() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign())
    asyncio.run(cluster.operator().until(lambda: cluster.staging.in_force()))
    cluster.resources.annotate(CAMPAIGN, DRY_RUN_ANNOTATION, "1")
    operator = cluster.operator()
    asyncio.run(operator.look())
    told = dry_run_of(cluster)
    assert told["spec"]["trigger"] == "DryRun"
    (fault,) = told["status"]["plan"]["faults"]
    assert (fault["name"], fault["pods"]) == ("db-away", ["postgres-0"])
    assert told["status"]["plan"]["inTheWay"] == [
        "Waits: run staging/smoke-g1 on the same target comes first"
    ]
    assert cluster.status(CAMPAIGN)["lastDryRun"] == "1"
    assert cluster.status(CAMPAIGN)["activeRun"] == "smoke-g1"


def test_it_only_reads_and_writes_its_status() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", dry())
    calls = Fuse()
    asyncio.run(cluster.operator(calls.wrap).until(lambda: cluster.status(RUN).get("phase") == "Finished"))
    assert set(calls.calls) - READING == {"write_status", "announce"}
    assert cluster.staging.made == cluster.staging.put_in == []
    assert cluster.staging.records == {}


def dry(name: str = RUN.name, **changes: Any) -> dict[str, Any]:
    manifest = run(name, **changes)
    manifest["spec"]["dryRun"] = True
    return manifest


def test_nobody_waits_for_a_dry_run() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", dry("a", intended="2027-01-15T07:00:00Z"))
    later = cluster.resources.apply("StressRun", run("b"))
    operator = cluster.operator()
    asyncio.run(operator.runs.reconcile(later))
    assert cluster.status(later)["phase"] == "Running"


def test_a_dry_run_that_is_deleted_is_let_go() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", dry())
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: cluster.status(RUN).get("phase") == "Finished"))
    cluster.resources.delete(Key("StressRun", "staging", RUN.name))
    operator.relist()
    asyncio.run(operator.until(lambda: RUN not in cluster.resources.bodies))
