"""One pod of the demo service's image beside the staging system, which no controller makes again."""

from collections.abc import Sequence
from typing import Any

from demo.kubectl import apply, run
from tests.e2e.campaigns import NAMESPACE

_USER = {"runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532}


def put_pod(name: str, command: Sequence[str], container: dict[str, Any], spec: dict[str, Any]) -> None:
    """It is there and ready, under a label `app` of its name.

    Args:
        container: what else its container has.
        spec: what else the pod has.
    """
    whole = {
        "name": name,
        "image": "stresscampaigns/demo-service:dev",
        "imagePullPolicy": "IfNotPresent",
        "command": list(command),
        **container,
    }
    pod = {
        "securityContext": {**_USER, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [whole],
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
        **spec,
    }
    metadata = {"name": name, "namespace": NAMESPACE, "labels": {"app": name}}
    apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod})
    run("kubectl", "-n", NAMESPACE, "wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s")
