"""A campaign's runs: each is created once, whoever creates it and however often it is tried."""

import asyncio
from typing import Any

from stresscampaigns.api.base import REHEARSAL_LABEL, REHEARSE_ANNOTATION, RUN_NOW_ANNOTATION
from stresscampaigns.runtime.store import Key
from tests.unit.runtime.examples import CAMPAIGN, campaign
from tests.unit.runtime.fake_clock import BEGIN
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator
from tests.unit.runtime.interruptions import Fuse

HOURLY = {"schedule": "0 * * * *"}
NEXT_HOUR = BEGIN + 3600


def slot(moment: float) -> str:
    """The name of the run of this slot."""
    return f"smoke-{int(moment // 60)}"


def looked(operator: FakeOperator, times: int = 1) -> float | None:
    """Look at the campaign so often; when it wants to be looked at again."""
    again = None
    for _ in range(times):
        again = asyncio.run(operator.campaigns.reconcile(CAMPAIGN))
    return again


def created(cluster: FakeCluster, **changes: Any) -> FakeOperator:
    """An operator that knows a campaign like this."""
    cluster.resources.apply("StressCampaign", campaign(**changes))
    return cluster.operator()


def ended(cluster: FakeCluster, operator: FakeOperator, name: str, verdict: str = "Passed") -> None:
    """The run is over."""
    key = Key("StressRun", "staging", name)
    version = cluster.resources.bodies[key]["metadata"]["resourceVersion"]
    asyncio.run(cluster.resources.write_status(key, version, {"phase": "Finished", "verdict": verdict}))
    operator.relist()


def test_a_campaign_without_a_schedule_runs_once() -> None:
    cluster = FakeCluster()
    assert looked(created(cluster), times=3) is None
    assert cluster.resources.created == ["smoke-g1"]
    assert cluster.status(CAMPAIGN)["activeRun"] == "smoke-g1"


def test_a_changed_spec_runs_once_more_when_the_last_run_is_over() -> None:
    cluster = FakeCluster()
    operator = created(cluster)
    looked(operator)
    cluster.resources.apply("StressCampaign", campaign(startTimeout="3m"))
    operator.relist()
    looked(operator)
    assert cluster.resources.created == ["smoke-g1"]
    ended(cluster, operator, "smoke-g1")
    looked(operator, times=2)
    assert cluster.resources.created == ["smoke-g1", "smoke-g2"]


def test_a_run_that_another_operator_created_counts_as_ours() -> None:
    cluster = FakeCluster()
    late = created(cluster)
    looked(cluster.operator())
    looked(late, times=2)
    assert cluster.resources.created == ["smoke-g1"]
    assert cluster.status(CAMPAIGN)["lastRun"]["name"] == "smoke-g1"


def test_a_new_operator_does_not_run_again_what_has_run() -> None:
    cluster = FakeCluster()
    looked(created(cluster))
    looked(cluster.operator(), times=2)
    assert cluster.resources.created == ["smoke-g1"]


def test_a_campaign_that_is_up_to_date_costs_no_call() -> None:
    cluster = FakeCluster()
    looked(created(cluster, **HOURLY))
    calm = Fuse()
    assert looked(cluster.operator(calm.wrap)) == 3600.0
    assert calm.calls == []


def test_a_run_belongs_to_its_campaign_and_does_what_the_campaign_says() -> None:
    cluster = FakeCluster()
    looked(created(cluster))
    run = cluster.resources.runs()["smoke-g1"]
    assert run["spec"]["template"]["load"]["stages"] == campaign()["spec"]["load"]["stages"]
    (owner,) = run["metadata"]["ownerReferences"]
    assert owner["uid"] == cluster.resources.bodies[CAMPAIGN]["metadata"]["uid"]


def test_a_schedule_runs_in_its_slots_and_asks_to_be_looked_at_then() -> None:
    cluster = FakeCluster()
    operator = created(cluster, **HOURLY)
    assert looked(operator) == 3600.0
    assert cluster.resources.created == []
    cluster.clock.advance(3600.0)
    assert looked(operator, times=2) == 3600.0
    assert cluster.resources.created == [slot(NEXT_HOUR)]
    assert cluster.status(CAMPAIGN)["slots"] == [
        {"time": "2027-01-15T09:00:00Z", "outcome": "Ran", "run": slot(NEXT_HOUR)}
    ]


def test_a_slot_that_comes_while_a_run_is_active_is_skipped_and_said() -> None:
    cluster = FakeCluster()
    operator = created(cluster, **HOURLY)
    for _ in range(2):
        cluster.clock.advance(3600.0)
        looked(operator)
    assert cluster.resources.created == [slot(NEXT_HOUR)]
    assert cluster.status(CAMPAIGN)["slots"][1]["outcome"] == "Skipped"
    assert [reason for reason, _ in cluster.resources.announced] == ["RunCreated", "SlotSkipped"]


def test_run_now_runs_once_for_each_new_value() -> None:
    cluster = FakeCluster()
    operator = created(cluster, **HOURLY)
    for value in ("one", "two"):
        cluster.resources.annotate(CAMPAIGN, RUN_NOW_ANNOTATION, value)
        operator.relist()
        looked(operator, times=3)
        ended(cluster, operator, cluster.resources.created[-1])
    assert len(cluster.resources.created) == len(set(cluster.resources.created)) == 2
    assert cluster.status(CAMPAIGN)["lastRequest"] == "two"


def rehearsed(cluster: FakeCluster, operator: FakeOperator, value: str) -> None:
    cluster.resources.annotate(CAMPAIGN, REHEARSE_ANNOTATION, value)
    operator.relist()
    looked(operator, times=3)


def test_a_rehearsal_is_marked_as_one_and_leaves_the_campaigns_verdict_as_it_was() -> None:
    cluster = FakeCluster()
    operator = created(cluster, **HOURLY)
    rehearsed(cluster, operator, "8s")
    (name,) = cluster.resources.created
    body = cluster.resources.bodies[Key("StressRun", "staging", name)]
    assert "-rehearsal-" in name
    assert body["metadata"]["labels"][REHEARSAL_LABEL] == "true"
    assert (body["spec"]["trigger"], body["spec"]["rehearsal"]["length"]) == ("Rehearsal", "8s")
    assert "it is no evidence" in cluster.resources.announced[0][1]
    ended(cluster, operator, name)
    looked(operator)
    status = cluster.status(CAMPAIGN)
    assert {"verdict", "lastRun", "failedChecks"}.isdisjoint(status)
    assert status["lastRehearsal"] == "8s"


def test_a_rehearsal_of_no_length_is_refused_and_said_once() -> None:
    cluster = FakeCluster()
    operator = created(cluster, **HOURLY)
    rehearsed(cluster, operator, "quickly")
    assert cluster.resources.created == []
    ((reason, message),) = cluster.resources.announced
    assert reason == "RehearsalRefused"
    assert "'quickly' is not a duration" in message


def test_a_rehearsal_that_is_refused_keeps_no_other_run_from_beginning() -> None:
    cluster = FakeCluster()
    cluster.resources.annotate(
        cluster.resources.apply("StressCampaign", campaign()), REHEARSE_ANNOTATION, "quickly"
    )
    operator = cluster.operator()
    assert looked(operator) == 0.0
    looked(operator)
    assert cluster.resources.created == ["smoke-g1"]
