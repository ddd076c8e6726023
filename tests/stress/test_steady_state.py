"""The steady state, before each fault: a service that has not got over the first fault gets no second one.

`make stress` runs it.
"""

from typing import Any

import pytest

from demo.deploy import deploy
from demo.kubectl import get
from stresscampaigns.api.fault_protocol import FaultReport, read_termination_message
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, start
from tests.stress.rehearsals import with_verdict

pytestmark = pytest.mark.long

DATABASE = {"selector": {"matchLabels": {"app": "postgres"}}}
CASES: dict[str, Any] = {
    "load": {
        "workers": 1,
        "stages": [{"name": "only", "users": 10, "duration": "48s"}],
        "scenarios": [{"name": "agent-workflow", "parameters": {"thinkTime": "500ms"}}],
    },
    # By 23 s the service must be good again: what begins from 28 s on is no cascade.
    "faults": [
        {
            "name": "refused",
            "type": "DatabaseUnavailable",
            "at": "12s",
            "duration": "6s",
            "port": 5432,
            "target": DATABASE,
        },
        {
            "name": "slow",
            "type": "DatabaseSlow",
            "at": "30s",
            "duration": "4s",
            "port": 5432,
            "latency": "20ms",
            "target": DATABASE,
        },
        {"name": "killed", "type": "PodKill", "at": "42s", "duration": "4s"},
    ],
    "checks": [
        {"name": "recovers", "recovery": {"fault": "refused"}, "max": "5s"},
        {"name": "errors-when-slow", "errorRate": {}, "during": "slow", "max": "1%"},
    ],
}


def run_with(defect: str | None) -> dict[str, Any]:
    """The run's last status."""
    deploy(print, defect=defect)
    return finished(start(campaign("steady", **CASES)), 150)


def steady_states(status: dict[str, Any]) -> list[str]:
    """Of each fault, what was found before it."""
    return [fault["steadyState"]["service"] for fault in status["faults"]]


def outcomes(status: dict[str, Any]) -> list[list[str]]:
    """What became of each fault, pod by pod."""
    return [[pod["outcome"] for pod in fault["pods"]] for fault in status["faults"]]


def events(reason: str) -> list[str]:
    """What the run's events of this reason say."""
    found = get("-n", NAMESPACE, "events", "--field-selector", f"reason={reason}") or {"items": []}
    return [one["message"] for one in found["items"] if one["involvedObject"]["name"] == "steady-g1"]


def report_of_the_sidecar(status: dict[str, Any]) -> FaultReport:
    """What the second fault's sidecar left behind when it ended."""
    (hit,) = status["faults"][1]["pods"]
    pod = get("-n", NAMESPACE, "pod", hit["pod"]) or {}
    (ours,) = [
        one
        for one in pod["status"]["ephemeralContainerStatuses"]
        if one["name"].endswith("-slow") and hit["uid"] == pod["metadata"]["uid"]
    ]
    return read_termination_message(ours["state"]["terminated"]["message"])


@pytest.mark.usefixtures("_sound_afterwards")
def test_a_service_that_does_not_recover_gets_no_further_fault() -> None:
    status = run_with("pool-never-heals")
    assert steady_states(status) == ["Good", "NotGood", "NotGood"], status["faults"]
    assert outcomes(status) == [["Ended"], ["HeldBack"], ["HeldBack"]]
    assert "injectedAt" not in status["faults"][1]["pods"][0]
    report = report_of_the_sidecar(status)
    assert (report.outcome, report.injected_at) == ("Aborted", None)
    held = [one["detail"] for one in status["timeline"] if one["event"] == "FaultHeldBack"]
    assert [words.split(":")[0] for words in held] == [
        f"fault {name} is held back, nothing is injected" for name in ("slow", "killed")
    ]
    assert set(held) <= set(events("FaultHeldBack"))
    assert with_verdict(status, "Failed") == {"recovers"}, status["message"]
    assert with_verdict(status, "Inconclusive") == {"errors-when-slow"}, status["message"]
    assert status["verdict"] == "Failed"
    delete("steady")


@pytest.mark.usefixtures("_sound_afterwards")
def test_a_service_that_is_well_again_gets_them_all() -> None:
    status = run_with(None)
    assert steady_states(status) == ["Good"] * 3, status["faults"]
    assert outcomes(status) == [["Ended"]] * 3
    assert with_verdict(status, "Passed") == {"recovers", "errors-when-slow"}, status["message"]
    assert status["verdict"] == "Passed", status["message"]
    delete("steady")
