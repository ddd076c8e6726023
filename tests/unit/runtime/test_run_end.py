"""A run that is aborted or deleted in the middle of a fault stops load and fault; only then is it let go."""

import asyncio

import pytest

from stresscampaigns.api.base import ABORT_ANNOTATION, FINALIZER
from stresscampaigns.api.record import unpack
from tests.unit.runtime.examples import FAULT, RUN, SPEC, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse
from tests.unit.runtime.run_endings import end, gone, in_a_fault, over

LONG_LOAD = SPEC["load"] | {"stages": [{"name": "steady", "users": 1, "duration": "60s"}]}


def test_an_abort_stops_load_and_fault_at_once_and_keeps_its_reason() -> None:
    cluster = in_a_fault()
    cluster.resources.annotate(RUN, ABORT_ANNOTATION, "pager rang")
    status = cluster.finish(RUN)
    assert (status["verdict"], status["message"]) == ("Aborted", "aborted: pager rang")
    assert status["faults"][0]["pods"][0]["outcome"] == "Aborted"
    assert status["faults"][0]["pods"][0]["endedAt"] < status["faults"][0]["endsAt"]


def test_a_run_that_is_aborted_before_its_load_never_has_one() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    cluster.resources.annotate(RUN, ABORT_ANNOTATION, "not now")
    assert cluster.finish(RUN)["verdict"] == "Aborted"
    assert cluster.staging.made == []


def test_a_verdict_that_was_given_stays_whatever_comes_after() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    asyncio.run(cluster.operator().until(lambda: "verdict" in cluster.status(RUN)))
    cluster.resources.annotate(RUN, ABORT_ANNOTATION, "too late")
    assert cluster.finish(RUN)["verdict"] == "Passed"


def test_a_deleted_run_stops_its_load_and_its_fault_and_then_lets_go() -> None:
    cluster = in_a_fault()
    operator = cluster.operator()
    cluster.resources.delete(RUN)
    operator.relist()
    asyncio.run(operator.runs.reconcile(RUN))
    assert cluster.staging.left() == []
    assert not gone(cluster)
    asyncio.run(operator.until(lambda: gone(cluster)))


def test_a_deleted_run_holds_on_while_anything_of_it_is_left() -> None:
    cluster = in_a_fault()
    cluster.resources.delete(RUN)
    watched: list[list[str]] = []
    cluster.resources.changed = lambda key, body: watched.append(cluster.staging.left())
    asyncio.run(cluster.operator().until(lambda: gone(cluster)))
    assert watched == [[]]


@pytest.mark.parametrize("how", ["deleted", "aborted"])
def test_what_a_killed_sidecar_has_left_to_the_kernel_holds_the_run_until_it_is_over(how: str) -> None:
    cluster = in_a_fault(load=LONG_LOAD, faults=[FAULT | {"duration": "30s"}])
    (sidecar,) = cluster.staging.held
    sidecar.died_at = cluster.clock.now()
    end(cluster, how)
    asyncio.run(cluster.operator().until(lambda: over(cluster)))
    assert cluster.clock.now() > sidecar.until
    assert not cluster.staging.in_force()


@pytest.mark.parametrize("how", ["deleted", "aborted"])
def test_a_fault_that_may_not_be_told_to_end_holds_the_run_and_nothing_else(how: str) -> None:
    cluster = in_a_fault(load=LONG_LOAD, faults=[FAULT | {"duration": "30s"}])
    (sidecar,) = cluster.staging.held
    cluster.staging.refuses = "end"
    end(cluster, how)
    operator = cluster.operator()
    for _ in range(2):
        asyncio.run(operator.step())
    assert cluster.staging.objects == {}
    assert ("EndRefused", "a policy denies exec") in cluster.resources.announced
    asyncio.run(operator.until(lambda: over(cluster)))
    assert cluster.clock.now() > sidecar.until


def test_finalizers_of_others_stay_when_ours_goes() -> None:
    cluster = FakeCluster()
    manifest = run()
    manifest["metadata"]["finalizers"] = ["others/hold", FINALIZER]
    cluster.resources.apply("StressRun", manifest)
    cluster.resources.delete(RUN)
    asyncio.run(cluster.operator().step())
    assert cluster.resources.bodies[RUN]["metadata"]["finalizers"] == ["others/hold"]


def test_a_run_that_is_over_can_be_deleted_when_there_is_no_operator_any_more() -> None:
    cluster = FakeCluster()
    manifest = run()
    manifest["metadata"]["finalizers"] = ["others/hold", FINALIZER]
    cluster.resources.apply("StressRun", manifest)
    cluster.finish(RUN)
    asyncio.run(cluster.operator().step())
    assert cluster.resources.bodies[RUN]["metadata"]["finalizers"] == ["others/hold"]
    calm = Fuse()
    assert asyncio.run(cluster.operator(calm.wrap).runs.reconcile(RUN)) is None
    assert calm.calls == []


def test_a_run_that_is_over_is_let_go_though_it_was_deleted_before_that() -> None:
    cluster = FakeCluster()
    manifest = run()
    manifest["metadata"]["finalizers"] = ["others/hold", FINALIZER]
    cluster.resources.apply("StressRun", manifest)
    cluster.finish(RUN)
    cluster.resources.delete(RUN)
    calm = Fuse()
    asyncio.run(cluster.operator(calm.wrap).runs.reconcile(RUN))
    assert calm.calls == ["hold_with"]


def test_once_ours_is_gone_a_deleted_run_is_left_alone() -> None:
    cluster = FakeCluster()
    manifest = run()
    manifest["metadata"]["finalizers"] = ["others/hold"]
    cluster.resources.apply("StressRun", manifest)
    cluster.resources.delete(RUN)
    calm = Fuse()
    assert asyncio.run(cluster.operator(calm.wrap).runs.reconcile(RUN)) is None
    assert calm.calls == []


def test_a_deleted_run_that_was_changed_meanwhile_is_read_again_and_let_go() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    cluster.resources.delete(RUN)
    operator = cluster.operator()
    cluster.resources.annotate(RUN, "owner", "somebody")
    asyncio.run(operator.step())
    assert not gone(cluster)
    asyncio.run(operator.step())
    assert gone(cluster)


def test_where_one_fault_cannot_be_told_to_end_the_others_and_the_load_end_all_the_same() -> None:
    cluster = FakeCluster()
    cluster.staging.add_pod("app=postgres", "postgres-1")
    cluster.resources.apply("StressRun", run(faults=[FAULT | {"mode": "all"}]))
    asyncio.run(cluster.operator().until(cluster.staging.in_force))
    cluster.resources.annotate(RUN, ABORT_ANNOTATION, "now")
    operator = cluster.operator()
    asyncio.run(operator.look())
    deaf = Fuse(at=4, error=lambda: OSError("no way in"))
    operator = cluster.operator(deaf.wrap)
    with pytest.raises(OSError, match="no way in"):
        asyncio.run(operator.runs.reconcile(RUN))
    assert deaf.calls[4] == "end_fault"
    assert [one.told_to_end is None for one in cluster.staging.held] == [True, False]
    assert cluster.staging.objects == {}


def test_a_coordinator_whose_node_does_not_answer_keeps_nothing_of_an_aborted_run_going() -> None:
    cluster = in_a_fault()
    cluster.staging.deaf = True
    end(cluster, "aborted")
    asyncio.run(cluster.operator().until(lambda: not cluster.staging.in_force(), steps=3))
    status = cluster.finish(RUN)
    assert (status["verdict"], status["record"]) == ("Aborted", {"kept": True})


def test_what_a_load_measured_that_was_judged_is_waited_for_until_its_node_answers() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: "verdict" in cluster.status(RUN)))
    cluster.staging.deaf = True
    for _ in range(30):
        asyncio.run(operator.step())
    assert cluster.staging.left() != []
    cluster.staging.deaf = False
    cluster.finish(RUN)
    assert unpack(list(cluster.staging.records.values())).load is not None


def test_a_run_made_by_hand_is_held_too_until_its_faults_are_over() -> None:
    cluster = FakeCluster()
    manifest = run()
    manifest["metadata"]["finalizers"] = ["others/hold"]
    cluster.resources.apply("StressRun", manifest)
    asyncio.run(cluster.operator().until(cluster.staging.in_force))
    assert cluster.resources.bodies[RUN]["metadata"]["finalizers"] == ["others/hold", FINALIZER]
