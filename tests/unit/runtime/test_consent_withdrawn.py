"""Who takes the consent away ends what is under way, as surely as who aborts the run."""

import asyncio

import pytest

from stresscampaigns.api.base import ALLOWED_LABEL
from tests.unit.runtime.examples import RUN, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import in_a_fault


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
