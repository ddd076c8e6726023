"""A real metrics-server, built from its Go module, for as long as a test needs it."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.base_images import ensure_base
from cluster.our_images import into_node
from cluster.tools import go_build
from demo.kubectl import CommandFailed, run
from tests.e2e.waiting import eventually

_SERVER, _API = (Path(__file__).with_name(f"metrics_{what}.yaml") for what in ("server", "api"))
_IMAGE = "stresscampaigns/metrics-server:test"
_PACKAGE = "sigs.k8s.io/metrics-server/cmd/metrics-server"
PODS = "/apis/metrics.k8s.io/v1beta1/namespaces/{}/pods"


@contextmanager
def metrics_server() -> Iterator[None]:
    """In a namespace of its own; afterwards all of its objects are gone, and nobody serves metrics.k8s.io."""
    _put_image()
    try:
        run("kubectl", "apply", "-f", str(_SERVER))
        rollout = ("rollout", "status", "deployment/metrics-server", "--timeout=120s")
        run("kubectl", "-n", "metrics-server", *rollout)
        # Not before: where no rule sends the Service's address to the pod yet, it leaves the node, and the API server
        # keeps the connection that it gets to whoever answers there.
        run("kubectl", "apply", "-f", str(_API))
        eventually(_tells, 180, "metrics.k8s.io tells of the staging system's pods")
        yield
    finally:
        # First of all: no namespace can be deleted while an API is registered that nobody serves.
        for what in (_API, _SERVER):
            run("kubectl", "delete", "-f", str(what), "--ignore-not-found", "--timeout=90s")


def _put_image() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(go_build("metrics-server", _PACKAGE), Path(folder) / "metrics-server")
        lines = (f"FROM {ensure_base()}", "COPY metrics-server /", 'ENTRYPOINT ["/metrics-server"]')
        (Path(folder) / "Dockerfile").write_text("\n".join(lines))
        subprocess.run(["docker", "build", "-q", "-t", _IMAGE, folder], check=True, stdout=sys.stderr)
    into_node(_IMAGE)


def _tells() -> bool:
    try:
        return '"usage"' in run("kubectl", "get", "--raw", PODS.format("staging"))
    except CommandFailed:
        return False
