"""A run that is due and cannot be created: its campaign says why, tries again, and skips nothing silently."""

import asyncio
from typing import Any

from stresscampaigns.adapters.kubernetes_errors import Unavailable
from stresscampaigns.runtime.ports import Refusal
from stresscampaigns.runtime.store import Key
from tests.unit.runtime.examples import CAMPAIGN, campaign, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator

FIRST = Key("StressRun", "staging", "smoke-g1")
EXCEEDED = Refusal("run smoke-g1 could not be created: exceeded quota")


class Quota:
    """Around the port: no runs, while it is full; or while whoever is asked does not answer."""

    def __init__(self, there: Any, error: Exception) -> None:
        self._there, self._error, self.full = there, error, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._there, name)

    async def create_run(self, manifest: Any) -> Any:
        if self.full:
            raise self._error
        return await self._there.create_run(manifest)


def looked(operator: FakeOperator) -> float | None:
    return asyncio.run(operator.campaigns.reconcile(CAMPAIGN))


def stalled(cluster: FakeCluster) -> tuple[str, str]:
    (found,) = (one for one in cluster.status(CAMPAIGN)["conditions"] if one["type"] == "Stalled")
    return found["status"], found["message"]


def refused(error: Exception = EXCEEDED, **changes: Any) -> tuple[FakeCluster, FakeOperator, Quota]:
    """A cluster whose API server refuses runs, and the operator that has tried once."""
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign(**changes))
    operator = cluster.operator()
    quota = Quota(cluster.resources, error)
    operator.campaigns.resources = quota  # type: ignore[assignment]
    looked(operator)
    return cluster, operator, quota


def test_a_run_that_is_refused_is_told_and_tried_again() -> None:
    cluster, operator, quota = refused()
    words = "run smoke-g1 could not be created: exceeded quota"
    assert stalled(cluster) == ("True", words)
    assert cluster.resources.announced == [("RunNotCreated", words)]
    assert looked(operator) is not None
    quota.full = False
    looked(operator)
    assert cluster.resources.created == ["smoke-g1"]
    assert stalled(cluster)[0] == "False"


def test_so_is_one_for_which_a_webhook_does_not_answer() -> None:
    cluster, operator, quota = refused(Unavailable("failed calling webhook (HTTP 500)"))
    words = "run smoke-g1 could not be created: failed calling webhook (HTTP 500)"
    assert stalled(cluster) == ("True", words)
    quota.full = False
    looked(operator)
    assert cluster.resources.created == ["smoke-g1"]


def test_a_slot_that_is_missed_for_it_says_so_when_nothing_is_in_the_way_any_more() -> None:
    cluster, operator, quota = refused(schedule="0 * * * *")
    cluster.clock.advance(3600.0)
    looked(operator)
    quota.full = False
    cluster.clock.advance(400.0)
    looked(operator)
    (slot,) = cluster.status(CAMPAIGN)["slots"]
    assert slot["outcome"] == "Missed"
    assert slot["reason"].endswith("what was in the way: run smoke-g1 could not be created: exceeded quota")
    assert stalled(cluster)[0] == "False"


def test_a_slot_whose_run_is_refused_counts_as_run_only_once_it_has_one() -> None:
    cluster, operator, quota = refused(schedule="0 * * * *")
    cluster.clock.advance(3600.0)
    looked(operator)
    assert "slots" not in cluster.status(CAMPAIGN)
    quota.full = False
    looked(operator)
    assert [one["outcome"] for one in cluster.status(CAMPAIGN)["slots"]] == ["Ran"]


def test_while_another_run_has_the_name_the_campaign_waits_and_says_so() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign())
    manifest = run("smoke-g1")
    manifest["metadata"]["ownerReferences"] = [{"uid": "of the old one"}]
    cluster.resources.apply("StressRun", manifest)
    operator = cluster.operator()
    assert looked(operator) is not None
    assert "run smoke-g1 is there already" in stalled(cluster)[1]
    cluster.resources._remove(FIRST)
    looked(operator)
    assert cluster.resources.created == ["smoke-g1"]
    assert stalled(cluster)[0] == "False"
