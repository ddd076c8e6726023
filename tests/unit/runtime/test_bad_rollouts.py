"""A bad revision is rolled out once and rolled back, whatever call kills the operator, and however the run ends."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.api.base import ABORT_ANNOTATION
from stresscampaigns.runtime.store import Key
from tests.unit.runtime.examples import ERRORS, FAULT, RUN, campaign, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse, at_every_call
from tests.unit.runtime.run_endings import end, over
from tests.unit.runtime.succession import judged, one_after_another

BAD: dict[str, Any] = {
    "name": "bad",
    "type": "BadRollout",
    "at": "4s",
    "duration": "3s",
    "deployment": "shop",
    "env": {"DEFECT": "some"},
}


def world() -> FakeCluster:
    cluster = FakeCluster()
    cluster.staging.add_deployment("shop")
    return cluster


def lived(*fuses: Fuse, downtime: float = 1.0, **changes: Any) -> FakeCluster:
    cluster = world()
    asked = {"faults": [BAD], "checks": [ERRORS]} | changes
    cluster.resources.apply("StressCampaign", campaign(**asked))
    one_after_another(cluster, fuses, judged, downtime)
    return cluster


def outcome(cluster: FakeCluster) -> tuple[str, str, list[str]]:
    ((_, found),) = cluster.resources.runs().items()
    (fault,) = found["status"]["faults"]
    (pod,) = fault["pods"]
    return found["status"]["verdict"], pod["outcome"], cluster.staging.rolled


def is_as_before(cluster: FakeCluster) -> bool:
    now, before = cluster.staging.deployments["shop"], world().staging.deployments["shop"]
    return (now.template, now.rollback) == (before.template, before.rollback)


def test_an_operator_whose_clock_is_set_back_leaves_it_out_no_longer() -> None:
    cluster = world()
    cluster.resources.apply("StressRun", run(faults=[BAD | {"duration": "60s"}], checks=[ERRORS]))
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: cluster.staging.rolled == ["out"]))
    asyncio.run(operator.step())
    cluster.clock.set_ahead = -3600.0
    asyncio.run(operator.until(lambda: is_as_before(cluster), steps=4))
    assert cluster.status(RUN)["message"].startswith(
        "ClockSetBack: the operator's clock was set back by 3600.0s"
    )
    assert cluster.status(RUN)["verdict"] == "Inconclusive"
    asyncio.run(operator.until(lambda: over(cluster)))


def test_it_is_rolled_out_at_its_time_and_back_at_its_end() -> None:
    cluster = lived()
    assert outcome(cluster) == ("Passed", "Ended", ["out", "back"])
    assert is_as_before(cluster)
    ((_, found),) = cluster.resources.runs().items()
    (fault,) = found["status"]["faults"]
    (pod,) = fault["pods"]
    assert (pod["pod"], pod["harmed"], pod["unit"]) == ("shop", 3, "pods of the bad revision")
    assert pod["injectedAt"] - fault["startsAt"] < 1.1
    assert 0 <= pod["endedAt"] - fault["endsAt"] < 3


def test_an_operator_that_dies_at_any_call_rolls_out_and_back_once() -> None:
    calm = Fuse()
    expected = outcome(lived(calm))
    for fuse in at_every_call(calm.calls):
        cluster = lived(fuse)
        assert outcome(cluster) == expected, fuse
        assert is_as_before(cluster), fuse


def test_an_operator_that_is_away_over_its_end_rolls_it_back_when_it_is_here_again() -> None:
    calm = Fuse()
    lived(calm)
    out = calm.calls.index("roll_out")
    for fuse in (Fuse(out, after=True), Fuse(out + 30)):
        cluster = lived(fuse, downtime=60)
        assert outcome(cluster)[1:] == ("Ended", ["out", "back"])
        assert is_as_before(cluster)


@pytest.mark.parametrize("how", ["deleted", "aborted"])
def test_a_run_that_ends_early_rolls_it_back(how: str) -> None:
    cluster = out(world())
    end(cluster, how)
    asyncio.run(cluster.operator().until(lambda: over(cluster)))
    assert is_as_before(cluster)
    if how == "aborted":
        assert cluster.status(RUN)["faults"][0]["pods"][0]["outcome"] == "Aborted"


def test_another_fault_that_cannot_be_ended_does_not_keep_it_from_being_rolled_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def cannot(*_: str) -> None:
        raise ConnectionError("the kubelet does not answer")

    cluster = out(world(), FAULT | {"duration": "6s"})
    end(cluster, "deleted")
    monkeypatch.setattr(cluster.staging, "end_fault", cannot)
    with pytest.raises(ConnectionError):
        asyncio.run(cluster.operator().look())
    assert is_as_before(cluster)


def test_consent_that_is_taken_away_rolls_it_back() -> None:
    cluster = out(world())
    cluster.staging.labels = {}
    assert cluster.finish(RUN)["verdict"] == "Aborted"
    assert is_as_before(cluster)


def test_a_rollback_that_is_refused_is_told_and_tried_again() -> None:
    cluster = out(world())
    cluster.staging.refuses = "rollback"
    cluster.resources.annotate(RUN, ABORT_ANNOTATION, "enough")
    operator = cluster.operator()
    told = ("RollbackRefused", "violates a policy")
    asyncio.run(operator.until(lambda: told in cluster.resources.announced))
    cluster.staging.refuses = ""
    cluster.finish(RUN)
    assert is_as_before(cluster)


def test_a_policy_that_forbids_it_ends_the_run_with_its_words() -> None:
    cluster = world()
    cluster.staging.refuses = "rollout"
    cluster.resources.apply("StressRun", run(faults=[BAD], checks=[ERRORS]))
    status = cluster.finish(RUN)
    assert (status["verdict"], status["message"]) == ("Inconclusive", "Refused: violates a policy")


def test_a_deployment_that_is_not_there_is_told_before_anything_begins() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(faults=[BAD], checks=[ERRORS], startTimeout="10s"))
    status = cluster.finish(RUN)
    assert status["message"] == "RolloutNotPossible: spec.faults[bad]: there is no Deployment shop"
    assert cluster.staging.made == []


def out(cluster: FakeCluster, *others: dict[str, Any]) -> FakeCluster:
    """Its bad revision is out, beside other faults."""
    faults = [BAD | {"duration": "6s"}, *others]
    cluster.resources.apply("StressRun", run(faults=faults, checks=[ERRORS]))
    asyncio.run(cluster.operator().until(lambda: in_force(cluster, RUN)))
    return cluster


def in_force(cluster: FakeCluster, key: Key) -> bool:
    faults = cluster.status(key).get("faults") or []
    return any(pod.get("injectedAt") for one in faults for pod in one.get("pods") or [])
