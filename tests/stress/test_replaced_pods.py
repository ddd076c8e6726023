"""Pods that take the place of others while a fault lasts; meanwhile an alert notices that a database is away.

`make stress` runs them.
"""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from demo.kubectl import run
from tests.e2e.campaigns import NAMESPACE, campaign, status_of
from tests.e2e.waiting import eventually
from tests.stress.fault_runs import AGENTS, DATABASE, FIRST, load
from tests.stress.probing import Begun, Observed, Probe, Row, as_json, observe, outcomes, pods
from tests.stress.small_services import PORT, SmallService, small_services

pytestmark = pytest.mark.long

INCLUDED, IGNORED = SmallService("included"), SmallService("ignored")
REPLACED = (INCLUDED, IGNORED)
AWAY, APART, SECONDS = 12, 24, 44
ALERT, HOLDS = "DatabaseDown", 2.0
"""The staging system's own rule (demo/manifests/base/rules.yml), and how long its condition must hold."""
PROMETHEUS = "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query"


@pytest.fixture(scope="module")
def seen(_probe: None) -> Iterator[Observed]:
    apart = {"type": "NetworkPartition", "port": PORT, "at": f"{FIRST:g}s", "duration": f"{APART}s"}
    away = {"type": "DatabaseUnavailable", "port": 5432, "at": f"{FIRST:g}s", "duration": f"{AWAY}s"}
    faults = [
        {
            "name": "away",
            **away,
            "target": DATABASE,
            "detected": f'ALERTS{{alertname="{ALERT}",alertstate="firing"}}',
        },
        {"name": INCLUDED.name, **apart, "target": INCLUDED.target, "newPods": "Include"},
        {"name": IGNORED.name, **apart, "target": IGNORED.target, "newPods": "Ignore"},
    ]
    recovers = {"name": "recovers", "recovery": {"fault": "away"}, "max": "20s"}
    asked = campaign("replaced-pods", load=load(4, SECONDS, AGENTS), faults=faults, checks=[recovers])
    with small_services(*REPLACED):
        yield observe(asked, {}, replaced)


def replaced(run_name: str) -> Begun:
    """The pods that are hit are deleted; probes ask those that take their places, from their first moment on."""
    gone = eventually(lambda: in_force(run_name), 60, "the faults are in force")
    run("kubectl", "-n", NAMESPACE, "delete", "pod", *gone, "--grace-period=0", "--force")
    return {
        one.name: Probe("probe", "connects", (fresh(one.name, gone), PORT, "/healthz")).begin(APART)
        for one in REPLACED
    }


def in_force(run_name: str) -> set[str] | None:
    """The pods of those faults, once all of them are."""
    faults = status_of(run_name).get("faults") or []
    mine = [pod for fault in faults if fault["name"] != "away" for pod in fault.get("pods") or []]
    return (
        {pod["pod"] for pod in mine}
        if len(mine) == 2 and all(pod.get("injectedAt") for pod in mine)
        else None
    )


def fresh(app: str, gone: set[str]) -> str:
    """The address of its pod that was not there before, once it has one."""

    def look() -> str | None:
        there = (one["status"].get("podIP") for one in pods(app) if one["metadata"]["name"] not in gone)
        return next(filter(None, there), None)

    return eventually(look, 20, f"a new pod of {app}")


def answering(rows: list[Row]) -> list[Row]:
    """From the first answer on."""
    return rows[[row.words[0] for row in rows].index("answered") :]


def test_a_new_pod_gets_the_time_that_remains_and_no_more_where_that_was_asked(seen: Observed) -> None:
    fault = seen.fault(INCLUDED.name)
    _, new = fault["pods"]
    rows = answering(seen.seen[INCLUDED.name])
    shut = [row for row in rows if new["injectedAt"] + 0.3 <= row.at <= fault["endsAt"] - 0.3]
    assert len(shut) > 3, as_json(seen)
    assert outcomes(shut) == {"silent"}
    later = [row for row in rows if row.at >= fault["endsAt"] + 1]
    assert len(later) > 20, as_json(seen)
    assert outcomes(later) == {"answered"}
    assert (new["outcome"], new["endedAt"]) == ("Ended", pytest.approx(fault["endsAt"], abs=0.5))


def test_a_new_pod_goes_free_where_it_was_not(seen: Observed) -> None:
    fault = seen.fault(IGNORED.name)
    assert len(fault["pods"]) == 1
    rows = answering(seen.seen[IGNORED.name])
    assert len([row for row in rows if row.at < fault["endsAt"]]) > 100, as_json(seen)
    assert outcomes(rows) == {"answered"}


def test_a_fault_whose_pod_was_lost_leaves_no_score(seen: Observed) -> None:
    outcome = {fault["name"]: fault["pods"][0]["outcome"] for fault in seen.status["faults"]}
    assert outcome == {"away": "Ended", INCLUDED.name: "Lost", IGNORED.name: "Lost"}
    assert seen.status["verdict"] == "Inconclusive"
    score: dict[str, Any] = seen.status["resilience"]
    assert "score" not in score
    assert score["reason"] == "no score: not proven to have ended: fault included, ignored"


def test_harm_is_counted_from_the_first_pod_on_though_that_one_was_lost(seen: Observed) -> None:
    """The database is away since the same moment: every second is bad from then on."""
    first, moments = seen.fault(INCLUDED.name)["pods"][0], seen.fault(INCLUDED.name)["moments"]
    assert moments["acknowledged"] == first["injectedAt"]
    assert moments["broken"] == pytest.approx(seen.fault("away")["moments"]["broken"], abs=0.5)


def test_a_fault_is_detected_when_the_alert_began_to_fire(seen: Observed) -> None:
    moments = seen.fault("away")["moments"]
    assert moments["broken"] <= moments["detected"] <= moments["ended"], as_json(seen)
    pending = pending_since(moments["injected"])
    assert moments["injected"] <= pending <= moments["injected"] + 6
    assert HOLDS <= moments["detected"] - pending <= HOLDS + 2


def pending_since(since: float) -> float:
    """Since when the alert's condition has held, the first time from that moment on, as Prometheus itself notes."""
    query = f'min_over_time(ALERTS_FOR_STATE{{alertname="{ALERT}"}}[{time.time() - since:.0f}s])'
    found = json.loads(run("kubectl", "get", "--raw", f"{PROMETHEUS}?query={quote(query)}"))
    (series,) = found["data"]["result"]
    return float(series["value"][1])
