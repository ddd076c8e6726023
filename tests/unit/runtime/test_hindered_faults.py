"""What is in the way of one fault, a webhook that does not answer for instance, is in the way of no other."""

import asyncio

from tests.unit.runtime.examples import FAULT, RUN, run
from tests.unit.runtime.fake_cluster import FakeCluster

OTHER = FAULT | {"name": "other", "at": "5s"}
WORDS = "failed calling webhook"


def hindered(passes: bool = False) -> FakeCluster:
    """A run with two faults, of which the first cannot be put in; or not at once."""
    cluster = FakeCluster()
    cluster.staging.hinders = FAULT["name"]
    cluster.resources.apply("StressRun", run(faults=[FAULT, OTHER]))
    if passes:
        asyncio.run(cluster.operator().until(lambda: WORDS in str(cluster.status(RUN).get("faults"))))
        cluster.staging.hinders = ""
    cluster.finish(RUN)
    return cluster


def test_the_run_goes_on_with_its_other_faults_and_says_in_the_end_what_was_in_the_way() -> None:
    status = hindered().status(RUN)
    (first,), (second,) = (fault["pods"] for fault in status["faults"])
    assert (first["outcome"], first["message"]) == ("Lost", WORDS)
    assert second["outcome"] == "Ended"
    assert status["verdict"] == "Inconclusive"
    assert WORDS in status["message"]


def test_it_is_said_as_an_event() -> None:
    assert ("FaultHindered", WORDS) in hindered().resources.announced


def test_once_it_has_passed_the_fault_is_put_in_and_nothing_more_is_said_of_it() -> None:
    status = hindered(passes=True).status(RUN)
    assert [fault["pods"][0]["outcome"] for fault in status["faults"]] == ["Ended", "Ended"]
    assert [fault["pods"][0].get("message") for fault in status["faults"]] == [None, None]


def test_all_of_its_pods_are_tried_and_say_so() -> None:
    cluster = FakeCluster()
    cluster.staging.hinders = FAULT["name"]
    cluster.staging.add_pod("app=postgres", "postgres-1")
    cluster.resources.apply("StressRun", run(faults=[FAULT | {"mode": "all"}]))
    pods = cluster.finish(RUN)["faults"][0]["pods"]
    assert [pod["message"] for pod in pods] == [WORDS, WORDS]
    assert set(cluster.staging.tried) == {"postgres-0", "postgres-1"}
