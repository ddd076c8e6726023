"""Of which revision a pod is, its controller tells in a label; and which of its containers go on."""

import pytest

from stresscampaigns.adapters.pods import pod_view


@pytest.mark.parametrize(
    ("labels", "revision"),
    [
        ({"app": "agents", "pod-template-hash": "6f9c"}, "6f9c"),
        ({"controller-revision-hash": "db-57c"}, "db-57c"),
        ({"rollouts-pod-template-hash": "7d2"}, "7d2"),
        ({"app": "agents"}, None),
        (None, None),
    ],
    ids=["Deployment", "StatefulSet or DaemonSet", "Argo Rollout", "none", "no labels"],
)
def test_a_pod_tells_its_revision(labels: dict[str, str] | None, revision: str | None) -> None:
    assert pod_view({"metadata": {"name": "agents-1", "uid": "u-1", "labels": labels}}).revision == revision


def test_a_sidecar_that_kubernetes_lists_among_init_containers_is_one_of_the_pods() -> None:
    """Prometheus tells what it uses; what comes first and ends is none of those whose use is looked at."""
    proxy = {"name": "proxy", "restartPolicy": "Always", "resources": {"limits": {"memory": "64Mi"}}}
    spec = {"containers": [{"name": "agents"}], "initContainers": [{"name": "migrate"}, proxy]}
    status = {"initContainerStatuses": [{"name": "proxy", "restartCount": 2}]}
    view = pod_view({"metadata": {"name": "agents-1", "uid": "u-1"}, "spec": spec, "status": status})
    assert [(one.name, one.memory_limit, one.restarts) for one in view.containers] == [
        ("agents", None, 0),
        ("proxy", 64 * 2**20, 2),
    ]
