"""A run that is due and cannot be created: its campaign says why, tries again, and skips nothing silently."""

import asyncio
from typing import Any

from stresscampaigns.runtime.ports import Refusal
from stresscampaigns.runtime.store import Key
from tests.unit.runtime.examples import CAMPAIGN, campaign, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator

FIRST = Key("StressRun", "staging", "smoke-g1")


class Quota:
    """Around the port: no runs, while it is full."""

    def __init__(self, there: Any) -> None:
        self._there, self.full = there, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._there, name)

    async def create_run(self, manifest: Any) -> Any:
        if self.full:
            raise Refusal("run smoke-g1 could not be created: exceeded quota")
        return await self._there.create_run(manifest)


def looked(operator: FakeOperator) -> float | None:
    return asyncio.run(operator.campaigns.reconcile(CAMPAIGN))


def stalled(cluster: FakeCluster) -> tuple[str, str]:
    (found,) = (one for one in cluster.status(CAMPAIGN)["conditions"] if one["type"] == "Stalled")
    return found["status"], found["message"]


def refused(**changes: Any) -> tuple[FakeCluster, FakeOperator, Quota]:
    """A cluster whose API server refuses runs, and the operator that has tried once."""
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign(**changes))
    operator = cluster.operator()
    quota = Quota(cluster.resources)
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
