"""What the API server will not have ends the run with the server's words, and leaves nothing behind."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.adapters.kubernetes_errors import Unavailable
from stresscampaigns.core.observation import Probe
from stresscampaigns.runtime.ports import Refusal
from stresscampaigns.runtime.store import Body, Key
from tests.unit.runtime.examples import RUN, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator
from tests.unit.runtime.run_endings import end, gone, over

CONFIG, SERVICE = "ConfigMap/smoke-1-coordinator", "Service/smoke-1-coordinator"
COORDINATOR, WORKERS = "Job/smoke-1-coordinator", "Job/smoke-1-worker"


@pytest.mark.parametrize("refused", [CONFIG, SERVICE, COORDINATOR, WORKERS])
def test_a_load_that_is_refused_is_inconclusive_in_the_api_servers_words(refused: str) -> None:
    cluster = FakeCluster()
    cluster.staging.refuses = refused
    cluster.resources.apply("StressRun", run())
    asyncio.run(cluster.operator().until(lambda: over(cluster)))
    assert cluster.status(RUN)["verdict"] == "Inconclusive"
    assert cluster.status(RUN)["message"] == "Refused: quota exceeded"


@pytest.mark.parametrize("refused", [CONFIG, SERVICE, COORDINATOR, WORKERS])
def test_none_of_a_load_that_is_refused_halfway_is_left(refused: str) -> None:
    cluster = FakeCluster()
    cluster.staging.refuses = refused
    cluster.resources.apply("StressRun", run())
    cluster.finish(RUN)


def test_a_sidecar_that_is_refused_is_inconclusive_and_stops_the_load() -> None:
    cluster = FakeCluster()
    cluster.staging.refuses = "sidecar"
    cluster.resources.apply("StressRun", run())
    status = cluster.finish(RUN)
    assert (status["verdict"], status["message"]) == ("Inconclusive", "Refused: violates PodSecurity")
    assert status["timeline"][-1]["event"] == "Refused"


def test_a_refused_run_has_its_conditions_as_any_other() -> None:
    cluster = FakeCluster()
    cluster.staging.refuses = CONFIG
    cluster.resources.apply("StressRun", run())
    conditions = {one["type"]: one["status"] for one in cluster.finish(RUN)["conditions"]}
    assert conditions["Completed"] == "True"
    assert conditions["Passed"] == "Unknown"
    assert conditions["ResultsValid"] == "False"


def test_a_closed_namespace_is_never_touched() -> None:
    cluster = FakeCluster()
    cluster.staging.open = Probe(False, "NamespaceNotAllowed", "namespace staging has not opted in")
    cluster.resources.apply("StressRun", run(startTimeout="10s"))
    assert cluster.finish(RUN)["message"] == "NamespaceNotAllowed: namespace staging has not opted in"
    assert (cluster.staging.made, cluster.staging.put_in) == ([], [])


def test_a_refusal_is_said_as_an_event() -> None:
    cluster = FakeCluster()
    cluster.staging.refuses = WORKERS
    cluster.resources.apply("StressRun", run())
    asyncio.run(cluster.operator().step())
    assert cluster.resources.announced == [("Refused", "quota exceeded")]


@pytest.mark.parametrize("how", ["deleted", "aborted"])
def test_a_sidecar_that_cannot_start_holds_the_run_while_it_might_break_something_and_no_longer(
    how: str,
) -> None:
    cluster = FakeCluster()
    cluster.staging.sidecars_start = False
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: bool(cluster.staging.put_in)))
    ends_at = cluster.status(RUN)["faults"][0]["endsAt"]
    end(cluster, how)
    operator.relist()
    asyncio.run(operator.until(lambda: over(cluster)))
    assert cluster.clock.now() > ends_at
    assert [one for one in cluster.staging.left() if "/" in one] == []


def test_a_sidecar_that_never_starts_is_no_pass() -> None:
    cluster = FakeCluster()
    cluster.staging.sidecars_start = False
    cluster.resources.apply("StressRun", run())
    asyncio.run(cluster.operator().until(lambda: over(cluster), steps=100))
    assert cluster.status(RUN)["verdict"] == "Inconclusive"


def test_a_plan_that_no_load_pod_could_take_is_refused_with_its_size() -> None:
    cluster = FakeCluster()
    scenario = {"name": "http", "parameters": {"body": "x" * 130_000}}
    load = {"workers": 1, "stages": [{"name": "only", "users": 1, "duration": "5s"}], "scenarios": [scenario]}
    cluster.resources.apply("StressRun", run(load=load))
    message = cluster.finish(RUN)["message"]
    assert message.startswith("Refused: spec.load comes to 130")
    assert "ConfigMap" in message
    assert cluster.staging.made == []


class Webhook:
    """Around the port: a webhook for this kind of objects does not answer until some moment."""

    def __init__(self, there: Any, kind: str, until: float) -> None:
        self._there, self._kind, self._until = there, kind, until

    def __getattr__(self, name: str) -> Any:
        return getattr(self._there, name)

    async def create(self, manifests: Sequence[Mapping[str, Any]]) -> None:
        for manifest in manifests:
            if manifest["kind"] == self._kind and self._there.clock.now() < self._until:
                raise Unavailable("failed calling webhook (HTTP 500)")
            await self._there.create([manifest])


def hindered(kind: str, seconds: float, **changes: Any) -> tuple[FakeCluster, FakeOperator]:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(**changes))
    operator = cluster.operator()
    webhook = Webhook(cluster.staging, kind, cluster.clock.now() + seconds)
    operator.runs._doing = replace(operator.runs._doing, staging=webhook)  # type: ignore[arg-type]
    return cluster, operator


def test_a_load_that_cannot_be_created_for_now_is_waited_for_and_what_is_in_the_way_is_said() -> None:
    cluster, operator = hindered("Job", 5.0)
    asyncio.run(operator.step())
    status = cluster.status(RUN)
    words = "the load cannot be created: failed calling webhook (HTTP 500)"
    assert (status["phase"], status["message"]) == ("Preparing", f"waits: {words}")
    assert cluster.resources.announced == [("LoadNotCreated", words)]
    assert {one["type"] for one in status["conditions"]} >= {"Passed", "Completed"}
    asyncio.run(operator.until(lambda: over(cluster)))
    assert cluster.status(RUN)["verdict"] == "Passed"


@pytest.mark.parametrize("kind", ["ConfigMap", "Service", "Job"])
def test_a_load_that_cannot_be_created_at_all_keeps_nobody_waiting_for_longer(kind: str) -> None:
    cluster, operator = hindered(kind, 3600.0, startTimeout="10s")
    asyncio.run(operator.until(lambda: over(cluster), steps=20))
    assert cluster.status(RUN)["verdict"] == "Inconclusive"
    assert cluster.status(RUN)["message"].startswith("LoadNotCreated: the load cannot be created: ")
    assert cluster.staging.left() == []


def test_half_a_load_is_gone_before_a_deleted_run_is() -> None:
    """Left to the garbage collector, it would be taken for its own by a run of that name that is made at once."""
    cluster, operator = hindered("Job", 3600.0)
    asyncio.run(operator.step())
    assert [kind for _, kind, _ in cluster.staging.objects] == ["ConfigMap", "Service"]
    cluster.resources.delete(RUN)
    operator.relist()
    left: list[int] = []
    cluster.resources.changed = lambda key, body: left.append(len(cluster.staging.objects))
    asyncio.run(operator.until(lambda: gone(cluster)))
    assert left == [0]


class Narrow:
    """Around the port: no status has room for faults."""

    def __init__(self, there: Any) -> None:
        self._there = there

    def __getattr__(self, name: str) -> Any:
        return getattr(self._there, name)

    async def write_status(self, key: Key, version: str, status: Mapping[str, Any]) -> Body:
        if "faults" in status:
            raise Refusal("the status could not be written: request is too large")
        written: Body = await self._there.write_status(key, version, status)
        return written


def test_a_run_whose_status_will_not_be_taken_ends_and_leaves_nothing() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    operator.runs.resources = Narrow(cluster.resources)
    asyncio.run(operator.until(lambda: over(cluster)))
    status = cluster.status(RUN)
    assert status["verdict"] == "Inconclusive"
    assert status["message"] == "StatusRefused: the status could not be written: request is too large"
    assert cluster.staging.made != []
    assert cluster.staging.left() == []
