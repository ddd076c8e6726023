"""A node without room: load that does not fit is told; a sidecar needs no room; a pod that was killed stays away."""

from collections.abc import Iterator

import pytest

from cluster.settings import NODE
from demo.kubectl import run
from tests.e2e.campaigns import (
    DATABASE_CUT,
    NAMESPACE,
    campaign,
    delete,
    finished,
    leftovers,
    start,
    status_of,
    workflows,
)
from tests.e2e.node import left_on_node
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.long

KILLED = {"name": "killed", "type": "PodKill", "at": "22s", "duration": "4s"}
REPLACED = [{"name": "replaced", "podsReady": {"fault": "killed"}, "max": "8s"}]


@pytest.fixture
def _room_afterwards() -> Iterator[None]:
    yield
    run("kubectl", "uncordon", NODE)
    run("kubectl", "-n", NAMESPACE, "rollout", "status", "deployment/agents", "--timeout=120s")


def test_load_of_which_only_a_part_fits_ends_the_run_and_what_did_fit_goes() -> None:
    load = workflows("30s") | {"workers": 12}
    name = start(campaign("too-many-workers", load=load, startTimeout="10s"))
    status = finished(name, 120)
    assert status["verdict"] == "Inconclusive"
    assert status["message"].startswith("LoadPodsNotStarting")
    assert "Insufficient cpu" in status["message"]
    assert leftovers(name) == []
    delete("too-many-workers")


@pytest.mark.usefixtures("_room_afterwards")
def test_a_full_node_keeps_no_fault_out_and_a_pod_that_it_cannot_hold_again_fails_its_check() -> None:
    name = start(campaign("full-node", load=workflows("40s"), faults=[DATABASE_CUT, KILLED], checks=REPLACED))
    eventually(lambda: "startedAt" in status_of(name).get("load", {}), 60, "the load is on")
    run("kubectl", "cordon", NODE)
    status = finished(name, 120)
    cut, killed = (fault["pods"][0] for fault in status["faults"])
    assert (cut["outcome"], cut["harmed"] > 0) == ("Ended", True), cut
    assert killed["outcome"] == "Ended", killed
    assert status["verdict"] == "Failed", status["message"]
    assert "not all ready again" in status["message"]
    assert leftovers(name) == []
    assert left_on_node() == []
    delete("full-node")
