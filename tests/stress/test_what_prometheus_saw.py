"""What Prometheus has seen of the target: its containers' CPU, as kubelet counts it; and nothing while it stood still.

`make stress` runs them.
"""

import json
import time
from typing import Any
from urllib.parse import quote

import pytest

from demo.kubectl import run
from tests.e2e.campaigns import campaign, finished, start, status_of, workflows
from tests.e2e.node import kill
from tests.e2e.waiting import eventually

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("_sound_system")]
PROMETHEUS = "prometheus --config.file"
NOT_THROTTLED: dict[str, Any] = {
    "name": "not-throttled",
    "saturation": {"resource": "cpu-throttling"},
    "max": "25%",
}
SCRAPED: dict[str, Any] = {"name": "scraped", "query": 'max(up{app="agents"})', "min": 1}
STILL = 10.0


PODS = 3
RATES = 'count(rate(container_cpu_cfs_periods_total{container="agents"}[1m]))'


def seen_pods() -> int:
    """Of so many pods Prometheus knows how they are throttled: kubelet must have counted them twice."""
    path = f"/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query?query={quote(RATES)}"
    found = json.loads(run("kubectl", "get", "--raw", path))["data"]["result"]
    return int(found[0]["value"][1]) if found else 0


def throttling(status: dict[str, Any]) -> dict[str, Any]:
    """What is known of it."""
    return next(one for one in status["saturation"] if one["resource"] == "cpu-throttling")


def test_a_sound_service_is_seen_whole_and_is_not_throttled() -> None:
    eventually(lambda: seen_pods() == PODS, 90, "kubelet has counted every pod twice")
    status = finished(start(campaign("calm", load=workflows("30s"), checks=[NOT_THROTTLED, SCRAPED])))
    assert throttling(status)["state"] == "NotSaturated", status
    assert status["verdict"] == "Passed", status["message"]


def test_a_service_whose_cpu_is_taken_is_saturated_by_throttling() -> None:
    taken = {"name": "taken", "type": "CpuPressure", "amount": "800%", "at": "12s", "duration": "50s"}
    asked = campaign("throttled", load=workflows("65s"), faults=[taken], checks=[NOT_THROTTLED])
    status = finished(start(asked), 180)
    assert throttling(status)["state"] == "Saturated", status
    assert "cpu-throttling saturated" in status["bottleneck"]
    assert (status["verdict"], status["failedChecks"]) == ("Failed", "not-throttled")


def test_what_prometheus_fills_in_for_the_time_in_which_it_stood_still_is_no_answer() -> None:
    name = start(campaign("unseen", load=workflows("40s"), checks=[SCRAPED]))
    eventually(lambda: (status_of(name).get("load") or {}).get("startedAt"), 60, "the load is on")
    kill(PROMETHEUS, "STOP")
    try:
        until = time.monotonic() + STILL
        eventually(lambda: time.monotonic() > until, 2 * STILL, "it has stood still for long enough")
    finally:
        kill(PROMETHEUS, "CONT")
    status = finished(name)
    assert status["verdict"] == "Inconclusive", status["checks"]
    assert "of the window" in status["checks"][0]["message"]
