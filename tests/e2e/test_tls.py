"""A target behind https, whose certificate no public authority has signed, and a part of it behind a login."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.kubectl import run
from stresscampaigns.record.asking import read
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, start
from tests.e2e.secure_target import HOST, LOGIN, NAME, PORT, PRIVATE, secure_target

SECRET = {"secretKeyRef": {"name": NAME, "key": "login"}}


@pytest.fixture(scope="module", autouse=True)
def _secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with secure_target(tmp_path_factory.mktemp("tls")):
        yield


def _ended(name: str, path: str = "/", **more: Any) -> dict[str, Any]:
    load = {
        "workers": 1,
        "stages": [{"name": "only", "users": 3, "duration": "5s"}],
        "scenarios": [{"name": "http", "parameters": {"path": path}}],
        **more,
    }
    target = {"url": f"https://{HOST}:{PORT}", "selector": {"matchLabels": {"app": NAME}}}
    run_name = start(campaign(name, target=target, load=load))
    status = finished(run_name, 120)
    _nobody_tells_the_login(run_name)
    delete(name)
    return status


def _nobody_tells_the_login(run_name: str) -> None:
    """What the run has left: resources, its record unpacked, events, and the operator's log."""
    left = run(
        "kubectl", "-n", NAMESPACE, "get", "stresscampaigns,stressruns,configmaps,events", "-o", "json"
    )
    log = run("kubectl", "-n", "stresscampaigns", "logs", "deployment/stresscampaigns", "--tail=5000")
    labels = f"stresscampaigns.dev/run={run_name},stresscampaigns.dev/role=record"
    kept = read(run("kubectl", "-n", NAMESPACE, "get", "configmap", "-l", labels, "-o", "json"))
    record = kept.model_dump_json()
    assert run_name in left
    assert run_name in record
    assert LOGIN not in left + log + record


def test_with_its_authority_and_a_login_out_of_a_secret_every_request_succeeds() -> None:
    login = {"name": "Authorization", "valueFrom": SECRET}
    status = _ended("tls-trusted", PRIVATE, tls={"caSecret": NAME}, headers=[login])
    assert status["verdict"] == "Passed", status["message"]
    assert status["load"]["failures"] == 0


def test_without_none_does() -> None:
    status = _ended("tls-unknown")
    assert status["verdict"] == "Failed", status["message"]
    assert set(status["load"]["failureKinds"]) == {"TlsFailed"}
