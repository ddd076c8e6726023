"""What nobody has heard of is waited for until it cannot come any more; what was seen, or never asked for, is not."""

from typing import Any

import pytest

from stresscampaigns.api.fault_protocol import MAX_LATE
from stresscampaigns.api.run import FaultPod, StressRunStatus
from stresscampaigns.core.deployments import NoDeployment
from stresscampaigns.core.fault_life import CLOCKS_APART
from stresscampaigns.core.observation import LoadView
from stresscampaigns.core.rollout import NEVER_LATER, PATIENCE
from stresscampaigns.core.runs import decide
from stresscampaigns.core.still_to_come import still_to_come
from tests.unit.core.builders import FAULT_START, run, seen, sidecar, under_load
from tests.unit.core.measurements import fault_record

CHOSEN = FaultPod(pod="postgres-0", uid="uid-postgres-0")
END = FAULT_START + 3600
SIDECAR, ROLLOUT = MAX_LATE + CLOCKS_APART, NEVER_LATER


def status(pod: FaultPod = CHOSEN, **changes: Any) -> StressRunStatus:
    record = fault_record(pod).model_copy(update={"type": "NetworkPartition", **changes})
    return under_load(verdict="Aborted", faults=[record])


@pytest.mark.parametrize(
    ("type_", "after", "may"),
    [
        ("NetworkPartition", -8, True),
        ("NetworkPartition", SIDECAR, True),
        ("NetworkPartition", SIDECAR + 0.1, False),
        (None, SIDECAR, True),
        ("BadRollout", -0.1, False),
        ("BadRollout", 0, True),
        ("BadRollout", ROLLOUT, True),
        ("BadRollout", ROLLOUT + 0.1, False),
        ("PodKill", 1, False),
    ],
)
def test_it_may_come_for_as_long_as_its_own_end_allows(type_: str | None, after: float, may: bool) -> None:
    assert still_to_come(status(type=type_), seen(FAULT_START + after)) is may


def test_in_a_pod_that_took_anothers_place_it_begins_later() -> None:
    fresh = CHOSEN.model_copy(update={"since": FAULT_START + 3})
    assert still_to_come(status(fresh), seen(FAULT_START + 3 + SIDECAR))


def test_what_was_held_back_may_have_been_asked_for_before_unless_it_had_no_pods_yet() -> None:
    back = CHOSEN.model_copy(update={"outcome": "HeldBack"})
    assert still_to_come(status(back), seen(FAULT_START))
    assert not still_to_come(status(back, type="BadRollout"), seen(FAULT_START))
    assert not still_to_come(status(FaultPod(pod="-", uid="-", outcome="HeldBack")), seen(FAULT_START))


@pytest.mark.parametrize("outcome", ["Late", "Refused"])
def test_a_bad_revision_that_is_late_or_refused_may_have_been_asked_for_just_before(outcome: str) -> None:
    pod = CHOSEN.model_copy(update={"outcome": outcome})
    assert still_to_come(status(pod, type="BadRollout"), seen(FAULT_START + ROLLOUT))
    assert not still_to_come(status(pod, type="BadRollout"), seen(FAULT_START + ROLLOUT + 0.1))
    nowhere = pod.model_copy(update={"uid": "-"})
    assert not still_to_come(status(nowhere, type="BadRollout"), seen(FAULT_START))
    assert not still_to_come(status(pod), seen(FAULT_START))


@pytest.mark.parametrize("pod", [CHOSEN, CHOSEN.model_copy(update={"injected_at": FAULT_START})])
def test_a_bad_revision_whose_deployment_cannot_be_seen_may_be_out_until_its_end_is_waited_for_no_more(
    pod: FaultPod,
) -> None:
    def waits(after: float, gone: bool = False) -> bool:
        found = {"cut": NoDeployment("the API server has just begun", gone=gone)}
        return still_to_come(status(pod, type="BadRollout", ends_at=END), seen(after, deployments=found))

    assert (waits(FAULT_START - 1), waits(END + PATIENCE), waits(END + PATIENCE + 0.1)) == (
        False,
        True,
        False,
    )
    assert not waits(END, gone=True)


def test_the_end_of_one_that_is_over_before_it_could_come_is_waited_for_from_then_on() -> None:
    short, unseen = status(type="BadRollout", ends_at=FAULT_START + 1), {"cut": NoDeployment("not seen")}
    assert still_to_come(short, seen(FAULT_START + ROLLOUT + PATIENCE, deployments=unseen))


def test_a_bad_revision_that_is_late_is_waited_for_no_longer_where_its_deployment_cannot_be_seen() -> None:
    late = status(CHOSEN.model_copy(update={"outcome": "Late"}), type="BadRollout", ends_at=END)
    assert not still_to_come(late, seen(END, deployments={"cut": NoDeployment("not seen")}))


def test_a_bad_revision_that_is_out_does_not_come_again() -> None:
    out = CHOSEN.model_copy(update={"injected_at": FAULT_START})
    assert not still_to_come(status(out, type="BadRollout"), seen(FAULT_START + 1))


@pytest.mark.parametrize("known", [{"injected_at": FAULT_START}, {"outcome": "Refused"}])
def test_of_what_is_known_nothing_more_comes(known: dict[str, Any]) -> None:
    assert not still_to_come(status(CHOSEN.model_copy(update=known)), seen(FAULT_START))


def test_what_is_there_does_not_come_any_more() -> None:
    assert not still_to_come(status(), seen(FAULT_START, sidecars=(sidecar("Terminated"),)))


def test_what_is_in_another_pod_of_that_name_is_not_it() -> None:
    another = CHOSEN.model_copy(update={"uid": "of the pod before"})
    assert still_to_come(status(another), seen(FAULT_START, sidecars=(sidecar("Terminated"),)))


@pytest.mark.parametrize(("after", "phase"), [(SIDECAR, "Running"), (SIDECAR + 0.1, "Finished")])
def test_until_then_the_run_is_not_over(after: float, phase: str) -> None:
    decision = decide(run(status()), seen(FAULT_START + after, load=LoadView()))
    assert decision.status.phase == phase
