"""Faults in other namespaces than the target's: each owner has a say, and everything ends there, too."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.api.base import MAX_FAULT_SHARE_ANNOTATION, TRUSTS_ANNOTATION
from tests.unit.runtime.competing import EARLY, LATE, phases, wanting
from tests.unit.runtime.examples import FAULT, RUN, SPEC, run
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import end, over

AWAY: dict[str, Any] = {
    **FAULT,
    "port": 9090,
    "target": {"namespace": "monitoring", "selector": {"matchLabels": {"app": "prometheus"}}},
}


def with_monitoring(*, ready: bool = True) -> FakeCluster:
    cluster = FakeCluster()
    cluster.staging.add_pod("app=prometheus", "prometheus-0", ready=ready, namespace="monitoring")
    cluster.staging.add_pod("app=prometheus", "decoy-0", namespace="elsewhere")
    return cluster


def begun(cluster: FakeCluster, **changes: Any) -> FakeCluster:
    """A run whose fault is in force there."""
    cluster.resources.apply("StressRun", run(**{"faults": [AWAY], **changes}))
    asyncio.run(cluster.operator().until(cluster.staging.in_force))
    return cluster


def message(cluster: FakeCluster, **changes: Any) -> str:
    """What a run with such a fault waits for."""
    cluster.resources.apply("StressRun", run(**{"faults": [AWAY], **changes}))
    asyncio.run(cluster.operator().look())
    assert cluster.staging.made == []
    return str(cluster.status(RUN)["message"])


def test_the_fault_goes_into_the_pods_there_and_the_record_says_so() -> None:
    cluster = begun(with_monitoring())
    (held,) = cluster.staging.held
    assert (held.namespace, held.pod) == ("monitoring", "prometheus-0")
    status = cluster.finish(RUN)
    assert status["verdict"] == "Passed"
    assert status["faults"][0]["namespace"] == "monitoring"
    assert status["faults"][0]["pods"][0]["outcome"] == "Ended"
    (said,) = [one["detail"] for one in status["timeline"] if one["event"] == "FaultScheduled"]
    assert "goes into prometheus-0 in namespace monitoring" in said


@pytest.mark.parametrize("how", ["aborted", "deleted"])
def test_what_ends_the_run_ends_the_fault_there(how: str) -> None:
    cluster = begun(with_monitoring())
    end(cluster, how)
    asyncio.run(cluster.operator().until(lambda: over(cluster)))
    assert cluster.staging.left() == []


def test_a_pod_there_can_be_killed() -> None:
    cluster = with_monitoring()
    kill = {key: AWAY[key] for key in ("name", "at", "duration", "target")} | {"type": "PodKill"}
    cluster.resources.apply("StressRun", run(faults=[kill]))
    cluster.finish(RUN)
    assert cluster.staging.killed == ["prometheus-0"]


def test_its_owner_must_have_let_faults_in() -> None:
    cluster = with_monitoring()
    cluster.staging.closed = {"monitoring"}
    assert "namespace monitoring has not opted in" in message(cluster)


POOL = {**AWAY, "type": "DatabasePoolExhausted", "credentials": {"secret": "anything"}}
BAD = {key: AWAY[key] for key in ("name", "at", "duration")} | {
    "type": "BadRollout",
    "deployment": "prometheus",
    "image": "mine:1",
    "target": {"namespace": "monitoring"},
}
OWN = {key: AWAY[key] for key in ("name", "at", "duration", "target")} | {
    "type": "Custom",
    "image": "mine:1",
    "command": ["/mine"],
}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (POOL, "use no Secret of"),
        (BAD, "change no Deployment of"),
        (OWN, "run no program of its own in a pod of"),
    ],
    ids=["Secret", "Deployment", "program"],
)
def test_what_takes_more_than_breaking_takes_its_owners_trust_in_our_namespace(
    fault: dict[str, Any], words: str
) -> None:
    cluster = with_monitoring()
    assert f"a campaign of namespace staging may {words} namespace monitoring" in message(
        cluster, faults=[fault]
    )
    cluster.staging.annotations = {TRUSTS_ANNOTATION: "staging"}
    asyncio.run(cluster.operator().look())
    assert words not in cluster.status(RUN)["message"]


def test_its_owner_must_have_given_rights() -> None:
    cluster = with_monitoring()
    cluster.staging.unbound = {"monitoring"}
    assert message(cluster) == "waits: no rights in monitoring"


@pytest.mark.parametrize(
    "changes",
    [
        {"neighbours": [{"name": "a", "namespace": "beside", "selector": {"matchLabels": {"app": "a"}}}]},
        {"faults": [{**FAULT, "peers": {"namespace": "beside", "selector": {"matchLabels": {"app": "a"}}}}]},
    ],
    ids=["neighbours", "peers"],
)
def test_where_pods_are_only_looked_at_rights_are_needed_too(changes: dict[str, Any]) -> None:
    cluster = with_monitoring()
    cluster.staging.unbound, cluster.staging.closed = {"beside"}, {"beside"}
    assert message(cluster, **changes) == "waits: no rights in beside"


def test_a_selector_that_matches_nothing_there_is_told_with_the_namespace() -> None:
    assert "app=prometheus matches no ready pod in namespace monitoring" in message(
        with_monitoring(ready=False)
    )


def test_its_owner_can_end_it() -> None:
    cluster = begun(with_monitoring())
    cluster.staging.closed = {"monitoring"}
    status = cluster.finish(RUN)
    assert status["verdict"] == "Aborted"
    assert "namespace monitoring has not opted in" in status["message"]


@pytest.mark.parametrize("own", ["kube-system", "stresscampaigns"])
def test_a_protected_namespace_is_no_place_for_a_fault(own: str) -> None:
    cluster = FakeCluster()
    cluster.staging.add_pod("app=prometheus", "prometheus-0", namespace=own)
    fault = {**AWAY, "target": {**AWAY["target"], "namespace": own}}
    cluster.resources.apply("StressRun", run(faults=[fault]))
    operator = cluster.operator()
    operator.runs.observer.own_namespaces = {"stresscampaigns"}
    asyncio.run(operator.look())
    assert "no load and no fault goes there" in cluster.status(RUN)["message"]


def test_the_lowest_share_that_any_owner_allows_counts() -> None:
    cluster = with_monitoring()
    cluster.staging.annotations = {MAX_FAULT_SHARE_ANNOTATION: "50%"}
    assert "break 1 of 1 pods at once (prometheus-0)" in message(cluster)


def test_peers_are_the_target_namespaces_unless_they_say_else() -> None:
    cluster = with_monitoring()
    peers = {"namespace": "monitoring", "selector": {"matchLabels": {"app": "prometheus"}}}
    begun(cluster, faults=[{**FAULT, "peers": peers}])
    assert len(cluster.staging.held) == 1
    assert cluster.finish(RUN)["verdict"] == "Passed"


def test_two_runs_that_break_the_same_namespace_go_one_after_the_other() -> None:
    cluster = with_monitoring()
    wanting(cluster, "a", LATE, faults=[AWAY])
    other = {**SPEC["target"], "namespace": "shop"}
    wanting(cluster, "b", EARLY, faults=[AWAY], target=other)
    assert phases(cluster) == {"a": "Pending", "b": "Running"}
