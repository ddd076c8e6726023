"""A user's own Locust file with what it imports, in an image that is built from the load image."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.our_images import into_node
from cluster.settings import NODE
from demo.kubectl import apply, run
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, start

IMAGE = "stresscampaigns/own-load:test"
DOCKERFILE = """
FROM stresscampaigns/load:dev
COPY deps /opt/deps
COPY locustfile.py /locust/locustfile.py
"""
PACKAGE = """
PATH = "/readyz"
"""
USER = """
from locust import FastHttpUser, constant, task
from whereabouts import PATH

class Reader(FastHttpUser):
    wait_time = constant(0.1)

    @task
    def look(self):
        self.client.get(PATH, name="from {place}")
"""
SOURCES = {
    "the image": {"path": "/locust/locustfile.py"},
    "the ConfigMap": {"configMap": "own-image"},
}


@pytest.fixture(scope="module", autouse=True)
def own_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """In the node, as if it had been pulled; a second Locust file, which needs it, too, is in a ConfigMap."""
    context = tmp_path_factory.mktemp("own-image")
    _write(context / "Dockerfile", DOCKERFILE)
    _write(context / "locustfile.py", USER.format(place="the image"))
    _write(context / "deps" / "whereabouts" / "__init__.py", PACKAGE)
    run("docker", "build", "-q", "-t", IMAGE, str(context))
    into_node(IMAGE)
    metadata = {"name": "own-image", "namespace": NAMESPACE}
    data = {"locustfile.py": USER.format(place="the ConfigMap")}
    apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    yield
    run("kubectl", "-n", NAMESPACE, "delete", "configmap", "own-image")
    run("docker", "image", "rm", "-f", IMAGE)
    run("docker", "exec", NODE, "ctr", "-n", "k8s.io", "images", "rm", f"docker.io/{IMAGE}")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize("place", SOURCES)
def test_it_works_as_it_is_and_is_counted_exactly(place: str) -> None:
    load = {
        "workers": 1,
        "stages": [{"name": "only", "users": 1, "duration": "5s"}],
        "locustfile": {"image": IMAGE, **SOURCES[place]},
    }
    checks = [{"name": "errors", "errorRate": {"name": f"GET from {place}"}, "max": 0}]
    status = finished(start(campaign("own-image", load=load, checks=checks)), 120)
    assert status["verdict"] == "Passed", status["message"]
    assert status["load"]["requests"] == status["checks"][0]["samples"] > 10
    delete("own-image")
