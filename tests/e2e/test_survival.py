"""Whatever is killed or taken away while a run is under way: it goes on or stops, and nothing stays behind."""

from typing import Any

from demo.kubectl import get, run
from stresscampaigns.core.injection import container_prefix
from tests.e2e.campaigns import (
    DATABASE_CUT,
    NAMESPACE,
    campaign,
    delete,
    finished,
    leftovers,
    start,
    status_of,
)
from tests.e2e.node import database_reachable, fresh_operator, kill
from tests.e2e.waiting import eventually

OPERATOR, HOLDER = "stresscampaigns.handlers", "stresscampaigns.faults"
LOAD: dict[str, Any] = {
    "workers": 1,
    "stages": [{"name": "only", "users": 3, "duration": "40s"}],
    "scenarios": [{"name": "agent-workflow"}],
}
RECOVERS = [{"name": "recovers", "recovery": {"fault": "cut"}, "max": "15s"}]


def test_a_run_goes_on_when_the_operator_is_killed_and_nothing_happens_twice() -> None:
    fresh_operator()
    name = start(campaign("operator-killed", load=LOAD, faults=[DATABASE_CUT], checks=RECOVERS))
    for event in ("LoadCreated", "FaultInjected"):
        _happened(name, event)
        kill(OPERATOR)
    status = finished(name, 180)
    assert status["verdict"] == "Passed", status["message"]
    events = [entry["event"] for entry in status["timeline"]]
    assert events == [
        "LoadCreated",
        "LoadStarted",
        "FaultScheduled",
        "FaultInjected",
        "FaultEnded",
        "LoadFinished",
        "Judged",
    ]
    assert _sidecars(name, status) == 1
    assert leftovers(name) == []
    assert _run_names("operator-killed") == [name]


def test_the_kernel_ends_a_fault_when_all_of_ours_is_killed() -> None:
    fresh_operator()
    name = start(campaign("all-killed", load=LOAD, faults=[DATABASE_CUT], checks=RECOVERS))
    _happened(name, "FaultInjected")
    for part in (HOLDER, OPERATOR, "stresscampaigns.load"):
        kill(part)
    assert not database_reachable()
    eventually(database_reachable, 60, "the database can be reached again")
    status = finished(name, 180)
    assert status["verdict"] == "Inconclusive"
    assert leftovers(name) == []


def test_deleting_a_run_stops_its_load_and_its_fault() -> None:
    long = {**DATABASE_CUT, "at": "2s", "duration": "5m"}
    stages = [{"name": "only", "users": 2, "duration": "10m"}]
    name = start(campaign("run-deleted", load={**LOAD, "stages": stages}, faults=[long], checks=RECOVERS))
    _happened(name, "FaultInjected")
    run("kubectl", "-n", NAMESPACE, "delete", "stressrun", name, "--timeout=20s")
    assert leftovers(name) == []
    eventually(database_reachable, 20, "the database can be reached again")
    delete("run-deleted")


def test_deleting_a_campaign_stops_what_it_started() -> None:
    stages = [{"name": "only", "users": 2, "duration": "10m"}]
    name = start(campaign("campaign-deleted", load={**LOAD, "stages": stages}))
    _happened(name, "LoadStarted")
    delete("campaign-deleted")
    eventually(lambda: get("-n", NAMESPACE, "stressrun", name) is None, 30, "the run is gone")
    assert leftovers(name) == []


def test_an_abort_stops_everything_and_keeps_the_reason() -> None:
    long = {**DATABASE_CUT, "at": "2s", "duration": "5m"}
    stages = [{"name": "only", "users": 2, "duration": "10m"}]
    name = start(campaign("aborted", load={**LOAD, "stages": stages}, faults=[long], checks=RECOVERS))
    _happened(name, "FaultInjected")
    run("kubectl", "-n", NAMESPACE, "annotate", "stressrun", name, "stresscampaigns.dev/abort=pager rang")
    status = finished(name, 30)
    assert (status["verdict"], status["message"]) == ("Aborted", "aborted: pager rang")
    assert status["faults"][0]["pods"][0]["outcome"] == "Aborted"
    assert leftovers(name) == []
    eventually(database_reachable, 20, "the database can be reached again")


def _happened(name: str, event: str) -> None:
    def look() -> bool:
        return any(entry["event"] == event for entry in status_of(name).get("timeline") or [])

    eventually(look, 90, f"{event} in {name}")


def _sidecars(name: str, status: dict[str, Any]) -> int:
    """How many of this run's ephemeral containers are in the pod that was hit."""
    (pod,) = status["faults"][0]["pods"]
    body = get("-n", NAMESPACE, "pod", pod["pod"]) or {}
    uid = (get("-n", NAMESPACE, "stressrun", name) or {})["metadata"]["uid"]
    return sum(one["name"].startswith(container_prefix(uid)) for one in body["spec"]["ephemeralContainers"])


def _run_names(name: str) -> list[str]:
    found = get("-n", NAMESPACE, "stressruns", "-l", f"stresscampaigns.dev/campaign={name}")
    return [item["metadata"]["name"] for item in (found or {"items": []})["items"]]
