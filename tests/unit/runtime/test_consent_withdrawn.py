"""Who takes the consent away ends what is under way, as surely as who aborts the run."""

import asyncio
from contextlib import nullcontext
from typing import Any

import pytest

from stresscampaigns.api.base import ALLOWED_LABEL
from stresscampaigns.runtime.rights import PATIENCE, RightsMissing
from tests.unit.runtime.examples import FAULT, RUN, run
from tests.unit.runtime.fake_clock import run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import end, gone, in_a_fault, over


@pytest.mark.parametrize(
    ("labels", "words"), [({}, "has not opted in"), ({ALLOWED_LABEL: "load"}, "allows load, but no faults")]
)
def test_without_the_label_load_and_fault_end_and_the_run_says_why(
    labels: dict[str, str], words: str
) -> None:
    cluster = in_a_fault()
    cluster.staging.labels = labels
    status = cluster.finish(RUN)
    assert status["verdict"] == "Aborted"
    assert status["message"].startswith("aborted: consent was withdrawn: namespace staging ")
    assert words in status["message"]
    assert status["faults"][0]["pods"][0]["outcome"] == "Aborted"


def test_nothing_is_in_force_any_more_after_the_next_two_looks() -> None:
    cluster = in_a_fault()
    cluster.staging.labels = {}
    operator = cluster.operator()
    for _ in range(2):
        asyncio.run(operator.look())
    assert cluster.staging.left() == []
    assert not cluster.staging.in_force()


def test_a_run_without_faults_goes_on_while_load_is_allowed() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(faults=[], checks=[{"name": "e", "errorRate": {}, "max": "1%"}]))
    asyncio.run(cluster.operator().until(lambda: "load" in cluster.status(RUN)))
    cluster.staging.labels = {ALLOWED_LABEL: "load"}
    assert cluster.finish(RUN)["verdict"] == "Passed"


def test_a_consent_that_comes_in_time_lets_the_run_begin() -> None:
    cluster = FakeCluster()
    cluster.staging.labels = {ALLOWED_LABEL: "load"}
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: "allows load" in cluster.status(RUN).get("message", "")))
    assert cluster.staging.made == []
    cluster.staging.labels = {ALLOWED_LABEL: "true"}
    assert cluster.finish(RUN)["verdict"] == "Passed"


HOME = {RUN.namespace}


def test_with_the_rights_gone_as_well_the_run_ends_at_once() -> None:
    cluster = in_a_fault()
    cluster.staging.labels, cluster.staging.unbound = {}, HOME
    asyncio.run(cluster.operator().look())
    assert "has not opted in" in cluster.status(RUN)["message"]
    assert cluster.status(RUN)["verdict"] == "Aborted"


@pytest.mark.parametrize("faults", [[], [FAULT]], ids=["load alone", "a fault"])
def test_a_run_whose_rights_stay_away_ends_and_says_so(faults: list[Any]) -> None:
    cluster = FakeCluster()
    checks = [{"name": "e", "errorRate": {}, "max": "50%"}]
    cluster.resources.apply("StressRun", run(faults=faults, checks=checks))
    asyncio.run(cluster.operator().until(lambda: "load" in cluster.status(RUN)))
    cluster.staging.unbound = HOME
    run_in(cluster.clock, cluster.operator().work(lambda: over(cluster)))
    assert cluster.status(RUN)["message"] == "aborted: consent was withdrawn: no rights in staging"


def test_rights_that_are_missing_for_moments_end_nothing() -> None:
    cluster = in_a_fault()
    operator = cluster.operator()
    for unbound in (HOME, HOME, HOME, HOME, set(), HOME):
        cluster.staging.unbound = unbound
        with pytest.raises(RightsMissing, match="no rights in staging") if unbound else nullcontext():
            asyncio.run(operator.look())
        cluster.clock.advance(1.0)
    cluster.staging.unbound = set()
    assert cluster.finish(RUN)["verdict"] == "Passed"


def test_rights_that_go_when_only_the_analysis_is_left_leave_no_answer() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    asyncio.run(cluster.operator().until(lambda: cluster.status(RUN).get("phase") == "Analysing"))
    cluster.staging.unbound = HOME
    run_in(cluster.clock, cluster.operator().work(lambda: over(cluster)))
    assert cluster.status(RUN)["message"] == "NamespaceNotPermitted: no rights in staging"
    assert cluster.status(RUN)["verdict"] == "Inconclusive"


@pytest.mark.parametrize("how", ["deleted", "aborted"])
def test_rights_that_are_missing_for_a_moment_do_not_hide_what_is_left(how: str) -> None:
    cluster = in_a_fault()
    cluster.staging.unbound = HOME
    end(cluster, how)

    left: list[str] = []

    def done() -> bool:
        left[:] = cluster.staging.left()
        return over(cluster)

    async def meanwhile() -> None:
        working = asyncio.create_task(cluster.operator().work(done))
        await asyncio.sleep(PATIENCE / 2)
        cluster.staging.unbound = set()
        await working

    run_in(cluster.clock, meanwhile())
    assert left == []


@pytest.mark.parametrize("how", ["deleted", "aborted", "left alone"])
def test_a_look_that_is_refused_though_the_right_is_there_hides_nothing(how: str) -> None:
    cluster = in_a_fault()
    if how != "left alone":
        end(cluster, how)
    cluster.staging.refused_looks = 3
    left: list[str] = []

    def done() -> bool:
        left[:] = cluster.staging.left()
        return over(cluster)

    run_in(cluster.clock, cluster.operator().work(done))
    assert left == []
    assert how == "deleted" or cluster.status(RUN)["verdict"] == {"aborted": "Aborted"}.get(how, "Passed")


def test_where_no_rights_come_back_a_run_can_still_be_deleted() -> None:
    cluster = in_a_fault()
    cluster.staging.unbound = HOME
    end(cluster, "deleted")
    run_in(cluster.clock, cluster.operator().work(lambda: gone(cluster)))


def test_a_node_that_has_not_answered_for_long_does_not_keep_a_withdrawn_consent_from_being_seen() -> None:
    cluster = FakeCluster()
    slow = [FAULT | {"duration": "90s"}]
    cluster.resources.apply("StressRun", run(faults=slow))
    asyncio.run(cluster.operator().until(cluster.staging.in_force))
    cluster.staging.deaf = True

    async def meanwhile() -> None:
        working = asyncio.create_task(cluster.operator().work(lambda: over(cluster)))
        await asyncio.sleep(40)
        cluster.staging.labels = {}
        await asyncio.sleep(3)
        assert cluster.status(RUN).get("verdict") == "Aborted"
        assert not cluster.staging.in_force()
        await working

    run_in(cluster.clock, meanwhile())
