"""The machinery around the target fails: Prometheus, in a namespace of its own, whose owner must have agreed."""

from collections.abc import Iterator

import pytest

from demo.kubectl import run
from tests.e2e.campaigns import campaign, delete, finished, start, status_of
from tests.e2e.waiting import eventually

MONITORING, RIGHTS = "monitoring", "stresscampaigns"
ALLOWED = "stresscampaigns.dev/allowed"
SECONDS = 30
SILENT = {
    "name": "prometheus-hangs",
    "type": "ServiceHang",
    "at": "12s",
    "duration": "6s",
    "port": 9090,
    "target": {"namespace": MONITORING, "selector": {"matchLabels": {"app": "prometheus"}}},
}


@pytest.fixture
def _closed_afterwards() -> Iterator[None]:
    yield
    run("kubectl", "label", "namespace", MONITORING, f"{ALLOWED}-")
    run("kubectl", "-n", MONITORING, "delete", "rolebinding", RIGHTS, "--ignore-not-found")


def let_faults_in() -> None:
    """What the namespace's owner does."""
    role = ("--clusterrole=stresscampaigns-namespace", "--serviceaccount=stresscampaigns:stresscampaigns")
    run("kubectl", "-n", MONITORING, "create", "rolebinding", RIGHTS, *role)
    run("kubectl", "label", "namespace", MONITORING, f"{ALLOWED}=true")


@pytest.mark.long
@pytest.mark.usefixtures("_sound_system", "_closed_afterwards")
def test_a_prometheus_that_hangs_takes_no_evidence_away_and_answers_again() -> None:
    load = {
        "workers": 1,
        "stages": [{"name": "only", "users": 3, "duration": f"{SECONDS}s"}],
        "scenarios": [{"name": "agent-workflow"}],
    }
    asks = [{"name": "pool", "query": "max(db_pool_waiting)", "above": 1000, "for": "20s"}]
    checks = [
        {"name": "errors", "errorRate": {}, "max": "1%"},
        {"name": "replicas", "query": 'count(up{namespace="staging"})', "min": 1},
    ]
    asked = campaign("prometheus-hangs", load=load, faults=[SILENT], abortWhen=asks, checks=checks)
    run_name = start(asked | {"spec": {**asked["spec"], "startTimeout": "60s"}})
    try:
        words = f"namespace {MONITORING} has not opted in"
        eventually(lambda: words in status_of(run_name).get("message", ""), 30, "it waits for the owner")
        let_faults_in()
        status = finished(run_name, SECONDS + 120)
    finally:
        delete("prometheus-hangs")
    assert status["verdict"] == "Passed", status["message"]
    (fault,) = status["faults"]
    assert fault["namespace"] == MONITORING
    (pod,) = fault["pods"]
    assert pod["outcome"] == "Ended"
    assert pod["harmed"] > 0
