"""Nodes that do not answer, for a while or for ever, while a run is under way: it comes to its end, and is no pass."""

import asyncio

from stresscampaigns.core.observation import Pod
from tests.unit.runtime.examples import RUN, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import in_a_fault


def test_a_kubelet_that_comes_back_while_the_load_is_on_costs_the_run_nothing() -> None:
    cluster = in_a_fault()
    cluster.staging.deaf = True
    operator = cluster.operator()
    for _ in range(10):
        asyncio.run(operator.step())
    cluster.staging.deaf = False
    assert cluster.finish(RUN)["verdict"] == "Passed"


def test_faults_that_need_no_steady_state_are_put_in_while_nobody_hears_the_coordinator() -> None:
    cluster, body = FakeCluster(), run()
    body["spec"]["template"]["faults"][0]["whenNotSteady"] = "Inject"
    cluster.resources.apply("StressRun", body)
    asyncio.run(cluster.operator().until(lambda: bool(cluster.status(RUN).get("load"))))
    cluster.staging.deaf = True
    asyncio.run(cluster.operator().until(cluster.staging.in_force))


def test_a_coordinator_that_went_with_its_node_ends_the_run_without_an_answer() -> None:
    cluster = in_a_fault()
    cluster.staging.deaf = True
    gone = Pod("smoke-1-coordinator-0", "u", "coordinator", node="n-2", deleting=True, gone_by=0.0)
    cluster.staging.dead_load_pod = gone
    status = cluster.finish(RUN)
    assert status["verdict"] == "Inconclusive"
    assert "is on node n-2, which does not answer" in status["message"]
    assert not cluster.staging.in_force()
