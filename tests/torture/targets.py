"""What the rounds need beside the staging system: a pod with a volume to be filled, and an image with programs."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cluster.our_images import into_node
from cluster.settings import NODE
from demo.kubectl import apply, run
from tests.e2e.campaigns import NAMESPACE
from tests.torture.drawing import OWN_IMAGE, SCRATCH
from tests.torture.inside.volumes import PATH

_PROGRAMS = Path(__file__).parent / "own"
_SIZE = "16Mi"


@contextmanager
def targets(types: Collection[str]) -> Iterator[None]:
    """Those that faults of these types need, from `with` to its end."""
    with ExitStack() as stack:
        if "Custom" in types:
            stack.enter_context(own_image())
        if "DiskFull" in types:
            stack.enter_context(volume())
        yield


@contextmanager
def own_image() -> Iterator[None]:
    """In the node, as if it had been pulled."""
    run("docker", "build", "-q", "-t", OWN_IMAGE, str(_PROGRAMS))
    try:
        into_node(OWN_IMAGE)
        yield
    finally:
        run("docker", "image", "rm", "-f", OWN_IMAGE)
        run("docker", "exec", NODE, "ctr", "-n", "k8s.io", "images", "rm", f"docker.io/{OWN_IMAGE}")


@contextmanager
def volume() -> Iterator[None]:
    """In a pod that is ready."""
    apply(_with_volume())
    try:
        run("kubectl", "-n", NAMESPACE, "rollout", "status", f"deployment/{SCRATCH}", "--timeout=60s")
        yield
    finally:
        run("kubectl", "-n", NAMESPACE, "delete", "deployment", SCRATCH, "--ignore-not-found")


def _with_volume() -> dict[str, Any]:
    """In memory: what is filled is the pod's own, and no disk of the node's."""
    container = {
        "name": SCRATCH,
        "image": "stresscampaigns/demo-service:dev",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "infinity"],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "volumeMounts": [{"name": "scratch", "mountPath": PATH}],
    }
    user = {"runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532}
    spec = {
        "securityContext": {**user, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [{"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": _SIZE}}],
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
    }
    labels = {"app": SCRATCH}
    template = {"metadata": {"labels": labels}, "spec": spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": SCRATCH, "namespace": NAMESPACE, "labels": labels},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }
