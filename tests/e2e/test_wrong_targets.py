"""Faults that would hit nothing, or what belongs to somebody else: each is told apart, and does no harm."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.kubectl import apply, get, run
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, leftovers, start, workflows
from tests.e2e.node import database_reachable, left_on_node
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.long

OTHERS = "stress-tests-others"
LONER = {"app": "stress-tests-loner"}
"""A pod that somebody has made by hand."""


def _picks(**labels: str) -> dict[str, Any]:
    return {"selector": {"matchLabels": labels}}


def _fault(name: str, kind: str, at: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "at": f"{at}s", "duration": "4s", **more}


DATABASE = _picks(app="postgres")
FAULTS = [
    _fault("no-such-port", "NetworkPartition", 10, port=9, target=DATABASE),
    _fault("nobody-calls", "DatabaseUnavailable", 10, port=9, target=DATABASE),
    _fault("killed", "PodKill", 12, target=_picks(**LONER)),
    _fault("first", "DatabaseUnavailable", 18, port=5432, target=DATABASE),
    _fault(
        "second",
        "DatabaseUnavailable",
        18,
        port=5432,
        target=_picks(**{"statefulset.kubernetes.io/pod-name": "postgres-0"}),
    ),
]
CHECKS = [{"name": one["name"], "recovery": {"fault": one["name"]}, "max": "20s"} for one in FAULTS]


@pytest.fixture
def loner() -> Iterator[str]:
    """Its UID."""
    container = {
        "name": "api",
        "image": "stresscampaigns/demo-service:dev",
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "service.external"],
    }
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    metadata = {"name": "stress-tests-loner", "namespace": NAMESPACE, "labels": LONER}
    apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    run(
        "kubectl", "-n", NAMESPACE, "wait", "pod/stress-tests-loner", "--for=condition=Ready", "--timeout=60s"
    )
    yield _uid_of_loner()
    run("kubectl", "-n", NAMESPACE, "delete", "pod", "stress-tests-loner", "--ignore-not-found")


def _uid_of_loner() -> str:
    found = get("-n", NAMESPACE, "pod", "stress-tests-loner") or {"metadata": {"uid": "gone"}}
    return str(found["metadata"]["uid"])


def test_each_of_several_wrong_faults_is_told_apart_and_none_does_harm(loner: str) -> None:
    name = start(campaign("wrong-faults", load=workflows("40s"), faults=FAULTS, checks=CHECKS))
    status = finished(name, 150)
    pods = {fault["name"]: fault["pods"][0] for fault in status["faults"]}
    for nothing in ("no-such-port", "nobody-calls"):
        assert (pods[nothing]["outcome"], pods[nothing]["harmed"]) == ("Ended", 0), pods[nothing]
        assert f"fault {nothing} met nothing to break: 0 packets" in " ".join(status["invalidBecause"])
    assert pods["killed"]["outcome"] == "Refused"
    assert "gone for good" in pods["killed"]["message"]
    assert _uid_of_loner() == loner
    assert sorted(pods[one]["harmed"] > 0 for one in ("first", "second")) == [False, True], pods
    assert status["verdict"] == "Inconclusive"
    hit = {name for name, pod in pods.items() if pod.get("harmed")}
    assert {one["name"] for one in status["checks"] if one["verdict"] != "Inconclusive"} == hit
    _nothing_is_left(name)
    delete("wrong-faults")


@pytest.fixture
def _others() -> Iterator[None]:
    """A namespace whose owner has allowed nothing."""
    apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OTHERS}})
    yield
    run("kubectl", "delete", "namespace", OTHERS, "--wait=false")


@pytest.mark.usefixtures("_others")
def test_a_fault_in_a_namespace_of_others_keeps_the_whole_run_from_starting() -> None:
    there = {"namespace": OTHERS, **_picks(app="theirs")}
    fault = _fault("theirs", "PodKill", 1, target=there)
    name = start(campaign("theirs", faults=[fault], startTimeout="3s"))
    status = finished(name, 60)
    assert status["verdict"] == "Inconclusive"
    assert status["message"].startswith("NamespaceNotAllowed")
    assert f"kubectl label namespace {OTHERS} stresscampaigns.dev/allowed=true" in status["message"]
    assert [one["event"] for one in status["timeline"]] == ["NamespaceNotAllowed"]
    assert leftovers(name) == []
    delete("theirs")


def _nothing_is_left(run_name: str) -> None:
    assert leftovers(run_name) == []
    assert left_on_node() == []
    eventually(database_reachable, 20, "the database can be reached again")
