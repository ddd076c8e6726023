"""Slots of a schedule, each run once, whoever restarts and however many operators there are."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.kubectl import get, run
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, start
from tests.e2e.waiting import eventually

EVERY_MINUTE: dict[str, Any] = {"schedule": "* * * * *", "timeZone": "Europe/Berlin"}
OPERATOR = ("-n", "stresscampaigns", "deployment/stresscampaigns")


@pytest.fixture(autouse=True)
def two_operators() -> Iterator[None]:
    """Only one of them holds the Lease."""
    run("kubectl", "scale", *OPERATOR, "--replicas=2")
    eventually(lambda: len(_operator_pods()) == 2, 60, "two operators run")
    yield
    run("kubectl", "scale", *OPERATOR, "--replicas=1")
    run("kubectl", "rollout", "status", *OPERATOR, "--timeout=60s")


def test_each_slot_has_its_outcome_and_at_most_one_run() -> None:
    start(campaign("every-minute", **EVERY_MINUTE))
    start(campaign("suspended", suspend=True, **EVERY_MINUTE))
    slot = eventually(lambda: _slots("every-minute"), 90, "a slot has come")[0]
    assert (slot["outcome"], slot["run"]) == ("Ran", _run_names("every-minute")[0])
    skipped = eventually(lambda: _slots("suspended"), 70, "a slot was skipped")[0]
    assert (skipped["outcome"], skipped["reason"]) == ("Skipped", "the campaign is suspended")
    assert _run_names("suspended") == []
    assert _status("suspended")["phase"] == "Suspended"
    run(
        "kubectl",
        "-n",
        NAMESPACE,
        "annotate",
        "stresscampaign",
        "suspended",
        "stresscampaigns.dev/run-now=once",
    )
    asked = eventually(lambda: _run_names("suspended"), 30, "the run that was asked for is there")
    assert finished(slot["run"], 120)["verdict"] == "Passed"
    assert finished(asked[0], 120)["verdict"] == "Passed"
    assert _run_names("suspended") == asked
    names = _run_names("every-minute")
    assert len(names) == len(set(names)) == sum(one["outcome"] == "Ran" for one in _slots("every-minute"))
    for name in ("every-minute", "suspended"):
        delete(name)


def _operator_pods() -> list[str]:
    found = get("-n", "stresscampaigns", "pods", "-l", "app.kubernetes.io/name=stresscampaigns") or {
        "items": []
    }
    return [item["metadata"]["name"] for item in found["items"] if _runs(item)]


def _runs(pod: dict[str, Any]) -> bool:
    return any("running" in one["state"] for one in pod["status"].get("containerStatuses") or [])


def _status(name: str) -> dict[str, Any]:
    return (get("-n", NAMESPACE, "stresscampaign", name) or {}).get("status") or {}


def _slots(name: str) -> list[dict[str, Any]]:
    return _status(name).get("slots") or []


def _run_names(name: str) -> list[str]:
    found = get("-n", NAMESPACE, "stressruns", "-l", f"stresscampaigns.dev/campaign={name}")
    return sorted(item["metadata"]["name"] for item in (found or {"items": []})["items"])
