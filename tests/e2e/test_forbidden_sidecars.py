"""Sidecars that others keep out of the pods: a policy that forbids them, a webhook that does not answer."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from demo.kubectl import CommandFailed, apply, get, run
from tests.e2e.campaigns import (
    NAMESPACE,
    campaign,
    delete,
    finished,
    leftovers,
    pod_in_force,
    start,
    workflows,
)
from tests.e2e.node import database_reachable, left_on_node
from tests.e2e.waiting import eventually

API, NAME = "admissionregistration.k8s.io/v1", "stress-tests-no-sidecars"
HERE = {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}}
SIDECARS = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "operations": ["UPDATE"],
    "resources": ["pods/ephemeralcontainers"],
}
PROMISED = 2.0
"""Seconds from an abort to the fault's end."""
OURS = "object.spec.ephemeralContainers.exists(one, one.name.endsWith('-{}'))"
"""Those of the fault of this name: all others are let in."""
DATABASE = {"selector": {"matchLabels": {"app": "postgres"}}}
SILENT = "stress-tests-silent-webhook"
CUT = {"name": "cut", "type": "NetworkPartition", "port": 5432, "target": DATABASE}


def _recovers(*faults: str) -> list[dict[str, Any]]:
    return [{"name": f"recovers-{one}", "recovery": {"fault": one}, "max": "15s"} for one in faults]


@pytest.fixture
def _policy() -> Iterator[None]:
    """No sidecar of a fault named `forbidden`."""
    rule = {"expression": f"!{OURS.format('forbidden')}", "message": "no sidecars here, says the owner"}
    matched = {"resourceRules": [SIDECARS], "namespaceSelector": HERE}
    policy = {"failurePolicy": "Fail", "matchConstraints": matched, "validations": [rule]}
    binding = {"policyName": NAME, "validationActions": ["Deny"]}
    apply(
        {"apiVersion": API, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": NAME}, "spec": policy}
    )
    apply(
        {
            "apiVersion": API,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": NAME},
            "spec": binding,
        }
    )
    eventually(lambda: "says the owner" in _refused("x-forbidden"), 60, "the policy is in force")
    yield
    both = "validatingadmissionpolicy,validatingadmissionpolicybinding"
    run("kubectl", "delete", both, NAME)


@pytest.fixture
def _webhook() -> Iterator[None]:
    """One that must agree to sidecars of a fault named `unheard`, and that nobody runs."""
    _hook("unheard", "nobody-there", seconds=1)
    eventually(lambda: "failed calling webhook" in _refused("x-unheard"), 60, "the webhook is asked")
    yield
    run("kubectl", "delete", "validatingwebhookconfiguration", NAME)


@pytest.fixture
def _silent_webhook() -> Iterator[None]:
    """One that must agree to sidecars of a fault named `hangs`; it is there, and never says a word."""
    where = {"name": SILENT, "namespace": NAMESPACE, "labels": {"app": SILENT}}
    listens = "import socket, time; kept = socket.create_server(('', 8443)); time.sleep(3600)"
    container = {
        "name": "only",
        "image": "stresscampaigns/demo-service:dev",
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", listens],
    }
    pod = {"containers": [container], "terminationGracePeriodSeconds": 0}
    ports = [{"port": 443, "targetPort": 8443}]
    apply({"apiVersion": "v1", "kind": "Pod", "metadata": where, "spec": pod})
    service = {"selector": {"app": SILENT}, "ports": ports}
    apply({"apiVersion": "v1", "kind": "Service", "metadata": where, "spec": service})
    run("kubectl", "-n", NAMESPACE, "wait", f"pod/{SILENT}", "--for=condition=Ready", "--timeout=60s")
    _hook("hangs", SILENT, seconds=30)
    eventually(lambda: _refused("x-hangs", "--request-timeout=2s"), 60, "the webhook is asked")
    yield
    run("kubectl", "delete", "validatingwebhookconfiguration", NAME)
    run("kubectl", "-n", NAMESPACE, "delete", "pod,service", SILENT, "--wait=false")


def _hook(fault: str, service: str, seconds: int) -> None:
    """Asked of the sidecars of one fault."""
    hook = {
        "name": "no-sidecars.stress-tests.dev",
        "clientConfig": {"service": {"namespace": NAMESPACE, "name": service}},
        "rules": [SIDECARS],
        "namespaceSelector": HERE,
        "matchConditions": [{"name": "ours", "expression": OURS.format(fault)}],
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": seconds,
    }
    apply(
        {
            "apiVersion": API,
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": NAME},
            "webhooks": [hook],
        }
    )


def _refused(sidecar: str, *options: str) -> str:
    """What the API server says against a sidecar of this name; nothing: it would let it in."""
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/postgres-0/ephemeralcontainers?dryRun=All"
    pod = get("-n", NAMESPACE, "pod", "postgres-0") or {}
    new = {"name": sidecar, "image": "stresscampaigns/fault:dev", "imagePullPolicy": "IfNotPresent"}
    pod["spec"].setdefault("ephemeralContainers", []).append(new)
    try:
        run("kubectl", "replace", "--raw", path, "-f", "-", *options, stdin=json.dumps(pod))
    except CommandFailed as error:
        return str(error)
    return ""


@pytest.mark.usefixtures("_policy")
def test_what_a_policy_forbids_ends_the_run_in_the_owners_words_and_the_faults_in_force_with_it() -> None:
    cut = CUT | {"at": "10s", "duration": "5m"}
    forbidden = CUT | {"name": "forbidden", "at": "20s", "duration": "5s"}
    asked = campaign(
        "forbidden", load=workflows("6m"), faults=[cut, forbidden], checks=_recovers("forbidden")
    )
    name = start(asked)
    status = finished(name, 120)
    assert status["verdict"] == "Inconclusive"
    assert status["message"].startswith("Refused: the fault's sidecar could not be put into pod postgres-0: ")
    assert "no sidecars here, says the owner" in status["message"]
    (hit,) = status["faults"][0]["pods"]
    assert (hit["outcome"], hit["injectedAt"] < hit["endedAt"]) == ("Aborted", True), hit
    _nothing_is_left(name)
    delete("forbidden")


@pytest.mark.long
@pytest.mark.usefixtures("_webhook")
def test_what_a_dead_webhook_keeps_out_is_told_and_keeps_no_other_fault_out() -> None:
    unheard = CUT | {"name": "unheard", "at": "10s", "duration": "3s"}
    cut = CUT | {"at": "14s", "duration": "4s"}
    load = workflows("34s")
    name = start(campaign("unheard", load=load, faults=[unheard, cut], checks=_recovers("unheard", "cut")))
    status = finished(name, 150)
    (kept_out,), (hit,) = (fault["pods"] for fault in status["faults"])
    assert kept_out["outcome"] == "Lost"
    assert "failed calling webhook" in kept_out["message"], kept_out
    assert (hit["outcome"], hit["harmed"] > 0) == ("Ended", True), hit
    assert status["verdict"] == "Inconclusive"
    assert "failed calling webhook" in status["message"]
    assert [check["verdict"] for check in status["checks"]] == ["Inconclusive", "Passed"], status["checks"]
    _nothing_is_left(name)
    delete("unheard")


@pytest.mark.long
@pytest.mark.usefixtures("_silent_webhook")
def test_a_webhook_that_hangs_keeps_no_fault_in_force_beyond_the_abort() -> None:
    cut = CUT | {"at": "10s", "duration": "8m"}
    hangs = CUT | {"name": "hangs", "at": "13s", "duration": "8m"}
    checks = _recovers("cut", "hangs")
    name = start(campaign("hangs", load=workflows("10m"), faults=[cut, hangs], checks=checks))
    pod_in_force(name)
    changed = time.time()
    run("kubectl", "-n", NAMESPACE, "annotate", "stressrun", name, "stresscampaigns.dev/abort=enough")
    status = finished(name, 60)
    (hit,), (kept_out,) = (fault["pods"] for fault in status["faults"])
    assert hit["outcome"] == "Aborted"
    assert hit["endedAt"] - changed <= PROMISED
    assert kept_out.get("injectedAt") is None
    _nothing_is_left(name)
    delete("hangs")


def _nothing_is_left(run_name: str) -> None:
    assert leftovers(run_name) == []
    assert left_on_node() == []
    eventually(database_reachable, 20, "the database can be reached again")
