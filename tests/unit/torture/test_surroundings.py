"""Between two rounds of torture: what is missing before the cluster is whole again."""

from typing import Any

from tests.torture.surroundings import lacking


def pod(name: str, ready: str = "True", **metadata: Any) -> dict[str, Any]:
    about = {"name": name, "namespace": "staging", "labels": {"app": "agents", "hash": "1"}, **metadata}
    return {"kind": "Pod", "metadata": about, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


def deployment(replicas: int) -> dict[str, Any]:
    """Its status is of before its pods were deleted: the controller manager is away."""
    return {
        "kind": "Deployment",
        "metadata": {"name": "agents", "namespace": "staging"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "agents"}}},
        "status": {"readyReplicas": replicas},
    }


def test_a_cluster_with_all_its_pods_ready_is_whole() -> None:
    assert lacking([deployment(2), pod("a"), pod("b")]) == []


def test_pods_that_nobody_has_made_yet_are_missing() -> None:
    assert lacking([deployment(3)]) == ["agents has 0 of 3 pods"]


def test_pods_that_go_or_are_not_ready_are_missing_and_stand_for_none() -> None:
    going = pod("b", deletionTimestamp="2026-01-01T00:00:00Z")
    assert lacking([deployment(2), pod("a", ready="False"), going]) == ["a ", "b ", "agents has 0 of 2 pods"]


def test_pods_of_another_namespace_or_of_other_labels_stand_for_none() -> None:
    others = [pod("a", namespace="elsewhere"), pod("b", labels={"app": "postgres"}), pod("c", labels=None)]
    assert lacking([deployment(1), *others]) == ["agents has 0 of 1 pods"]
