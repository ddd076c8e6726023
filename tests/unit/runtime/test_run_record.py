"""The record is there before the run counts as finished, whatever ended it and whoever died meanwhile."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.api.record import Record, unpack
from stresscampaigns.runtime.store import Body, Key
from tests.unit.runtime.examples import RUN, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse, at_every_call
from tests.unit.runtime.run_endings import end, in_a_fault, over
from tests.unit.runtime.succession import one_after_another


def record(cluster: FakeCluster) -> Record:
    return unpack(list(cluster.staging.records.values()))


def lived(*fuses: Fuse, **changes: Any) -> FakeCluster:
    """A run to its end; it never counts as finished while there is no record."""
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(**changes))

    def changed(key: Key, body: Body | None) -> None:
        finished = body is not None and body.get("status", {}).get("phase") == "Finished"
        assert cluster.staging.records or not finished, fuses

    cluster.resources.changed = changed
    one_after_another(cluster, fuses, over, downtime=2.0)
    cluster.finish(RUN)
    return cluster


def test_it_holds_what_was_asked_what_came_of_it_and_what_was_measured() -> None:
    cluster = lived()
    found = record(cluster)
    assert found.spec == cluster.resources.bodies[RUN]["spec"]
    assert found.status["verdict"] == "Passed"
    assert found.status["checks"] == cluster.status(RUN)["checks"]
    assert found.load is not None
    assert sum(second.completed for second in found.load.seconds) == cluster.status(RUN)["load"]["requests"]
    assert cluster.status(RUN)["record"] == {"kept": True}


def test_whatever_call_kills_the_operator_the_record_is_whole_and_the_same() -> None:
    calm = Fuse()
    lived(calm)
    assert "keep" in calm.calls
    wanted = record(lived())
    for fuse in at_every_call(calm.calls):
        found = record(lived(fuse))
        assert (found.status["verdict"], found.spec) == (wanted.status["verdict"], wanted.spec), fuse
        assert found.load is not None, fuse


def test_an_aborted_run_is_stopped_first_and_has_a_record_without_results() -> None:
    cluster = in_a_fault()
    end(cluster, "aborted")
    cluster.finish(RUN)
    found = record(cluster)
    assert (found.status["verdict"], found.load) == ("Aborted", None)
    assert found.status["faults"] == cluster.status(RUN)["faults"]


def test_results_that_were_kept_stay_though_the_load_is_gone_before_that_was_written_down() -> None:
    cluster = in_a_fault()
    cluster.staging.records |= lived().staging.records
    end(cluster, "aborted")
    cluster.finish(RUN)
    assert record(cluster).load is not None


def test_a_run_that_never_had_any_load_has_a_record_that_says_why() -> None:
    cluster = FakeCluster()
    cluster.staging.refuses = "Job/smoke-1-worker"
    cluster.resources.apply("StressRun", run())
    cluster.finish(RUN)
    assert record(cluster).status["message"] == "Refused: quota exceeded"


@pytest.mark.parametrize("verdict", ["Passed", "Failed"])
def test_a_record_that_is_refused_is_said_so_and_the_verdict_stands(verdict: str) -> None:
    checks = [{"name": "errors", "errorRate": {}, "max": "0%" if verdict == "Failed" else "30%"}]
    cluster = FakeCluster()
    cluster.staging.refuses = "record"
    cluster.resources.apply("StressRun", run(checks=checks))
    status = cluster.finish(RUN)
    assert status["verdict"] == verdict
    assert status["record"] == {"kept": False, "problem": "quota exceeded"}
    assert ("RecordNotKept", "quota exceeded") in cluster.resources.announced


def test_the_record_goes_with_its_run() -> None:
    cluster = lived()
    cluster.resources.delete(RUN)
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: RUN not in cluster.resources.bodies))
    assert cluster.staging.records == {}


def test_a_run_that_cannot_be_read_has_a_record_of_what_it_was() -> None:
    cluster = FakeCluster()
    broken = run()
    broken["spec"]["template"]["load"] = {"nonsense": 1}
    cluster.resources.apply("StressRun", broken)
    cluster.finish(RUN)
    found = record(cluster)
    assert found.spec == broken["spec"]
    assert found.status["verdict"] == "Inconclusive"
