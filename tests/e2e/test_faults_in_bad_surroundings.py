"""Faults where something is in their way: it is said, the rest of the run goes on, and nothing is left behind."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.kubectl import apply, run
from tests.e2e.campaigns import (
    NAMESPACE,
    RECOVERS,
    campaign,
    delete,
    finished,
    leftovers,
    pod_in_force,
    start,
    workflows,
)

CLOSED = "stress-tests-restricted"
"""Its Pod Security forbids what is not as restricted as can be."""
LABELS = {
    "stresscampaigns.dev/allowed": "true",
    "pod-security.kubernetes.io/enforce": "restricted",
}
API = {"app": "restricted-api"}
REACHED = f"restricted-api.{CLOSED}"
LOAD: dict[str, Any] = {
    "workers": 1,
    "stages": [{"name": "only", "users": 2, "duration": "26s"}],
    "scenarios": [{"name": "http", "parameters": {"path": "/healthz", "thinkTime": "100ms"}}],
}
ERRORS = [{"name": "errors", "errorRate": {}, "max": "1%"}]


@pytest.fixture(scope="module")
def _restricted() -> Iterator[None]:
    """A namespace of its own with an API in it, and the operator's rights there."""
    apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": CLOSED, "labels": LABELS}})
    apply(_rights())
    apply(_deployment())
    apply(_service())
    run("kubectl", "-n", CLOSED, "rollout", "status", "deployment/restricted-api", "--timeout=120s")
    yield
    run("kubectl", "delete", "namespace", CLOSED, "--wait=false")


def _rights() -> dict[str, Any]:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "stresscampaigns", "namespace": CLOSED},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "stresscampaigns-namespace"},
        "subjects": [{"kind": "ServiceAccount", "name": "stresscampaigns", "namespace": "stresscampaigns"}],
    }


def _deployment() -> dict[str, Any]:
    security = {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {
        "name": "api",
        "image": "stresscampaigns/demo-service:dev",
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "service.external"],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 2},
        "resources": {
            "requests": {"cpu": "20m", "memory": "48Mi"},
            "limits": {"cpu": "500m", "memory": "128Mi"},
        },
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    template = {
        "metadata": {"labels": API},
        "spec": {
            "securityContext": security,
            "containers": [container],
            "automountServiceAccountToken": False,
        },
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "restricted-api", "namespace": CLOSED},
        "spec": {"replicas": 1, "selector": {"matchLabels": API}, "template": template},
    }


def _service() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "restricted-api", "namespace": CLOSED},
        "spec": {"selector": API, "ports": [{"port": 8080}]},
    }


def _restricted_campaign(name: str, fault: dict[str, Any]) -> dict[str, Any]:
    target = {"namespace": CLOSED, "url": f"http://{REACHED}:8080", "selector": {"matchLabels": API}}
    return campaign(name, target=target, load=LOAD, faults=[fault], checks=ERRORS)


@pytest.mark.usefixtures("_restricted")
def test_where_pod_security_forbids_the_sidecar_the_run_ends_and_says_what_is_forbidden() -> None:
    cut = {"name": "cut", "type": "NetworkPartition", "at": "10s", "duration": "3s", "port": 8080}
    name = start(_restricted_campaign("restricted-cut", cut))
    status = finished(name, 120)
    assert status["verdict"] == "Inconclusive"
    assert "violates PodSecurity" in status["message"]
    assert "NET_ADMIN" in status["message"]
    assert leftovers(name) == []
    delete("restricted-cut")


@pytest.mark.usefixtures("_restricted")
def test_where_pod_security_is_restricted_pressure_from_within_works() -> None:
    busy = {"name": "busy", "type": "CpuPressure", "at": "10s", "duration": "3s", "amount": "50%"}
    name = start(_restricted_campaign("restricted-busy", busy))
    status = finished(name, 120)
    (pod,) = status["faults"][0]["pods"]
    assert (pod["outcome"], pod["unit"]) == ("Ended", "CPU milliseconds burnt"), pod
    assert pod["harmed"] > 0
    assert leftovers(name) == []
    delete("restricted-busy")


def test_a_target_that_dies_under_the_fault_takes_it_along_and_the_run_says_so() -> None:
    fault = {"name": "cut", "type": "NetworkPartition", "at": "10s", "duration": "12s", "port": 5432}
    name = start(campaign("target-dies", load=workflows("26s"), faults=[fault], checks=RECOVERS))
    pod = pod_in_force(name)
    run("kubectl", "-n", NAMESPACE, "delete", "pod", pod, "--grace-period=0", "--force")
    status = finished(name, 120)
    (hit,) = status["faults"][0]["pods"]
    assert (hit["pod"], hit["outcome"]) == (pod, "Lost")
    assert "the pod or its sidecar is gone" in hit["message"]
    assert status["verdict"] == "Inconclusive"
    assert status["checks"][0]["verdict"] == "Inconclusive"
    assert leftovers(name) == []
    run("kubectl", "-n", NAMESPACE, "rollout", "status", "deployment/agents", "--timeout=60s")
    delete("target-dies")
