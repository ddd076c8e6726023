"""A bad revision is rolled out under load, does harm, and is rolled back: by the operator, or by the next one."""

from typing import Any

import pytest

from demo.deploy import OPERATOR, install_operator
from demo.kubectl import get, run
from stresscampaigns.adapters.kubernetes_api import MANAGER
from stresscampaigns.api.base import BAD_REVISION_ANNOTATION, ROLLBACK_ANNOTATION
from stresscampaigns.runtime.leaving import REASON
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, leftovers, start, status_of
from tests.e2e.node import fresh_operator, kill
from tests.e2e.waiting import eventually

BAD: dict[str, Any] = {
    "name": "bad",
    "type": "BadRollout",
    "at": "10s",
    "duration": "15s",
    "deployment": "agents",
    "env": {"EXTERNAL_URL": "http://nowhere:8080"},
}
LOAD: dict[str, Any] = {
    "workers": 1,
    "stages": [{"name": "only", "users": 5, "duration": "55s"}],
    "scenarios": [{"name": "agent-workflow", "parameters": {"thinkTime": "200ms"}}],
}
CHECKS: list[dict[str, Any]] = [
    {"name": "it-hurts", "errorRate": {}, "during": "bad", "min": "10%"},
    {"name": "recovers", "recovery": {"fault": "bad"}, "max": "40s"},
    {"name": "ready-again", "podsReady": {"fault": "bad"}, "max": "40s"},
]


def deployment() -> dict[str, Any]:
    found = get("-n", NAMESPACE, "deployment", "agents")
    assert found
    return found


def steady() -> dict[str, Any]:
    """The pod template, once all of it is rolled out."""
    run("kubectl", "-n", NAMESPACE, "rollout", "status", "deployment/agents", "--timeout=120s")
    assert not is_out()
    template: dict[str, Any] = deployment()["spec"]["template"]
    return template


def is_out() -> bool:
    return ROLLBACK_ANNOTATION in deployment()["metadata"]["annotations"]


def rolled_back(before: dict[str, Any]) -> None:
    assert not is_out()
    assert deployment()["spec"]["template"] == before
    run("kubectl", "-n", NAMESPACE, "rollout", "status", "deployment/agents", "--timeout=120s")
    found = get("-n", NAMESPACE, "pods", "-l", "app=agents") or {"items": []}
    assert not any(
        BAD_REVISION_ANNOTATION in one["metadata"].get("annotations", {})
        for one in found["items"]
        if "deletionTimestamp" not in one["metadata"]
    )
    assert MANAGER not in managers()


def managers() -> list[str]:
    """Whose fields the API server takes those of the Deployment for: they would stop others' server-side apply."""
    told = "jsonpath={.metadata.managedFields[*].manager}"
    where = ("-n", NAMESPACE, "get", "deployment", "agents")
    return run("kubectl", *where, "--show-managed-fields", "-o", told).split()


@pytest.mark.long
def test_harm_and_rollback_are_measured_and_all_is_as_before() -> None:
    before = steady()
    name = start(campaign("bad-rollout", load=LOAD, faults=[BAD], checks=CHECKS))
    status = finished(name, 240)
    (fault,) = status["faults"]
    (pod,) = fault["pods"]
    assert (pod["pod"], pod["outcome"], pod["unit"]) == ("agents", "Ended", "pods of the bad revision")
    assert pod["harmed"] == 3
    assert pod["injectedAt"] - fault["startsAt"] <= 1.0
    assert 0 <= pod["endedAt"] - fault["endsAt"] <= 2.0
    assert (fault["outcome"], status["verdict"]) == ("Recovered", "Passed"), status["message"]
    assert fault["impact"]["failed"] > 0
    rolled_back(before)
    assert leftovers(name) == []
    delete("bad-rollout")


@pytest.mark.long
def test_the_next_operator_rolls_back_what_the_one_before_has_left() -> None:
    before = steady()
    fresh_operator()
    name = start(campaign("bad-rollout-left", load=LOAD, faults=[BAD], checks=CHECKS[:1]))
    eventually(is_out, 120, "the bad revision is out")
    kill("stresscampaigns.handlers")
    status = finished(name, 240)
    (pod,) = status["faults"][0]["pods"]
    assert pod["outcome"] == "Ended", pod
    rolled_back(before)
    delete("bad-rollout-left")


@pytest.mark.long
def test_an_abort_rolls_back_within_moments() -> None:
    before = steady()
    name = start(
        campaign("bad-rollout-aborted", load=LOAD, faults=[BAD | {"duration": "40s"}], checks=CHECKS[:1])
    )
    eventually(is_out, 120, "the bad revision is out")
    run("kubectl", "-n", NAMESPACE, "annotate", "stressrun", name, "stresscampaigns.dev/abort=enough")
    eventually(lambda: not is_out(), 5, "it is rolled back")
    status = finished(name, 60)
    assert status["faults"][0]["pods"][0]["outcome"] == "Aborted"
    rolled_back(before)
    delete("bad-rollout-aborted")


@pytest.mark.long
def test_who_rolls_it_back_himself_is_told_of_and_the_bad_revision_does_not_come_back_for_long() -> None:
    before = steady()
    short = {**LOAD, "stages": [{"name": "only", "users": 5, "duration": "30s"}]}
    name = start(campaign("bad-rollout-undone", load=short, faults=[BAD], checks=CHECKS[:1]))
    eventually(is_out, 120, "the bad revision is out")
    undo()
    assert not is_out()
    status = finished(name, 120)
    (pod,) = status["faults"][0]["pods"]
    assert pod["outcome"] == "Lost"
    assert pod["message"] == "somebody else rolled Deployment agents back, or changed it, before we did"
    rolled_back(before)
    undo()
    assert is_out()
    eventually(lambda: not is_out(), 90, "what was forgotten is rolled back")
    rolled_back(before)
    delete("bad-rollout-undone")


@pytest.mark.long
def test_helm_takes_the_operator_away_when_all_is_rolled_back_and_then_nothing_holds_a_run() -> None:
    before = steady()
    asked = campaign(
        "bad-rollout-left-alone", load=LOAD, faults=[BAD | {"duration": "40s"}], checks=CHECKS[:1]
    )
    name = start(asked)
    eventually(is_out, 120, "the bad revision is out")
    run("helm", "uninstall", OPERATOR, "-n", OPERATOR)
    try:
        assert not is_out()
        status = status_of(name)
        assert (status["phase"], status["verdict"]) == ("Finished", "Aborted")
        assert status["message"] == f"aborted: {REASON}"
        run("kubectl", "-n", NAMESPACE, "delete", "stressrun", name, "--timeout=20s")
    finally:
        install_operator()
        fresh_operator()
    rolled_back(before)
    delete("bad-rollout-left-alone")


def undo() -> None:
    """By hand."""
    run("kubectl", "-n", NAMESPACE, "rollout", "undo", "deployment/agents")


def test_without_the_right_nothing_begins_and_the_run_says_what_to_bind() -> None:
    run("kubectl", "-n", NAMESPACE, "delete", "rolebinding", "stresscampaigns-rollouts")
    try:
        asked = campaign("bad-rollout-no-right", load=LOAD, faults=[BAD], checks=CHECKS, startTimeout="2s")
        status = finished(start(asked), 60)
        assert status["verdict"] == "Inconclusive"
        assert "bind the ClusterRole `<release>-rollouts` there" in status["message"]
        assert not is_out()
    finally:
        install_operator()
        delete("bad-rollout-no-right")
