"""A run that cannot be read, as after a change of release: it stops, says so, and can be deleted."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.runtime import parsing
from tests.unit.runtime.examples import RUN, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import gone, in_a_fault

UNREADABLE_STATUS: dict[str, Any] = {"phase": "Running", "fromAnotherRelease": True}


def spoilt(cluster: FakeCluster, part: str) -> FakeCluster:
    """Its spec or its status is that of another release."""
    body = cluster.resources.bodies[RUN]
    if part == "spec":
        body["spec"]["template"]["checks"] = []
    else:
        body["status"] = dict(UNREADABLE_STATUS)
    return cluster


def test_every_field_that_is_wrong_is_named() -> None:
    body = run(checks=[])
    body["metadata"] |= {"uid": "u", "generation": 1}
    body["status"] = UNREADABLE_STATUS
    words = r"run\.template\.checks: List should have at least 1 item"
    with pytest.raises(parsing.InvalidObject, match=words):
        parsing.run_view(body)


@pytest.mark.parametrize("part", ["spec", "status"])
def test_a_run_that_cannot_be_read_any_more_stops_and_is_inconclusive(part: str) -> None:
    cluster = spoilt(in_a_fault(), part)
    status = cluster.finish(RUN)
    assert status["verdict"] == "Inconclusive"
    assert status["message"].startswith("InvalidRun: run.")
    assert {one["type"]: one["status"] for one in status["conditions"]}["Passed"] == "Unknown"


STRANGE = ["2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "2027-01-15t08:00:00z"]
"""Moments of RFC 3339, which the API server takes, and Python does not know."""


@pytest.mark.parametrize("moment", STRANGE)
def test_one_made_by_hand_for_a_moment_that_we_do_not_know_ends_and_holds_nobody_up(moment: str) -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(intended=moment))
    status = cluster.finish(RUN)
    assert status["verdict"] == "Inconclusive"
    assert status["message"].startswith("InvalidRun: run.intendedTime: ")


@pytest.mark.parametrize("moment", STRANGE)
def test_nor_does_it_keep_its_campaign_from_anything(moment: str) -> None:
    assert parsing.run_summary(run(intended=moment)).intended == 0.0


@pytest.mark.parametrize("part", ["spec", "status"])
def test_a_run_that_cannot_be_read_can_be_deleted_and_stops_first(part: str) -> None:
    cluster = spoilt(in_a_fault(), part)
    cluster.resources.delete(RUN)
    asyncio.run(cluster.operator().until(lambda: gone(cluster)))
    assert cluster.staging.left() == []


@pytest.mark.parametrize("part", ["spec", "status"])
def test_the_record_of_a_run_that_is_over_is_left_alone(part: str) -> None:
    cluster = in_a_fault()
    cluster.finish(RUN)
    asyncio.run(cluster.operator().step())
    spoilt(cluster, part)
    cluster.status(RUN)["phase"] = "Finished"
    before = cluster.resources.bodies[RUN]["metadata"]["resourceVersion"]
    assert asyncio.run(cluster.operator().runs.reconcile(RUN)) is None
    assert cluster.resources.bodies[RUN]["metadata"]["resourceVersion"] == before


def test_a_verdict_that_was_given_before_the_spec_could_not_be_read_stays() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    asyncio.run(cluster.operator().until(lambda: "verdict" in cluster.status(RUN)))
    assert spoilt(cluster, "spec").finish(RUN)["verdict"] == "Passed"


def test_what_cannot_be_read_is_still_looked_for_in_the_namespace_of_its_target() -> None:
    body = run(target={"namespace": "elsewhere", "url": 7})
    body["metadata"] |= {"uid": "u", "generation": 1}
    body["spec"]["template"]["faults"] = [7, {"target": {"namespace": "beside"}}, {"target": "nonsense"}]
    assert parsing.run_shell(body).target_namespace == "elsewhere"
    assert parsing.run_shell(body).fault_namespaces == ("beside",)
    body["spec"] = {"campaign": "smoke"}
    assert parsing.run_shell(body).target_namespace == "staging"
