"""A service that is not well before the fault gets none: whatever call kills the operator, nothing is ever in force."""

from typing import Any

from tests.unit.runtime.examples import ERRORS, FAULT, campaign
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse, at_every_call
from tests.unit.runtime.succession import judged, one_after_another

LENIENT: dict[str, Any] = {"name": "errors", "errorRate": {}, "max": "100%"}


def lived(*fuses: Fuse, unwell: bool = True, **changes: Any) -> FakeCluster:
    """A campaign's only run; whether its fault was ever in force is looked at after every step."""
    cluster = FakeCluster()
    cluster.staging.unwell = unwell
    cluster.resources.apply("StressCampaign", campaign(**({"checks": [LENIENT]} | changes)))
    one_after_another(cluster, fuses, judged)
    return cluster


def status_of(cluster: FakeCluster) -> dict[str, Any]:
    (run,) = cluster.resources.runs().values()
    status: dict[str, Any] = run["status"]
    return status


def was_in_force(cluster: FakeCluster) -> bool:
    return any(one.told_to_end is None or one.told_to_end > one.at for one in cluster.staging.held)


def test_the_fault_is_held_back_and_the_run_is_no_evidence() -> None:
    cluster = lived()
    status = status_of(cluster)
    (fault,) = status["faults"]
    assert (fault["steadyState"]["service"], fault["steadyState"]["heldBack"]) == ("NotGood", True)
    assert [pod["outcome"] for pod in fault["pods"]] == ["HeldBack"]
    assert not was_in_force(cluster)
    assert cluster.staging.left() == []
    assert status["verdict"] == "Inconclusive"
    (doubt,) = status["invalidBecause"]
    assert doubt.startswith("fault db-away was held back: the service was not steady before the fault: ")
    assert doubt in status["message"]
    assert "FaultHeldBack" in [entry["event"] for entry in status["timeline"]]


def test_what_a_fault_that_was_held_back_was_to_show_has_no_answer() -> None:
    during = LENIENT | {"name": "during", "during": "db-away"}
    recovers = {"name": "recovers", "recovery": {"fault": "*"}, "max": "1s"}
    restarts = {"name": "restarts", "restarts": {"fault": "db-away"}, "max": 0}
    status = status_of(lived(checks=[during, recovers, restarts]))
    assert [check["verdict"] for check in status["checks"]] == ["Inconclusive"] * 3
    (fault,) = status["faults"]
    assert fault["outcome"] == "NotInForce"


def test_what_breaks_without_it_fails_the_run_all_the_same() -> None:
    assert status_of(lived(checks=[ERRORS]))["verdict"] == "Failed"


def test_the_events_say_once_that_it_is_held_back() -> None:
    cluster = lived()
    reasons = [reason for reason, _ in cluster.resources.announced if reason.startswith("Fault")]
    assert reasons == ["FaultScheduled", "FaultHeldBack"]


def test_who_asks_for_it_gets_the_fault_all_the_same() -> None:
    cluster = lived(faults=[FAULT | {"whenNotSteady": "Inject"}])
    assert [pod["outcome"] for pod in status_of(cluster)["faults"][0]["pods"]] == ["Ended"]
    assert was_in_force(cluster)


def test_a_crash_at_any_call_brings_it_into_force_nowhere() -> None:
    calm = Fuse()
    lived(calm)
    for fuse in at_every_call(calm.calls):
        cluster = lived(fuse)
        assert not was_in_force(cluster), fuse
        status = status_of(cluster)
        (fault,) = status["faults"]
        assert (status["verdict"], fault["steadyState"]["heldBack"]) == ("Inconclusive", True), fuse
        assert cluster.staging.left() == []
