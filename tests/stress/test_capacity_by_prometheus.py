"""A search that a check of Prometheus ends: the load hears of it in mid-search, and searches on below."""

from typing import Any

import pytest

from tests.e2e.campaigns import campaign, delete, finished, leftovers, start, status_of
from tests.e2e.node import fresh_operator, kill
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.long

NAME = "capacity-by-prometheus"
MOST = 10
QUERY = f"max(stress_users{{campaign='{NAME}'}}) or 0 * max(db_pool_size{{app='agents'}})"
"""Prometheus finds the load's own pod some seconds after it has begun; the service is known all the time."""
SPEC: dict[str, Any] = {
    "load": {
        "profile": "capacity",
        "workers": 1,
        "capacity": {
            "lowest": MOST - 1,
            "highest": MOST + 2,
            "trial": "8s",
            "confirm": "10s",
            "confirmations": 1,
        },
        "scenarios": [{"name": "agent-workflow", "parameters": {"thinkTime": "300ms"}}],
    },
    "checks": [
        {"name": "holds-nine", "capacity": {}, "min": MOST - 1},
        {"name": "errors", "errorRate": {}, "max": "1%"},
        # Of itself the load knows it; but that this bound is about itself, it does not.
        {"name": "users", "query": QUERY, "max": str(MOST)},
    ],
}


def test_the_load_is_told_what_prometheus_saw_of_its_trials_and_brackets_that() -> None:
    """Also when the operator is killed in mid-search."""
    fresh_operator()
    run_name = start(campaign(NAME, **SPEC))
    eventually(lambda: _answers(run_name), 240, "a trial is answered while the load searches")
    assert status_of(run_name)["phase"] == "Running"
    kill("stresscampaigns.handlers")
    status = finished(run_name, 900)
    found = status["capacity"]
    print(status["message"], status["load"], *found["trials"], *status["trialAnswers"], sep="\n")
    print(*found.get("notes", []), sep="\n")
    assert status["verdict"] == "Passed", status["message"]
    assert (found["lower"], found["upper"]) == (MOST, MOST + 1)
    assert found["brokeFirst"] == ["users"]
    assert found["complete"], found.get("notes")
    assert not any("unknown" in answer for answer in status["trialAnswers"])
    assert not any("without the operator's word" in note for note in found.get("notes", []))
    assert leftovers(run_name) == []
    delete(NAME)


def _answers(run_name: str) -> list[dict[str, Any]]:
    return status_of(run_name).get("trialAnswers") or []
