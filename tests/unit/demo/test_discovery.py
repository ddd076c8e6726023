"""Which pods Prometheus is told of."""

from typing import Any

import pytest

from service.discovery import kubelets, targets

SCRAPED = {"prometheus.io/scrape": "true"}


def pod(annotations: dict[str, str] | None = None, phase: str = "Running", **labels: str) -> dict[str, Any]:
    metadata = {"name": "agents-1", "namespace": "staging", "annotations": annotations, "labels": labels}
    return {"metadata": metadata, "status": {"phase": phase, "podIP": "10.0.0.7"}}


def test_a_pod_that_wants_it_is_scraped_where_it_says() -> None:
    wants = {**SCRAPED, "prometheus.io/port": "9646", "prometheus.io/path": "/m"}
    (group,) = targets([pod(wants, app="agents")])
    assert group["targets"] == ["10.0.0.7:9646"]
    assert group["labels"] == {
        "__metrics_path__": "/m",
        "namespace": "staging",
        "pod": "agents-1",
        "app": "agents",
    }


def test_port_and_path_have_their_usual_values() -> None:
    (group,) = targets([pod(SCRAPED)])
    assert group["targets"] == ["10.0.0.7:8080"]
    assert group["labels"]["__metrics_path__"] == "/metrics"


@pytest.mark.parametrize(
    "unwanted",
    [
        pod(None),
        pod({}),
        pod({"prometheus.io/scrape": "false"}),
        pod(SCRAPED, phase="Succeeded"),
        {**pod(SCRAPED), "status": {"phase": "Running"}},
    ],
    ids=["nothing said", "no annotation", "not wanted", "ended", "no address yet"],
)
def test_other_pods_are_left_alone(unwanted: dict[str, Any]) -> None:
    assert targets([unwanted]) == []


def test_a_nodes_kubelet_is_told_once_however_many_pods_are_on_it() -> None:
    there = [{"status": {"hostIP": host}} for host in ("10.1.0.2", "10.1.0.1", "10.1.0.2")]
    assert kubelets([*there, {"status": {}}]) == [{"targets": ["10.1.0.1:10250", "10.1.0.2:10250"]}]
