"""Small services beside the staging system, which harm nobody else whatever happens to them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from demo.kubectl import apply, run
from tests.e2e.campaigns import NAMESPACE
from tests.stress.probing import INSIDE

PORT = 8080
KIND = "small-services"
"""They share this label, and go by it."""


@dataclass(frozen=True)
class SmallService:
    """A Deployment and its Service, of one name; by default one that answers as the external API does."""

    name: str
    replicas: int = 1
    command: Sequence[str] = ("python", "-m", "service.external")
    path: str = "/healthz"
    slow_start: int = 0
    """Seconds before anybody asks whether it is ready."""
    patience: int = 15
    """Probes, one a second, that may fail before it is no longer ready."""

    @property
    def target(self) -> dict[str, Any]:
        """Its pods, for a fault, a neighbour, a campaign."""
        return {"selector": {"matchLabels": {"app": self.name}}}

    def manifests(self) -> list[dict[str, Any]]:
        """Both."""
        metadata = {"name": self.name, "namespace": NAMESPACE, "labels": {"kind": KIND}}
        labels = {"app": self.name}
        pod = {"metadata": {"labels": labels}, "spec": self._pod()}
        deployment = {"replicas": self.replicas, "selector": {"matchLabels": labels}, "template": pod}
        service = {"selector": labels, "ports": [{"port": PORT}]}
        return [
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": deployment},
            {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service},
        ]

    def _pod(self) -> dict[str, Any]:
        """Its user is told, as faults within a container need it."""
        asked = {"path": self.path, "port": PORT}
        ready = {"httpGet": asked, "periodSeconds": 1, "timeoutSeconds": 2}
        container = {
            "name": self.name,
            "image": "stresscampaigns/demo-service:dev",
            "imagePullPolicy": "IfNotPresent",
            "command": list(self.command),
            "readinessProbe": {
                **ready,
                "failureThreshold": self.patience,
                "initialDelaySeconds": self.slow_start,
            },
            "resources": {"limits": {"cpu": "500m", "memory": "128Mi"}, "requests": {"cpu": "20m"}},
        }
        security = {"runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532}
        return {
            "containers": [container],
            "securityContext": security,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
        }


def leaning(name: str, on: str) -> SmallService:
    """It is ready for as long as another service answers, or has done so within the last three seconds."""
    program = (INSIDE / "leans.py").read_text()
    url = f"http://{on}:{PORT}/healthz"
    command = ("python", "-c", program, str(PORT), url)
    return SmallService(name, command=command, path="/", patience=3)


@contextmanager
def small_services(*services: SmallService) -> Iterator[None]:
    """They are there, and ready."""
    for manifest in (one for service in services for one in service.manifests()):
        apply(manifest)
    try:
        for service in services:
            where = ("-n", NAMESPACE, "rollout", "status", f"deployment/{service.name}")
            run("kubectl", *where, "--timeout=120s")
        yield
    finally:
        run("kubectl", "-n", NAMESPACE, "delete", "deployment,service", "-l", f"kind={KIND}", "--wait=false")
