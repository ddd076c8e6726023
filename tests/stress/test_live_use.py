"""Without Prometheus the target's memory and CPU are what metrics.k8s.io tells of them; without that, unknown.

`make stress` runs it: metrics-server is built, put up for the time of the test, and taken away.
"""

from typing import Any

import pytest

from tests.e2e.campaigns import delete, finished, start, status_of, without_prometheus
from tests.e2e.node import kill
from tests.e2e.waiting import eventually
from tests.stress.metrics_server import metrics_server

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("_sound_system")]

FULL = {"resource": "memory"}
CHECKS: list[dict[str, Any]] = [
    {"name": "memory", "saturation": FULL, "during": "second", "max": "95%"},
    {"name": "cpu", "saturation": {"resource": "cpu"}, "during": "second", "max": "120%"},
    {"name": "tight", "saturation": FULL, "during": "second", "max": "5%"},
    {"name": "short", "saturation": FULL, "during": "moment", "max": "95%"},
]
"""Of the second stage all of it can be seen, of the last one hardly a sample."""
STAGES = (("first", "30s"), ("second", "95s"), ("moment", "15s"))


def load(*stages: tuple[str, str]) -> dict[str, Any]:
    return {
        "workers": 1,
        "stages": [{"name": name, "users": 10, "duration": duration} for name, duration in stages],
        "scenarios": [{"name": "agent-workflow", "parameters": {"thinkTime": "500ms"}}],
    }


def lines(run_name: str) -> list[dict[str, Any]]:
    """The containers of which anything was noted so far."""
    return (status_of(run_name).get("liveUse") or {}).get("lines") or []


def told(status: dict[str, Any], resource: str) -> dict[str, Any]:
    return next(one for one in status["saturation"] if one["resource"] == resource)


def test_memory_and_cpu_are_judged_by_metrics_server_though_the_operator_is_killed() -> None:
    with metrics_server():
        name = start(without_prometheus("use", load=load(*STAGES), checks=CHECKS))
        before = eventually(lambda: lines(name), 90, "a sample is noted")
        kill("stresscampaigns.handlers")
        status = finished(name, 270)
    print(status["message"], *status["saturation"], *status["checks"], *status["liveUse"]["lines"], sep="\n")
    verdicts = {check["name"]: check["verdict"] for check in status["checks"]}
    assert verdicts == {"memory": "Passed", "cpu": "Passed", "tight": "Failed", "short": "Inconclusive"}
    assert {check["source"] for check in status["checks"]} == {told(status, "memory")["source"]}
    assert told(status, "memory")["source"].startswith("metrics.k8s.io, every 1")
    assert told(status, "memory")["limit"] == "192 MiB"
    assert 0.1 < float(told(status, "memory")["used"].split()[0]) / 192 < 0.9
    assert told(status, "cpu-throttling")["state"] == "Unknown"
    assert "metrics.k8s.io does not tell it" in told(status, "cpu-throttling")["detail"]
    kept = {line["pod"]: line["until"] for line in status["liveUse"]["lines"]}
    assert len(kept) == 3
    assert all(kept[line["pod"]][: len(line["until"])] == line["until"] for line in before)
    delete("use")


def test_where_nobody_serves_metrics_it_is_said_and_no_other_verdict_is_lost() -> None:
    checks = [CHECKS[0] | {"during": "only"}, {"name": "errors", "errorRate": {}, "max": "1%"}]
    status = finished(start(without_prometheus("unseen", load=load(("only", "10s")), checks=checks)), 90)
    assert {check["name"]: check["verdict"] for check in status["checks"]} == {
        "memory": "Inconclusive",
        "errors": "Passed",
    }
    assert "the cluster does not serve metrics.k8s.io" in status["checks"][0]["message"]
    assert "the cluster does not serve metrics.k8s.io" in told(status, "cpu")["detail"]
    delete("unseen")
