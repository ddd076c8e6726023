"""Bad revisions that no run rolls back any more: found by what is noted on the Deployment, and rolled back."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.core.rollout import PATIENCE
from stresscampaigns.runtime.forgotten import ForgottenRollouts
from tests.unit.runtime.examples import ERRORS, RUN, campaign, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.test_bad_rollouts import BAD, is_as_before, out, world

LONG_AFTER = 7 + PATIENCE + 1


def swept(cluster: FakeCluster) -> None:
    operator = cluster.operator()
    ports = (operator.store, cluster.resources, cluster.staging, cluster.clock)
    asyncio.run(ForgottenRollouts(*ports).sweep())


def left_behind(cluster: FakeCluster, seconds: float = LONG_AFTER) -> FakeCluster:
    """The run was forced away while its bad revision was out; its campaign is still there."""
    out(cluster)
    del cluster.resources.bodies[RUN]
    cluster.resources.apply("StressCampaign", campaign(faults=[BAD], checks=[ERRORS], suspend=True))
    cluster.clock.advance(seconds)
    return cluster


def test_what_a_run_that_is_gone_has_left_is_rolled_back_and_told() -> None:
    cluster = left_behind(world())
    swept(cluster)
    assert is_as_before(cluster)
    words = "Deployment shop had a bad revision of fault bad, whose run is over: it is rolled back"
    assert cluster.resources.announced[-1] == ("ForgottenRollout", words)


def test_what_a_finished_run_has_left_is_rolled_back() -> None:
    cluster = out(world())
    note = cluster.staging.deployments["shop"]
    cluster.finish(RUN)
    assert is_as_before(cluster)
    cluster.staging.deployments["shop"] = note  # as `kubectl rollout undo` would have it
    cluster.clock.advance(PATIENCE)
    swept(cluster)
    assert is_as_before(cluster)


def test_a_run_that_is_under_way_rolls_back_itself() -> None:
    cluster = out(world())
    cluster.clock.advance(LONG_AFTER)
    swept(cluster)
    assert cluster.staging.rolled == ["out"]


def test_before_its_deadline_it_may_belong_to_a_run_that_is_not_known_yet() -> None:
    cluster = left_behind(world(), seconds=0)
    swept(cluster)
    assert cluster.staging.rolled == ["out"]


def test_a_refusal_is_told() -> None:
    cluster = left_behind(world())
    cluster.staging.refuses = "rollback"
    swept(cluster)
    assert cluster.resources.announced[-1] == ("ForgottenRollout", "violates a policy")


@pytest.mark.parametrize("spec", [{}, {"template": {}}, {"faults": None}, {"faults": [{"name": "other"}]}])
def test_what_nobody_can_read_names_no_deployment(spec: dict[str, Any]) -> None:
    cluster = FakeCluster()
    key = cluster.resources.apply("StressRun", run())
    cluster.resources.bodies[key] = {**cluster.resources.bodies[key], "spec": {"campaign": "smoke", **spec}}
    swept(cluster)
    assert cluster.resources.announced == []


def test_deployments_without_a_note_are_left_alone() -> None:
    cluster = world()
    cluster.resources.apply("StressCampaign", campaign(faults=[BAD], checks=[ERRORS], suspend=True))
    shop = cluster.staging.deployments["shop"]
    cluster.staging.deployments["shop"] = replace(shop, rollback="by hand")
    swept(cluster)
    assert cluster.staging.rolled == []
