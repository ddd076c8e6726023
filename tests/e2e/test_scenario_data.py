"""Scenarios with data on the cluster: every worker finds its rows, and the statistics keep the template."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.kubectl import apply, run
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, start

ROUTES, QUERIES = "GET /${route}", "POST /queries?customer=${customer}"
FILES = {
    "routes.csv": "route\nhealthz\nreadyz\n",
    "queries.jsonl": '{"customer": "A/B & C", "milliseconds": 5}\n{"customer": "ü", "milliseconds": 10}\n',
    "secret.txt": "no scenario asks for this",
}


@pytest.fixture(autouse=True)
def _config_map() -> Iterator[None]:
    metadata = {"name": "stress-data", "namespace": NAMESPACE}
    apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": FILES})
    yield
    delete("with-data")
    run("kubectl", "-n", NAMESPACE, "delete", "configmap", "stress-data")


def _scenario(key: str, **parameters: Any) -> dict[str, Any]:
    return {"name": "http", "parameters": parameters, "data": {"configMap": "stress-data", "key": key}}


def test_requests_that_no_row_had_filled_would_all_fail() -> None:
    """There is no route `/${route}`, and `${milliseconds}` is no number: either is an answer of 4xx."""
    body = {"milliseconds": "${milliseconds}"}
    load = {
        "workers": 2,
        "stages": [{"name": "only", "users": 4, "duration": "6s"}],
        "scenarios": [
            _scenario("routes.csv", path="/${route}", expectedStatus=200),
            _scenario("queries.jsonl", method="POST", path="/queries?customer=${customer}", body=body),
        ],
    }
    checks = [
        {"name": "routes", "errorRate": {"name": ROUTES}, "max": "0%"},
        {"name": "queries", "errorRate": {"name": QUERIES}, "max": "0%"},
    ]
    status = finished(start(campaign("with-data", load=load, checks=checks)))
    assert status["verdict"] == "Passed", status["message"]
    samples = [check["samples"] for check in status["checks"]]
    assert min(samples) > 10
    assert sum(samples) == status["load"]["requests"]
