"""A campaign's end, its history, and what is not its own."""

import asyncio
from typing import Any

from stresscampaigns.runtime.store import Key
from tests.unit.runtime.examples import CAMPAIGN, campaign, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator


def old_run(cluster: FakeCluster, number: int, verdict: str, uid: str | None = None) -> None:
    """One that is over; the higher its number, the younger it is."""
    manifest = run(f"smoke-{number}", f"2027-01-14T{number:02}:00:00Z")
    owner = uid or cluster.resources.bodies[CAMPAIGN]["metadata"]["uid"]
    manifest["metadata"] |= {"ownerReferences": [{"uid": owner}], "finalizers": []}
    cluster.resources.apply("StressRun", manifest | {"status": {"phase": "Finished", "verdict": verdict}})


def with_campaign(**changes: Any) -> FakeCluster:
    """A campaign that will not run any time soon."""
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign(schedule="0 0 1 1 *", **changes))
    return cluster


def looked(operator: FakeOperator) -> float | None:
    return asyncio.run(operator.campaigns.reconcile(CAMPAIGN))


def test_passed_runs_and_others_are_kept_up_to_their_own_limit_and_the_oldest_go() -> None:
    cluster = with_campaign(successfulRunsHistoryLimit=1, failedRunsHistoryLimit=2)
    for number, verdict in enumerate(["Failed", "Passed", "Passed", "Inconclusive", "Aborted"]):
        old_run(cluster, number, verdict)
    looked(cluster.operator())
    assert cluster.resources.deletions == ["smoke-0", "smoke-1"]
    assert sorted(cluster.resources.runs()) == ["smoke-2", "smoke-3", "smoke-4"]


def test_a_run_that_is_not_over_is_never_dropped() -> None:
    cluster = with_campaign(successfulRunsHistoryLimit=0, failedRunsHistoryLimit=0)
    old_run(cluster, 1, "Passed")
    cluster.resources.bodies[Key("StressRun", "staging", "smoke-1")]["status"] = {"phase": "Running"}
    looked(cluster.operator())
    assert cluster.resources.deletions == []


def test_the_verdict_of_a_run_that_is_dropped_stays_with_its_campaign() -> None:
    cluster = with_campaign(successfulRunsHistoryLimit=0)
    old_run(cluster, 1, "Passed")
    operator = cluster.operator()
    looked(operator)
    operator.watched(Key("StressRun", "staging", "smoke-1"), None)
    looked(operator)
    assert cluster.resources.runs() == {}
    assert cluster.status(CAMPAIGN)["verdict"] == "Passed"
    assert cluster.status(CAMPAIGN)["lastRun"]["name"] == "smoke-1"


def test_a_run_whose_verdict_is_of_another_release_does_not_stop_its_campaign() -> None:
    cluster = with_campaign()
    old_run(cluster, 1, "Splendid")
    looked(cluster.operator())
    assert cluster.status(CAMPAIGN)["lastRun"] == {"name": "smoke-1", "time": "2027-01-14T01:00:00Z"}


def test_a_campaign_made_anew_has_nothing_to_do_with_runs_of_the_old_one() -> None:
    cluster = with_campaign(successfulRunsHistoryLimit=0)
    old_run(cluster, 1, "Passed", uid="of the old one")
    looked(cluster.operator())
    assert cluster.resources.deletions == []
    assert "verdict" not in cluster.status(CAMPAIGN)


def test_a_campaign_that_is_being_deleted_starts_nothing_more() -> None:
    cluster = FakeCluster()
    manifest = campaign()
    manifest["metadata"]["finalizers"] = ["others/hold"]
    cluster.resources.delete(cluster.resources.apply("StressCampaign", manifest))
    assert looked(cluster.operator()) is None
    assert cluster.resources.created == []
    assert cluster.status(CAMPAIGN) == {}


def test_a_campaign_that_is_gone_is_left_alone() -> None:
    assert looked(FakeCluster().operator()) is None


def test_deleting_a_campaign_stops_the_run_that_it_started() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign())
    operator = cluster.operator()
    asyncio.run(operator.until(cluster.staging.in_force))
    cluster.resources.changed = operator.watched
    cluster.resources.delete(CAMPAIGN)
    assert list(cluster.resources.runs()) == ["smoke-g1"]
    asyncio.run(operator.until(lambda: cluster.resources.bodies == {}))
    assert cluster.staging.left() == []


def test_a_campaign_that_changed_meanwhile_is_read_again() -> None:
    cluster = with_campaign()
    operator = cluster.operator()
    cluster.resources.annotate(CAMPAIGN, "owner", "somebody")
    assert looked(operator) == 0.0
    looked(operator)
    assert cluster.status(CAMPAIGN)["phase"] == "Scheduled"


def test_a_campaign_that_is_gone_when_its_status_is_written_is_forgotten() -> None:
    cluster = with_campaign()
    operator = cluster.operator()
    cluster.resources.delete(CAMPAIGN)
    looked(operator)
    assert operator.store.get(CAMPAIGN) is None
