"""Others lay hands on a run in the middle of its fault: it is forced away, its sidecar stopped, its pod made anew.

`make stress` runs them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from demo.kubectl import get, run
from stresscampaigns.manifests.names import container_name
from tests.e2e import node
from tests.e2e.campaigns import (
    DATABASE_CUT,
    LONG_LOAD,
    NAMESPACE,
    RECOVERS,
    campaign,
    delete,
    leftovers,
    pod_in_force,
    start,
    status_of,
)
from tests.e2e.waiting import eventually

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("_sound_system")]
LONG_FAULT: dict[str, Any] = {**DATABASE_CUT, "duration": "8m"}
POD = "postgres-0"


@contextmanager
def under(name: str, fault: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A run whose fault is in force, and its sidecar; its campaign is gone afterwards."""
    run_name = start(campaign(name, load=LONG_LOAD, faults=[fault], checks=RECOVERS))
    try:
        assert pod_in_force(run_name) == POD
        uid = (get("-n", NAMESPACE, "stressrun", run_name) or {})["metadata"]["uid"]
        yield run_name, container_name(uid, "cut")
    finally:
        delete(name)
        eventually(lambda: get("-n", NAMESPACE, "stressrun", run_name) is None, 60, "the run is gone")


def has_ended(sidecar: str) -> bool:
    pod = get("-n", NAMESPACE, "pod", POD) or {}
    statuses = (pod.get("status") or {}).get("ephemeralContainerStatuses") or []
    return any(one["name"] == sidecar and "terminated" in one["state"] for one in statuses)


def test_a_run_that_is_forced_away_leaves_neither_fault_nor_load() -> None:
    with under("left-forced", LONG_FAULT) as (run_name, sidecar):
        where = ("-n", NAMESPACE, "stressrun", run_name)
        run("kubectl", "patch", *where, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        run("kubectl", "delete", *where, "--wait=false")
        eventually(lambda: has_ended(sidecar), 10, "its sidecar has ended")
        eventually(node.database_reachable, 20, "the database can be reached again")
        eventually(lambda: leftovers(run_name) == [], 60, "its load is gone")


def test_a_finalizer_that_is_taken_off_comes_back() -> None:
    with under("left-unheld", LONG_FAULT) as (run_name, _):
        where = ("-n", NAMESPACE, "stressrun", run_name)
        run("kubectl", "patch", *where, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        eventually(
            lambda: (get(*where) or {})["metadata"].get("finalizers"), 10, "it is held again by its finalizer"
        )


def test_a_sidecar_that_somebody_stopped_is_ended_though_the_load_goes_on() -> None:
    with under("left-stopped", DATABASE_CUT) as (run_name, sidecar):
        node.kill(f"stresscampaigns.faults hold .*{sidecar}", "STOP")
        eventually(node.database_reachable, 30, "the kernel has ended it")
        eventually(lambda: has_ended(sidecar), 40, "its sidecar has ended, too")
        assert status_of(run_name)["phase"] == "Running"


def test_a_pod_that_is_made_anew_under_its_name_is_free_and_the_fault_did_not_last() -> None:
    with under("left-anew", LONG_FAULT) as (run_name, _):
        run("kubectl", "-n", NAMESPACE, "delete", "pod", POD, "--wait=true")
        eventually(node.database_reachable, 60, "the new one can be reached")
        (fault,) = status_of(run_name)["faults"]
        # Its sidecar was told to end with the pod: whether that is still heard is the kubelet's to say.
        (hit,) = fault["pods"]
        assert hit["outcome"] in ("Aborted", "Lost")
