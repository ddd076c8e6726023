"""Nonsense in a campaign is told where its owner looks, and the campaign goes on once it is corrected."""

import asyncio
from typing import Any

import pytest

from tests.unit.runtime.examples import CAMPAIGN, campaign
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator


def nonsense(**changes: Any) -> tuple[FakeCluster, FakeOperator]:
    """A campaign that cannot be used, and an operator that has seen it."""
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign(**changes))
    return cluster, cluster.operator()


def looked(operator: FakeOperator) -> float | None:
    return asyncio.run(operator.campaigns.reconcile(CAMPAIGN))


def conditions(cluster: FakeCluster) -> dict[str, tuple[str, str]]:
    return {one["type"]: (one["status"], one["message"]) for one in cluster.status(CAMPAIGN)["conditions"]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schedule": "every day"}, "spec.schedule: 'every day' cannot be read"),
        ({"schedule": "0 2 * * 6", "timeZone": "Berlin"}, "spec.timeZone: 'Berlin' is not a known time zone"),
        ({"schedule": "0 2 * * 6", "timeZone": "Europe"}, "spec.timeZone: 'Europe' is not a known time zone"),
        ({"checks": []}, "spec.checks: List should have at least 1 item"),
        ({"chekcs": []}, "spec.chekcs: Extra inputs are not permitted"),
        ({"load": None}, "spec.load: "),
        ({"startTimeout": "soon"}, "spec.startTimeout: "),
    ],
)
def test_a_campaign_that_cannot_be_used_says_which_field_is_wrong(
    changes: dict[str, Any], words: str
) -> None:
    cluster, operator = nonsense(**changes)
    assert looked(operator) is None
    status, message = conditions(cluster)["Stalled"]
    assert status == "True"
    assert message.startswith(words)
    assert cluster.status(CAMPAIGN)["phase"] == "Invalid"
    assert cluster.resources.announced == [("InvalidSpec", message)]
    assert cluster.resources.created == []


def test_every_mistake_is_said_at_once() -> None:
    cluster, operator = nonsense(checks=[], suspend="perhaps")
    looked(operator)
    message = conditions(cluster)["Stalled"][1]
    assert "spec.checks: " in message
    assert "spec.suspend: " in message


def test_a_campaign_that_is_corrected_goes_on() -> None:
    cluster, operator = nonsense(checks=[])
    looked(operator)
    cluster.resources.apply("StressCampaign", campaign())
    operator.relist()
    looked(operator)
    assert {kind: status for kind, (status, _) in conditions(cluster).items()} == {
        "Ready": "True",
        "Reconciling": "True",
        "Stalled": "False",
    }
    assert cluster.resources.created == ["smoke-g2"]


def test_looking_again_at_nonsense_writes_nothing_new() -> None:
    cluster, operator = nonsense(checks=[])
    looked(operator)
    version = cluster.resources.bodies[CAMPAIGN]["metadata"]["resourceVersion"]
    cluster.clock.advance(100.0)
    looked(operator)
    assert cluster.resources.bodies[CAMPAIGN]["metadata"]["resourceVersion"] == version


def test_nonsense_that_changed_meanwhile_is_read_again() -> None:
    cluster, operator = nonsense(checks=[])
    cluster.resources.apply("StressCampaign", campaign())
    assert looked(operator) == 0.0
    looked(operator)
    assert cluster.resources.created == ["smoke-g2"]


def test_a_campaigns_status_that_cannot_be_read_counts_as_none_and_nothing_runs_twice() -> None:
    cluster, operator = nonsense()
    looked(operator)
    cluster.resources.bodies[CAMPAIGN]["status"] = {"phase": "FromAnotherRelease", "lastGeneration": "x"}
    looked(cluster.operator())
    assert cluster.resources.created == ["smoke-g1"]
    assert cluster.status(CAMPAIGN)["phase"] == "Running"
