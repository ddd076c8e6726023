"""Load pods that never get going: the run says what Kubernetes says, ends Inconclusive, and takes them away."""

from collections.abc import Iterator
from typing import Any

import pytest

from cluster.settings import NODE
from demo.deploy import install_operator
from demo.kubectl import apply, run
from tests.e2e.admission import staged
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, leftovers, start


@pytest.fixture
def no_node() -> Iterator[None]:
    """The only node takes no more pods."""
    run("kubectl", "cordon", NODE)
    yield
    run("kubectl", "uncordon", NODE)


@pytest.fixture
def full_namespace() -> Iterator[None]:
    """A quota that is used up."""
    metadata = {"name": "used-up", "namespace": NAMESPACE}
    apply(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "1"}}}
    )
    yield
    run("kubectl", "-n", NAMESPACE, "delete", "resourcequota", "used-up")


@pytest.fixture
def small_pods_only() -> Iterator[None]:
    """Limits that our pods are too large for."""
    metadata = {"name": "small-only", "namespace": NAMESPACE}
    spec = {"limits": [{"type": "Container", "max": {"memory": "256Mi"}}]}
    apply({"apiVersion": "v1", "kind": "LimitRange", "metadata": metadata, "spec": spec})
    yield
    run("kubectl", "-n", NAMESPACE, "delete", "limitrange", "small-only")


@pytest.fixture
def tidy_namespace() -> Iterator[None]:
    """A quota on requests and limits of both kinds, and defaults for whoever sets none: there is room for us."""
    metadata = {"name": "tidy", "namespace": NAMESPACE}
    hard = {"requests.cpu": "4", "limits.cpu": "20", "requests.memory": "8Gi", "limits.memory": "16Gi"}
    small = {"cpu": "100m", "memory": "64Mi"}
    defaults = {"limits": [{"type": "Container", "default": small, "defaultRequest": small}]}
    apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}})
    apply({"apiVersion": "v1", "kind": "LimitRange", "metadata": metadata, "spec": defaults})
    yield
    run("kubectl", "-n", NAMESPACE, "delete", "resourcequota,limitrange", "tidy")


@pytest.fixture
def no_image() -> Iterator[None]:
    """An operator whose load image nobody has."""
    install_operator("--set", "images.load=stresscampaigns/load:not-there", "--wait", "--timeout=120s")
    yield
    install_operator("--wait", "--timeout=120s")


def test_no_room_on_any_node(no_node: None) -> None:
    _ends_inconclusive("no-room", "Unschedulable")


def test_no_room_in_the_namespaces_quota(full_namespace: None) -> None:
    _ends_inconclusive("no-quota", "exceeded quota: used-up")


def test_pods_larger_than_the_namespace_allows(small_pods_only: None) -> None:
    _ends_inconclusive("too-large", "maximum memory usage per Container is 256Mi")


def test_under_a_quota_and_default_limits_the_load_runs_as_ever(tidy_namespace: None) -> None:
    status = finished(start(campaign("tidy")), 120)
    assert status["verdict"] == "Passed", status["message"]
    delete("tidy")


def test_an_image_that_cannot_be_pulled(no_image: None) -> None:
    _ends_inconclusive("no-image", "load:not-there")


def test_a_login_in_a_secret_that_is_not_there() -> None:
    source = {"secretKeyRef": {"name": "no-such-login", "key": "token"}}
    load = staged(headers=[{"name": "Authorization", "valueFrom": source}])
    _ends_inconclusive("no-login", 'secret "no-such-login" not found', startTimeout="8s", load=load)


def _ends_inconclusive(name: str, words: str, **changes: Any) -> None:
    run_name = start(campaign(name, **{"startTimeout": "15s", **changes}))
    status = finished(run_name, 120)
    assert status["verdict"] == "Inconclusive"
    assert status["message"].startswith("LoadPodsNotStarting")
    assert words in status["message"]
    assert leftovers(run_name) == []
    delete(name)
