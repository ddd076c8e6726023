"""Whatever is killed or taken away while a run is under way: it goes on or stops, and nothing stays behind."""

from typing import Any

from demo.kubectl import get
from stresscampaigns.manifests.names import container_prefix
from tests.e2e.campaigns import (
    DATABASE_CUT,
    LONG_LOAD,
    NAMESPACE,
    RECOVERS,
    campaign,
    delete,
    finished,
    leftovers,
    start,
    status_of,
    workflows,
)
from tests.e2e.node import database_reachable, fresh_operator, kill
from tests.e2e.waiting import eventually

OPERATOR, HOLDER = "stresscampaigns.handlers", "stresscampaigns.faults"
LOAD = workflows("40s")


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
    assert status["faults"][0]["pods"][0]["harmed"] > 0
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


def test_deleting_a_campaign_stops_what_it_started() -> None:
    name = start(campaign("campaign-deleted", load=LONG_LOAD))
    _happened(name, "LoadStarted")
    assert leftovers(name)
    delete("campaign-deleted")
    eventually(lambda: get("-n", NAMESPACE, "stressrun", name) is None, 30, "the run is gone")
    assert leftovers(name) == []


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
