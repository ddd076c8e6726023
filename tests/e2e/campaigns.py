"""Campaigns for the tests: short ones, against the staging system."""

from typing import Any

from demo.kubectl import apply, get, run
from tests.e2e.waiting import eventually

NAMESPACE = "staging"
DATABASE_CUT: dict[str, Any] = {
    "name": "cut",
    "type": "NetworkPartition",
    "at": "12s",
    "duration": "8s",
    "port": 5432,
    "target": {"selector": {"matchLabels": {"app": "postgres"}}},
}
"""The database out of reach from 12 s to 20 s of the load."""
RECOVERS: list[dict[str, Any]] = [{"name": "recovers", "recovery": {"fault": "cut"}, "max": "15s"}]
"""A check on that cut, or on another fault of this name."""


def workflows(duration: str) -> dict[str, Any]:
    """A load of three users for so long."""
    return {
        "workers": 1,
        "stages": [{"name": "only", "users": 3, "duration": duration}],
        "scenarios": [{"name": "agent-workflow"}],
    }


LONG_LOAD = workflows("10m")
"""For a run that something else ends."""


def campaign(name: str, **changes: Any) -> dict[str, Any]:
    """A valid campaign of a few seconds; `changes` replace parts of its spec."""
    spec: dict[str, Any] = {
        "target": {"url": "http://agents.staging:8080", "selector": {"matchLabels": {"app": "agents"}}},
        "prometheus": {"url": "http://prometheus.monitoring:9090"},
        "load": workflows("6s"),
        "checks": [{"name": "errors", "errorRate": {}, "max": "1%"}],
        "startTimeout": "30s",
    }
    metadata = {"name": name, "namespace": NAMESPACE}
    return {
        "apiVersion": "stresscampaigns.dev/v1alpha1",
        "kind": "StressCampaign",
        "metadata": metadata,
        "spec": {**spec, **changes},
    }


def without_prometheus(name: str, **changes: Any) -> dict[str, Any]:
    """The same, for a cluster that has none."""
    manifest = campaign(name, **changes)
    del manifest["spec"]["prometheus"]
    return manifest


def start(manifest: dict[str, Any]) -> str:
    """Apply a campaign; the name of its first run."""
    name = manifest["metadata"]["name"]
    run("kubectl", "-n", NAMESPACE, "delete", "stresscampaign", name, "--ignore-not-found", "--timeout=60s")
    apply(manifest)
    return f"{name}-g1"


def delete(name: str) -> None:
    """Delete a campaign without waiting."""
    run("kubectl", "-n", NAMESPACE, "delete", "stresscampaign", name, "--ignore-not-found", "--wait=false")


def status_of(run_name: str) -> dict[str, Any]:
    """A run's status; empty while there is none."""
    return (get("-n", NAMESPACE, "stressrun", run_name) or {}).get("status") or {}


def pod_in_force(run_name: str, seconds: float = 90) -> str:
    """The pod in which a fault of a run is in force, once one is."""

    def look() -> str | None:
        faults = status_of(run_name).get("faults") or []
        hit = [pod["pod"] for fault in faults for pod in fault.get("pods") or [] if pod.get("injectedAt")]
        return next(iter(hit), None)

    return eventually(look, seconds, f"a fault of {run_name} is in force")


def finished(run_name: str, seconds: float = 120) -> dict[str, Any]:
    """The status of a run once it is finished."""

    def look() -> dict[str, Any] | None:
        status = status_of(run_name)
        return status if status.get("phase") == "Finished" else None

    return eventually(look, seconds, f"{run_name} is finished")


def leftovers(run_name: str) -> list[str]:
    """What of a run's load is still in the namespace; its record stays as long as the run."""
    selector = f"stresscampaigns.dev/run={run_name},stresscampaigns.dev/role!=record"
    found = get("-n", NAMESPACE, "jobs,pods,configmaps,services", "-l", selector) or {"items": []}
    return [f"{item['kind']}/{item['metadata']['name']}" for item in found["items"]]
