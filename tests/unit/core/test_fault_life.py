"""A fault that was put in: in force, ended, refused, lost. Followed to its proven end."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.run import FaultPod
from stresscampaigns.core.actions import InjectFault
from stresscampaigns.core.fault_life import LOST_AFTER, may_hold
from stresscampaigns.core.injection import advance, follow
from stresscampaigns.core.observation import Sidecar
from stresscampaigns.core.progress import Decision
from tests.unit.core.builders import CUT, FAULT_END, FAULT_START, ready_pod, run, seen, sidecar, under_load
from tests.unit.core.measurements import ended_pod, fault_record, let_begin

CHOSEN = FaultPod(pod="postgres-0", uid="uid-postgres-0")
IN_FORCE = CHOSEN.model_copy(update={"injected_at": FAULT_START})
LATE = FAULT_END + LOST_AFTER


def look(now: float, pod: FaultPod, *sidecars: Sidecar) -> Decision:
    return advance(run(under_load(faults=[let_begin(pod)])), seen(now, sidecars=sidecars))


def became(now: float, pod: FaultPod, *sidecars: Sidecar) -> FaultPod:
    (record,) = look(now, pod, *sidecars).status.faults or []
    (found,) = record.pods or []
    return found


def test_it_is_in_force_from_when_its_sidecar_says_so() -> None:
    decision = look(FAULT_START + 1, CHOSEN, sidecar(injected_at=FAULT_START + 0.2))
    assert [said.message for said in decision.said] == [
        "fault cut is in force in pod postgres-0 since 2027-01-15T08:00:50Z"
    ]
    assert [entry.event for entry in decision.status.timeline or []] == ["FaultInjected"]
    assert became(FAULT_START + 1, CHOSEN, sidecar(injected_at=FAULT_START + 0.2)).outcome is None


def test_that_it_was_in_force_stays_known_where_its_log_cannot_be_had_any_more() -> None:
    assert became(FAULT_START + 1, IN_FORCE, sidecar()).injected_at == FAULT_START
    dead = became(FAULT_START + 1, IN_FORCE, sidecar("Terminated"))
    assert (dead.injected_at, dead.outcome) == (FAULT_START, "Lost")


def test_its_end_is_told_with_what_it_did() -> None:
    proof: dict[str, Any] = {
        "injected_at": FAULT_START,
        "ended_at": FAULT_END,
        "harmed": 7,
        "unit": "packets dropped",
        "outcome": "Ended",
    }
    decision = look(FAULT_END + 1, IN_FORCE, sidecar("Terminated", **proof))
    assert [said.message for said in decision.said] == [
        "fault cut has ended in pod postgres-0; 7 packets dropped"
    ]
    assert became(FAULT_END + 1, IN_FORCE, sidecar("Terminated", **proof)) == ended_pod()


@pytest.mark.parametrize("outcome", ["Refused", "Late", "Aborted"])
def test_an_end_that_is_none_is_told_as_a_warning_with_the_reason(outcome: Any) -> None:
    report = sidecar("Terminated", outcome=outcome, message="no NET_ADMIN")
    (said,) = look(FAULT_START, CHOSEN, report).said
    assert (said.kind, said.reason) == ("Warning", f"Fault{outcome}")
    assert said.message == f"fault cut in pod postgres-0: {outcome}: no NET_ADMIN"


@pytest.mark.parametrize(
    ("now", "pod", "sidecars", "words"),
    [
        (FAULT_START + 5, IN_FORCE, [], "the pod or its sidecar is gone"),
        (LATE + 0.1, CHOSEN, [], "nothing of it was seen in its time"),
        (
            FAULT_START + 5,
            CHOSEN.model_copy(update={"uid": "of the pod before"}),
            [sidecar(injected_at=FAULT_START)],
            "the pod or its sidecar is gone",
        ),
        (FAULT_START + 5, IN_FORCE, [sidecar("Terminated", injected_at=FAULT_START)], "the sidecar died"),
        (LATE + 0.1, CHOSEN, [sidecar("Waiting")], "never reported: no reason known"),
        (LATE + 0.1, IN_FORCE, [sidecar(injected_at=FAULT_START)], "never reported"),
    ],
    ids=["pod gone", "never seen", "another pod", "sidecar died", "never started", "never ended"],
)
def test_a_fault_whose_end_nobody_proved_is_lost(
    now: float, pod: FaultPod, sidecars: list[Sidecar], words: str
) -> None:
    found = became(now, pod, *sidecars)
    assert found.outcome == "Lost"
    assert words in (found.message or "")
    assert "must be built" not in (found.message or "")


@pytest.mark.parametrize("sidecars", [[], [sidecar("Waiting")], [sidecar()]])
def test_a_fault_that_has_not_reported_yet_is_given_time(sidecars: list[Sidecar]) -> None:
    assert became(LATE, CHOSEN, *sidecars).outcome is None


def test_an_outcome_once_written_stays() -> None:
    for begun in (None, FAULT_START):
        report = sidecar(outcome="Refused", message="something else", injected_at=begun)
        assert became(LATE + 100, ended_pod(), report) == ended_pod()
    assert became(LATE + 100, ended_pod()) == ended_pod()


def test_one_that_was_held_back_has_not_begun_by_what_another_pod_of_its_name_says() -> None:
    held = CHOSEN.model_copy(
        update={"uid": "of the pod before", "outcome": "HeldBack", "message": "not well"}
    )
    assert became(FAULT_START + 1, held, sidecar(injected_at=FAULT_START)) == held


def test_of_two_faults_in_one_pod_each_has_its_own_word() -> None:
    other = replace(sidecar(injected_at=FAULT_START - 20, outcome="Ended"), fault="slow")
    found = became(FAULT_START + 1, CHOSEN, sidecar(injected_at=FAULT_START), other)
    assert (found.injected_at, found.outcome) == (FAULT_START, None)


def test_what_is_in_the_way_of_a_sidecar_is_told_as_long_as_it_says_nothing_itself() -> None:
    stuck = replace(sidecar("Waiting"), trouble="ErrImagePull")
    assert became(FAULT_START + 1, CHOSEN, stuck).message == "ErrImagePull"
    hindered = CHOSEN.model_copy(update={"message": "the API server refuses it"})
    assert became(LATE + 0.1, hindered).message == "the API server refuses it"


def test_looking_again_tells_nothing_again() -> None:
    observation = seen(FAULT_START + 1, sidecars=(sidecar(injected_at=FAULT_START),))
    first = advance(run(under_load(faults=[fault_record(CHOSEN)])), observation)
    again = advance(run(first.status), observation)
    assert (again.status, again.said, again.actions) == (first.status, (), ())


def test_after_the_run_no_fault_begins_and_none_is_called_lost_for_that() -> None:
    status = under_load(verdict="Aborted", faults=[fault_record().model_copy(update={"pods": None})])
    decision = follow(run(status), seen(LATE + 100))
    assert (decision.status, decision.actions, decision.said) == (status, (), ())


@pytest.mark.parametrize(
    ("state", "now", "may"),
    [
        ("Running", LATE + 1000, True),
        ("Terminated", FAULT_START, False),
        ("Waiting", LATE, True),
        ("Waiting", LATE + 0.1, False),
    ],
)
def test_a_sidecar_that_never_started_can_hold_a_fault_only_until_its_time_is_over(
    state: str, now: float, may: bool
) -> None:
    assert may_hold(under_load(faults=[fault_record(CHOSEN)]), sidecar(state), now) is may


def test_how_long_one_may_hold_a_fault_is_said_by_that_very_fault() -> None:
    longer = fault_record(CHOSEN).model_copy(update={"name": "longer", "ends_at": FAULT_END + 3600})
    status = under_load(faults=[longer, fault_record(CHOSEN)])
    assert not may_hold(status, sidecar("Waiting"), LATE + 0.1)
    assert may_hold(status, replace(sidecar("Waiting"), fault="longer"), LATE + 0.1)


def test_a_sidecar_of_which_nothing_was_written_down_may_hold_a_fault() -> None:
    assert may_hold(under_load(), sidecar("Waiting"), LATE + 1000)


def test_a_pod_that_takes_the_place_of_one_that_was_hit_gets_the_remaining_time_where_asked() -> None:
    new = ready_pod("postgres-1")
    status = under_load(faults=[fault_record(IN_FORCE)])
    observation = seen(FAULT_START + 4, fault_pods={"cut": (new,)})
    include = run(status, faults=[CUT | {"new_pods": "Include"}])
    first = advance(include, observation)
    scheduled = next(said for said in first.said if said.reason == "FaultScheduled")
    assert "goes into postgres-1, from 2027-01-15T08:00:54Z to 2027-01-15T08:01:00Z" in scheduled.message
    assert (first.actions, first.wait) == ((), 0.0), "what is not written down, nobody would wait for"
    again = advance(replace(include, status=first.status), observation)
    assert [(one.pod, one.start, one.end) for one in again.actions if isinstance(one, InjectFault)] == [
        ("postgres-1", FAULT_START + 4, FAULT_END)
    ]
    assert advance(run(status), observation).actions == ()


def test_the_other_ends_addresses_go_along() -> None:
    peers = {"selector": {"match_labels": {"app": "agents"}}}
    one = run(under_load(faults=[fault_record(CHOSEN)]), faults=[CUT | {"peers": peers}])
    (action,) = advance(one, seen(FAULT_START - 5, peers={"cut": ("10.0.0.7",)})).actions
    assert isinstance(action, InjectFault)
    assert action.peers == ("10.0.0.7",)


OWN: dict[str, Any] = {**CUT, "type": "Custom", "image": "own:1", "command": ["/own"]}
del OWN["port"]


@pytest.mark.parametrize(
    ("report", "trouble", "words"),
    [
        (
            {},
            "StartError: no python3",
            "never reported: StartError: no python3; own:1 must be built FROM the",
        ),
        ({}, None, "never reported: no reason known; own:1 must be built FROM the"),
        ({"pid": 1}, None, "the sidecar died; what it held ends with it, or by the kernel"),
    ],
)
def test_an_image_of_ones_own_that_is_not_built_from_ours_is_told_so(
    report: dict[str, Any], trouble: str | None, words: str
) -> None:
    status = run(under_load(faults=[fault_record(CHOSEN)]), faults=[OWN])
    dead = replace(sidecar("Terminated", **report), trouble=trouble)
    (record,) = advance(status, seen(FAULT_START - 1, sidecars=(dead,))).status.faults or []
    (pod,) = record.pods or []
    assert pod.outcome == "Lost"
    assert words in (pod.message or "")
