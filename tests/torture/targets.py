"""What the rounds need beside the staging system: a pod with a volume to be filled, and an image with programs."""

from pathlib import Path
from typing import Any, Self

from cluster.our_images import into_node
from cluster.settings import NODE
from demo.kubectl import apply, run
from tests.e2e.campaigns import NAMESPACE
from tests.torture.drawing import OWN_IMAGE, SCRATCH
from tests.torture.inside.volumes import PATH

_PROGRAMS = Path(__file__).parent / "own"
_SIZE = "16Mi"


class Targets:
    """There from `with` to its end."""

    def __enter__(self) -> Self:
        """Everything is there, and ready."""
        run("docker", "build", "-q", "-t", OWN_IMAGE, str(_PROGRAMS))
        into_node(OWN_IMAGE)
        apply(_with_volume())
        run("kubectl", "-n", NAMESPACE, "rollout", "status", f"deployment/{SCRATCH}", "--timeout=60s")
        return self

    def __exit__(self, *raised: object) -> None:
        """Taken away."""
        run("kubectl", "-n", NAMESPACE, "delete", "deployment", SCRATCH, "--ignore-not-found")
        run("docker", "image", "rm", "-f", OWN_IMAGE)
        run("docker", "exec", NODE, "ctr", "-n", "k8s.io", "images", "rm", f"docker.io/{OWN_IMAGE}")


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
