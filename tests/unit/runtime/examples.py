"""A campaign and a run as the API server would hold them."""

from copy import deepcopy
from typing import Any

from stresscampaigns.api.base import API_VERSION, CAMPAIGN_LABEL, FINALIZER
from stresscampaigns.runtime.store import Key

FAULT: dict[str, Any] = {
    "name": "db-away",
    "type": "NetworkPartition",
    "at": "4s",
    "duration": "2s",
    "port": 5432,
    "target": {"selector": {"matchLabels": {"app": "postgres"}}},
}
RECOVERS: dict[str, Any] = {"name": "recovers", "recovery": {"fault": "db-away"}, "max": "1s"}
ERRORS: dict[str, Any] = {"name": "errors", "errorRate": {}, "max": "30%"}
POOL: dict[str, Any] = {"name": "pool", "query": "max(db_pool)", "max": "0.9"}
SPEC: dict[str, Any] = {
    "target": {"url": "http://agents:8080", "selector": {"matchLabels": {"app": "agents"}}},
    "prometheus": {"url": "http://prometheus:9090"},
    "load": {
        "workers": 2,
        "stages": [{"name": "steady", "users": 1, "duration": "10s"}],
        "scenarios": [{"name": "http"}],
    },
    "faults": [FAULT],
    "checks": [RECOVERS, ERRORS, POOL],
}
CAMPAIGN = Key("StressCampaign", "staging", "smoke")
RUN = Key("StressRun", "staging", "smoke-1")


def campaign(**changes: Any) -> dict[str, Any]:
    """A campaign that runs once for each change of its spec."""
    metadata = {"name": CAMPAIGN.name, "namespace": CAMPAIGN.namespace}
    return {"apiVersion": API_VERSION, "metadata": metadata, "spec": {**deepcopy(SPEC), **changes}}


def run(name: str = RUN.name, intended: str = "2027-01-15T08:00:00Z", **changes: Any) -> dict[str, Any]:
    """A run that has no campaign any more; `changes` are to what it does."""
    metadata = {
        "name": name,
        "namespace": RUN.namespace,
        "labels": {CAMPAIGN_LABEL: CAMPAIGN.name},
        "finalizers": [FINALIZER],
    }
    spec = {
        "campaign": CAMPAIGN.name,
        "campaignGeneration": 1,
        "trigger": "Schedule",
        "intendedTime": intended,
        "template": {**deepcopy(SPEC), **changes},
    }
    return {"apiVersion": API_VERSION, "metadata": metadata, "spec": spec}
