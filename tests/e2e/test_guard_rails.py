"""However a run is told to end, its load and its fault end within moments, and nothing of either is left behind."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from demo.kubectl import get, run
from stresscampaigns.core.clocktime import from_rfc3339
from stresscampaigns.manifests.names import container_name
from tests.e2e.campaigns import (
    DATABASE_CUT,
    LONG_LOAD,
    NAMESPACE,
    RECOVERS,
    campaign,
    delete,
    finished,
    leftovers,
    pod_in_force,
    start,
)
from tests.e2e.node import database_reachable
from tests.e2e.waiting import eventually

PROMISED = 2.0
"""Seconds from the change to the fault's end."""
SEEN_LATE = 3.0
"""Seconds more until kubectl shows that load pods are gone: it is asked over and over, each time for a while."""
ALLOWED = "stresscampaigns.dev/allowed"
LONG_FAULT: dict[str, Any] = {**DATABASE_CUT, "at": "10s", "duration": "8m"}


@contextmanager
def under_fault(name: str, **changes: Any) -> Iterator[str]:
    """A run whose fault is in force; its campaign is gone afterwards."""
    run_name = start(campaign(name, load=LONG_LOAD, faults=[LONG_FAULT], checks=RECOVERS, **changes))
    try:
        pod_in_force(run_name)
        yield run_name
    finally:
        delete(name)


def annotate(run_name: str) -> None:
    run("kubectl", "-n", NAMESPACE, "annotate", "stressrun", run_name, "stresscampaigns.dev/abort=enough")


def take_the_label_away(_: str) -> None:
    run("kubectl", "label", "namespace", NAMESPACE, f"{ALLOWED}-")


def allow_load_alone(_: str) -> None:
    run("kubectl", "label", "namespace", NAMESPACE, f"{ALLOWED}=load", "--overwrite")


@pytest.fixture
def _label_comes_back() -> Iterator[None]:
    yield
    run("kubectl", "label", "namespace", NAMESPACE, f"{ALLOWED}=true", "--overwrite")


@pytest.mark.usefixtures("_label_comes_back")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (annotate, "aborted: enough"),
        (take_the_label_away, "has not opted in"),
        (allow_load_alone, "allows load, but no faults"),
    ],
)
def test_load_and_fault_end_within_moments_and_the_run_says_why(
    change: Callable[[str], None], words: str
) -> None:
    with under_fault(f"told-to-end-{change.__name__.replace('_', '-')}") as run_name:
        assert _load_pods(run_name)
        changed = time.time()
        change(run_name)
        eventually(lambda: not _load_pods(run_name), PROMISED + SEEN_LATE, "the load's pods are gone")
        status = finished(run_name, 90)
        assert status["verdict"] == "Aborted"
        assert words in status["message"]
        _ended_in_time(status, changed)
        _nothing_is_left(run_name)


def test_deleting_the_run_ends_its_fault_within_moments() -> None:
    with under_fault("told-to-end-deleted") as run_name:
        assert _load_pods(run_name)
        uid = (get("-n", NAMESPACE, "stressrun", run_name) or {})["metadata"]["uid"]
        changed = time.time()
        run("kubectl", "-n", NAMESPACE, "delete", "stressrun", run_name, "--wait=false")
        eventually(lambda: not _load_pods(run_name), PROMISED + SEEN_LATE, "the load's pods are gone")
        ended = eventually(lambda: _last_words(container_name(uid, "cut")), 20, "the sidecar has ended")
        assert ended["ended_at"] - changed <= PROMISED
        eventually(database_reachable, 20, "the database can be reached again")
        eventually(lambda: get("-n", NAMESPACE, "stressrun", run_name) is None, 20, "the run is gone")
        assert leftovers(run_name) == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"errorRate": {}, "above": "1%", "for": "1s"}, r"error rate [\d.]+%, above 1% for 1s"),
        ({"query": 'max(up{job=~".+"}) or vector(1)', "above": 0, "for": "12s"}, "query 1, above 0 for 12s"),
        pytest.param(
            {"recovery": {"fault": "cut", "since": "faultStart"}, "above": "4s"},
            r"not good again [\d.]+s after the start of cut \(the last bad second, .*\), above 4s",
            marks=pytest.mark.long,
        ),
    ],
    ids=["that the load watches", "that asks Prometheus", "on recovery"],
)
def test_a_rule_that_holds_ends_the_run_with_its_name_and_its_number(
    rule: dict[str, Any], words: str
) -> None:
    with under_fault("told-to-end-by-rule", abortWhen=[{"name": "meltdown", **rule}]) as run_name:
        status = finished(run_name, 90)
        assert status["verdict"] == "Aborted"
        assert re.match(f"aborted: abort rule meltdown: {words}", status["message"]), status["message"]
        aborted = next(one["time"] for one in status["timeline"] if one["event"] == "Aborted")
        _ended_in_time(status, from_rfc3339(aborted) + 1)  # the timeline tells whole seconds
        _nothing_is_left(run_name)


@pytest.mark.long
def test_a_pod_of_a_neighbour_that_falls_under_a_fault_ends_it_and_the_load_within_moments() -> None:
    rule = {"name": "contained", "containment": {"fault": "*"}, "above": 0}
    neighbour = {"name": "api", "selector": {"matchLabels": {"app": "external-api"}}}
    with under_fault("told-to-end-by-harm", abortWhen=[rule], neighbours=[neighbour]) as run_name:
        fallen = time.time()
        run("kubectl", "-n", NAMESPACE, "delete", "pods", "-l", "app=external-api", "--wait=false")
        eventually(lambda: not _load_pods(run_name), PROMISED + SEEN_LATE, "the load's pods are gone")
        status = finished(run_name, 90)
        assert re.match(
            "aborted: abort rule contained: 1 pods of neighbours harmed since start of every fault, above 0: "
            "external-api-.* is gone",
            status["message"],
        ), status["message"]
        _ended_in_time(status, fallen)
        _nothing_is_left(run_name)
    run("kubectl", "-n", NAMESPACE, "rollout", "status", "deployment/external-api", "--timeout=60s")


def test_a_dry_run_names_the_pods_and_touches_none() -> None:
    delete("told-only")
    run_name = start(campaign("told-only", load=LONG_LOAD, faults=[LONG_FAULT], checks=RECOVERS, dryRun=True))
    status = finished(run_name, 90)
    (fault,) = status["plan"]["faults"]
    assert fault["pods"][0].startswith("postgres")
    assert fault["steadyState"] == "looked at from 5s to 10s"
    assert status["plan"].get("inTheWay") is None, status["message"]
    assert {one["type"]: one["status"] for one in status["conditions"]} == {
        "Completed": "True",
        "Planned": "True",
    }
    assert leftovers(run_name) == []
    delete("told-only")


def test_a_campaign_that_is_asked_for_its_plan_tells_it() -> None:
    delete("asked")
    run("kubectl", "-n", NAMESPACE, "wait", "--for=delete", "stresscampaign/asked", "--timeout=60s")
    manifest = campaign("asked", faults=[LONG_FAULT], load=LONG_LOAD, schedule="0 0 1 1 *")
    start(manifest)
    run("kubectl", "-n", NAMESPACE, "annotate", "stresscampaign", "asked", "stresscampaigns.dev/dry-run=1")
    name = eventually(_dry_run_of_asked, 30, "a dry run")
    assert finished(name, 30)["plan"]["workers"] == 1
    delete("asked")


def _dry_run_of_asked() -> str | None:
    found = get("-n", NAMESPACE, "stressruns") or {"items": []}
    names = [one["metadata"]["name"] for one in found["items"]]
    return next((name for name in names if name.startswith("asked-dryrun-")), None)


def _load_pods(run_name: str) -> list[str]:
    found = get("-n", NAMESPACE, "pods", "-l", f"stresscampaigns.dev/run={run_name}") or {"items": []}
    return [one["metadata"]["name"] for one in found["items"] if one["status"].get("phase") == "Running"]


def _last_words(sidecar: str) -> dict[str, Any] | None:
    """What it left for Kubernetes when it ended; its times are this machine's."""
    pod = get("-n", NAMESPACE, "pod", "postgres-0") or {}
    for one in pod["status"].get("ephemeralContainerStatuses") or []:
        if one["name"] == sidecar and "terminated" in one["state"]:
            said: dict[str, Any] = json.loads(one["state"]["terminated"]["message"])
            return said
    return None


def _ended_in_time(status: dict[str, Any], changed: float) -> None:
    """As the sidecar's own clock says, which is this machine's."""
    (pod,) = status["faults"][0]["pods"]
    assert pod["outcome"] == "Aborted"
    assert pod["endedAt"] - changed <= PROMISED


def _nothing_is_left(run_name: str) -> None:
    assert leftovers(run_name) == []
    eventually(database_reachable, 20, "the database can be reached again")
