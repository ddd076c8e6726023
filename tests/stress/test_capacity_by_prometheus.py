"""A search that a check of Prometheus ends: the load hears of it in mid-search, and searches on below."""

from typing import Any

import pytest

from tests.e2e.campaigns import campaign, delete, finished, leftovers, start, status_of
from tests.e2e.node import fresh_operator, kill
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.long

NAME = "capacity-by-the-pool"
SPEC: dict[str, Any] = {
    "load": {
        "profile": "capacity",
        "workers": 1,
        "capacity": {"lowest": 2, "highest": 400, "trial": "8s", "confirm": "12s", "confirmations": 1},
        "scenarios": [{"name": "agent-workflow", "parameters": {"thinkTime": "300ms"}}],
    },
    "checks": [
        {"name": "holds-two", "capacity": {}, "min": 2},
        {"name": "errors", "errorRate": {}, "max": "1%"},
        # A third of the connections that its three pods have: long before the service itself breaks.
        {"name": "pool", "query": "sum(max_over_time(db_pool_in_use{app='agents'}[3s]))", "max": "8"},
    ],
}


def test_the_load_is_told_what_prometheus_saw_of_its_trials_and_brackets_that() -> None:
    fresh_operator()
    run_name = start(campaign(NAME, **SPEC))
    eventually(lambda: _answers(run_name), 240, "a trial is answered while the load searches")
    assert status_of(run_name)["phase"] == "Running"
    kill("stresscampaigns.handlers")
    status = finished(run_name, 1500)
    found = status["capacity"]
    print(status["message"], *found["trials"], *status["trialAnswers"], *found.get("notes", []), sep="\n")
    assert status["verdict"] == "Passed", status["message"]
    assert found["brokeFirst"] == ["pool"]
    assert found["complete"], found.get("notes")
    assert 2 <= found["lower"] < found["upper"]
    assert any("pool" in answer.get("broke", {}) for answer in status["trialAnswers"])
    assert not any("unknown" in answer for answer in status["trialAnswers"])
    assert not any("without the operator's word" in note for note in found.get("notes", []))
    assert leftovers(run_name) == []
    delete(NAME)


def _answers(run_name: str) -> list[dict[str, Any]]:
    return status_of(run_name).get("trialAnswers") or []
