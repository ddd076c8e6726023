"""What only the operator can see: the run waits, then ends Inconclusive with words that say what to do."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.kubectl import apply, get, run
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, leftovers, start

CLOSED, UNBOUND, LOAD_ALONE = "stress-tests-closed", "stress-tests-unbound", "stress-tests-load-alone"
OPERATORS = "stresscampaigns"
AGENTS = {"matchLabels": {"app": "agents"}}
URL = "http://agents.staging:8080"
FAULT = {"name": "cut", "type": "NetworkPartition", "at": "1s", "duration": "2s", "port": 5432}
LOAD: dict[str, Any] = {"workers": 1, "stages": [{"name": "only", "users": 1, "duration": "5s"}]}
HTTP: dict[str, Any] = {"name": "http"}
BY_ID: dict[str, Any] = {"name": "http", "parameters": {"path": "/items/${id}"}}

WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "no-opt-in": (
        {"target": {"namespace": CLOSED, "url": URL, "selector": AGENTS}},
        "NamespaceNotAllowed",
        f"kubectl label namespace {CLOSED} stresscampaigns.dev/allowed=true",
    ),
    "no-consent-to-faults": (
        {"target": {"namespace": LOAD_ALONE, "url": URL, "selector": AGENTS}, "faults": [FAULT]},
        "FaultsNotAllowed",
        f"kubectl label namespace {LOAD_ALONE} stresscampaigns.dev/allowed=true --overwrite",
    ),
    "operators-own": (
        {"target": {"namespace": OPERATORS, "url": URL, "selector": AGENTS}},
        "NamespaceProtected",
        "the operator's own",
    ),
    "url-leads-elsewhere": (
        {"target": {"url": "http://kubernetes.default.svc:443", "selector": AGENTS}},
        "NamespaceNotAllowed",
        "leads there: namespace default has not opted in",
    ),
    "too-many-pods": (
        {"faults": [{**FAULT, "mode": "all"}], "faultLimits": {"maxShare": "10%"}},
        "FaultShareExceeded",
        "spec.faultLimits.maxShare allows 0 (10%)",
    ),
    "no-namespace": (
        {"target": {"namespace": "not-there", "url": URL, "selector": AGENTS}},
        "NamespaceNotFound",
        "correct the campaign's `namespace`",
    ),
    "no-rights": (
        {"target": {"namespace": UNBOUND, "url": URL, "selector": AGENTS}},
        "NamespaceNotPermitted",
        "add it to the chart's value `namespaces`",
    ),
    "no-pod": (
        {"target": {"url": URL, "selector": {"matchLabels": {"app": "not-there"}}}},
        "TargetNotFound",
        "app=not-there in namespace staging matches no pod",
    ),
    "target-down": (
        {"target": {"url": "http://agents.staging:9", "selector": AGENTS}},
        "TargetUnreachable",
        "does not answer",
    ),
    "target-unknown": (
        {"target": {"url": "http://not-there.staging:8080", "selector": AGENTS}},
        "TargetUnreachable",
        "http://not-there.staging:8080 does not answer",
    ),
    "rate-beyond-workers": (
        {
            "load": {
                **LOAD,
                "stages": [{"name": "only", "rate": 40_000, "duration": "5s"}],
                "scenarios": [HTTP],
            }
        },
        "RateBeyondWorkers",
        "1 can send 32000 arrivals a second at most, the stages ask for 40000; give workers: 3",
    ),
    "fault-without-pod": (
        {
            "faults": [
                {
                    "name": "cut",
                    "type": "NetworkPartition",
                    "at": "1s",
                    "duration": "2s",
                    "port": 5432,
                    "target": {"selector": {"matchLabels": {"app": "not-there"}}},
                }
            ]
        },
        "FaultTargetNotFound",
        "spec.faults[cut].target",
    ),
    "prometheus-away": (
        {"prometheus": {"url": "http://prometheus.monitoring:9"}},
        "PrometheusUnavailable",
        "see that spec.prometheus.url is right",
    ),
    "prometheus-nonsense": (
        {"prometheus": {"url": f"{URL}/readyz"}},
        "PrometheusUnavailable",
        "see that spec.prometheus.url is right",
    ),
    "locustfile-syntax": (
        {"load": {**LOAD, "locustfile": {"configMap": "stress-tests", "key": "syntax.py"}}},
        "LoadFailed",
        "syntax.py, line 2",
    ),
    "locustfile-raises": (
        {"load": {**LOAD, "locustfile": {"configMap": "stress-tests", "key": "raises.py"}}},
        "LoadFailed",
        "raises.py, line 2: ValueError: mine",
    ),
    "locustfile-never-yields": (
        {"load": {**LOAD, "locustfile": {"configMap": "stress-tests", "key": "stuck.py"}}},
        "LoadFailed",
        'stuck.py", line 7 in health',
    ),
    "locustfile-no-user": (
        {"load": {**LOAD, "locustfile": {"configMap": "stress-tests", "key": "empty.py"}}},
        "LoadFailed",
        "defines no User class",
    ),
    "locustfile-missing": (
        {"load": {**LOAD, "locustfile": {"configMap": "not-there"}}},
        "LoadPodsNotStarting",
        'configmap "not-there" not found',
    ),
    "image-of-others": (
        {"load": {**LOAD, "locustfile": {"image": "stresscampaigns/fault:dev", "path": "/own.py"}}},
        "LoadFailed",
        "stresscampaigns/fault:dev must be built FROM the operator's own load image",
    ),
    "image-missing": (
        {"load": {**LOAD, "locustfile": {"image": "stresscampaigns/load:own", "path": "/own.py"}}},
        "LoadPodsNotStarting",
        "stresscampaigns/load:own",
    ),
    "image-without-file": (
        {"load": {**LOAD, "locustfile": {"image": "stresscampaigns/load:dev", "path": "/own.py"}}},
        "LoadFailed",
        "/own.py is not there",
    ),
    "data-missing": (
        {"load": {**LOAD, "scenarios": [{**BY_ID, "data": {"configMap": "not-there", "key": "items.csv"}}]}},
        "LoadFailed",
        "scenario http: data not-there/items.csv: is not there: does the ConfigMap not-there exist",
    ),
    "data-key-missing": (
        {"load": {**LOAD, "scenarios": [{**BY_ID, "data": {"configMap": "stress-tests", "key": "no.csv"}}]}},
        "LoadFailed",
        "and hold the key no.csv?",
    ),
    "data-column-missing": (
        {"load": {**LOAD, "scenarios": [{**BY_ID, "data": {"configMap": "stress-tests", "key": "a.csv"}}]}},
        "LoadFailed",
        "scenario http: data stress-tests/a.csv: has no column for ${id}; its columns are 'customer'",
    ),
    "parameter-unknown": (
        {"load": {**LOAD, "scenarios": [{"name": "agent-workflow", "parameters": {"tinkTime": "1s"}}]}},
        "LoadFailed",
        "scenario agent-workflow: parameters: tinkTime",
    ),
}

OWN_USER = """
from locust import FastHttpUser, constant, task

class Reader(FastHttpUser):
    wait_time = constant(0.1)

    @task
    def health(self):
        self.client.get("/readyz")
"""
STUCK_USER = """
from locust import FastHttpUser, task

class Reader(FastHttpUser):
    @task
    def health(self):
        while True: pass
"""


@pytest.fixture(scope="module", autouse=True)
def started() -> Iterator[None]:
    """All at once: runs against one namespace take turns by themselves."""
    allowed = "stresscampaigns.dev/allowed"
    for namespace, labels in ((CLOSED, {}), (UNBOUND, {allowed: "true"}), (LOAD_ALONE, {allowed: "load"})):
        apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
    files = {
        "syntax.py": "import locust\nclass :\n",
        "empty.py": "import locust\n",
        "raises.py": "import locust\nraise ValueError('mine')\n",
        "stuck.py": STUCK_USER,
        "own.py": OWN_USER,
        "a.csv": "customer\nAalto\n",
    }
    metadata = {"name": "stress-tests", "namespace": NAMESPACE}
    apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": files})
    for name, (changes, _, _) in WRONG.items():
        start(campaign(name, **{"startTimeout": "10s", **changes}))
    own = {**LOAD, "locustfile": {"configMap": "stress-tests", "key": "own.py"}}
    start(campaign("own-locustfile", load=own))
    yield
    for name in (*WRONG, "own-locustfile"):
        delete(name)
    run("kubectl", "delete", "namespace", CLOSED, UNBOUND, LOAD_ALONE, "--wait=false")
    run("kubectl", "-n", NAMESPACE, "delete", "configmap", "stress-tests")


@pytest.mark.parametrize("name", WRONG)
def test_it_ends_inconclusive_and_says_what_to_do(name: str) -> None:
    _, reason, words = WRONG[name]
    status = finished(f"{name}-g1", 300)
    assert status["verdict"] == "Inconclusive"
    assert status["message"].startswith(reason)
    assert words in status["message"]
    assert _condition(status, "Passed") == ("Unknown", "Inconclusive")
    assert _condition(status, "ResultsValid")[0] == "False"
    assert reason in _event_reasons(f"{name}-g1")
    assert leftovers(f"{name}-g1") == []


def test_a_locust_file_of_the_users_own_is_counted_exactly() -> None:
    status = finished("own-locustfile-g1", 300)
    assert status["verdict"] == "Passed", status["message"]
    assert status["load"]["requests"] == status["checks"][0]["samples"] > 10


def _condition(status: dict[str, Any], kind: str) -> tuple[str, str]:
    return next((one["status"], one["reason"]) for one in status["conditions"] if one["type"] == kind)


def _event_reasons(run_name: str) -> set[str]:
    found = get("-n", NAMESPACE, "events", "--field-selector", f"involvedObject.name={run_name}")
    return {item["reason"] for item in (found or {"items": []})["items"]}
