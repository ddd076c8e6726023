"""`python -m service.discovery NAMESPACE...`: tells Prometheus over HTTP which pods want to be scraped, and on
`/kubelets` where the kubelets of these pods' nodes are.

Debian's Prometheus is built without its own discovery for Kubernetes; it asks here instead.
Protocol: Prometheus, "Writing HTTP service discovery".
"""

import json
import ssl
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_PREFIX = "prometheus.io/"


def targets(pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Running pods with the annotation, as Prometheus' target groups. Pure."""
    return [_group(pod) for pod in pods if _wanted(pod)]


def kubelets(pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the nodes on which these pods are, as a target group. Pure."""
    hosts = sorted({pod["status"]["hostIP"] for pod in pods if "hostIP" in pod["status"]})
    return [{"targets": [f"{host}:10250" for host in hosts]}]


def _wanted(pod: dict[str, Any]) -> bool:
    annotations = pod["metadata"].get("annotations") or {}
    running = pod["status"].get("phase") == "Running" and "podIP" in pod["status"]
    return running and annotations.get(f"{_PREFIX}scrape") == "true"


def _group(pod: dict[str, Any]) -> dict[str, Any]:
    metadata = pod["metadata"]
    annotations, labels = metadata["annotations"], metadata.get("labels") or {}
    return {
        "targets": [f"{pod['status']['podIP']}:{annotations.get(f'{_PREFIX}port', '8080')}"],
        "labels": {
            "__metrics_path__": annotations.get(f"{_PREFIX}path", "/metrics"),
            "namespace": metadata["namespace"],
            "pod": metadata["name"],
            "app": labels.get("app") or labels.get("app.kubernetes.io/name", ""),
        },
    }


def _pods(namespace: str) -> list[dict[str, Any]]:
    url = f"https://kubernetes.default.svc/api/v1/namespaces/{namespace}/pods"
    token = (_ACCOUNT / "token").read_text()
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    context = ssl.create_default_context(cafile=str(_ACCOUNT / "ca.crt"))
    with urllib.request.urlopen(request, timeout=5, context=context) as response:  # noqa: S310
        items: list[dict[str, Any]] = json.load(response)["items"]
    return items


class Answer(BaseHTTPRequestHandler):
    """GET of `/kubelets`: those; of anything else: the pods."""

    namespaces: tuple[str, ...] = ()

    def do_GET(self) -> None:
        """Ask the API server anew; when it is away, Prometheus keeps what it knew."""
        try:
            pods = [pod for namespace in self.namespaces for pod in _pods(namespace)]
        except OSError as error:
            self.send_error(503, f"the API server does not answer: {error}")
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        found = kubelets(pods) if self.path == "/kubelets" else targets(pods)
        self.wfile.write(json.dumps(found).encode())

    def log_message(self, *_: object) -> None:
        """A line every second would tell nothing."""


if __name__ == "__main__":
    Answer.namespaces = tuple(sys.argv[1:])
    HTTPServer(("127.0.0.1", 8081), Answer).serve_forever()
