"""Pods that the operator kills itself: at their time, the chosen ones, and only until it is too late."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.run import FaultPod
from stresscampaigns.core.actions import KillPod
from stresscampaigns.core.injection import LEAD, TICK, advance
from stresscampaigns.core.killing import MOST_LATE
from stresscampaigns.core.observation import Pod
from stresscampaigns.core.progress import Decision
from tests.unit.core.builders import CUT, FAULT_END, FAULT_START, ready_pod, run, seen, under_load
from tests.unit.core.measurements import fault_record

CHOSEN = FaultPod(pod="postgres-0", uid="uid-postgres-0")
KILL = KillPod("cut", "postgres-0", "uid-postgres-0")
POD = ready_pod("postgres-0")
FAULT: dict[str, Any] = {key: value for key, value in CUT.items() if key != "port"} | {"type": "PodKill"}


def step(now: float, *there: Pod, pod: FaultPod | None = CHOSEN, **changes: Any) -> Decision:
    status = under_load(faults=[fault_record(pod)] if pod else None)
    return advance(run(status, faults=[FAULT | changes]), seen(now, fault_pods={"cut": there}))


def pods(decision: Decision) -> list[FaultPod]:
    (record,) = decision.status.faults or []
    return record.pods or []


def test_its_pod_is_written_down_ahead_of_time_and_left_alone_until_then() -> None:
    chosen = step(FAULT_START - LEAD, POD, pod=None)
    (pod,) = pods(chosen)
    assert (pod.pod, pod.uid, pod.outcome, chosen.actions) == (CHOSEN.pod, CHOSEN.uid, None, ())
    assert step(FAULT_START - 0.01, POD).actions == ()


def test_at_its_time_it_is_killed_and_again_until_it_is_gone() -> None:
    assert step(FAULT_START, POD).actions == (KILL,)
    assert step(FAULT_START + 1, POD).actions == (KILL,)


def test_the_next_look_comes_when_it_is_due() -> None:
    assert step(FAULT_START - 0.2, POD).wait == pytest.approx(0.2)
    assert step(FAULT_START - 3, POD).wait == TICK
    assert step(FAULT_START, POD).wait == TICK


def test_that_it_is_gone_proves_it_whoever_has_its_name_now() -> None:
    decision = step(FAULT_START + 0.4, Pod("postgres-0", "uid-of-the-next", ready=True))
    (found,) = pods(decision)
    assert (found.outcome, found.harmed, found.unit) == ("Ended", 1, "pods killed")
    assert found.injected_at == found.ended_at == FAULT_START + 0.4
    assert decision.actions == ()
    assert [said.reason for said in decision.said] == ["FaultInjected", "FaultEnded"]


def test_a_pod_that_was_gone_before_its_time_was_not_killed_by_us() -> None:
    (found,) = pods(step(FAULT_START - 1))
    assert (found.outcome, found.message) == ("Lost", "the pod was gone before its time")


def test_what_comes_too_late_is_not_done() -> None:
    decision = step(FAULT_START + MOST_LATE + 0.1, POD)
    (found,) = pods(decision)
    assert (found.outcome, decision.actions) == ("Late", ())
    assert "5.1s late" in (found.message or "")


def test_where_asked_the_pod_that_takes_its_place_is_killed_as_well_while_the_fault_lasts() -> None:
    gone = CHOSEN.model_copy(update={"outcome": "Ended"})
    fresh = ready_pod("postgres-1")
    decision = step(FAULT_START + 7, fresh, pod=gone, newPods="Include")
    assert [one.pod for one in pods(decision)] == ["postgres-0", "postgres-1"]
    assert decision.actions == (KillPod("cut", "postgres-1", "uid-postgres-1"),)
    assert step(FAULT_START + 7, fresh, pod=gone).actions == ()
    assert step(FAULT_END, fresh, pod=gone, newPods="Include").actions == ()


@given(st.floats(FAULT_START - 30, FAULT_END + 60), st.booleans())
def test_nothing_is_killed_before_its_time_nor_late(now: float, there: bool) -> None:
    decision = step(now, *([POD] if there else []))
    assert bool(decision.actions) == (there and FAULT_START <= now <= FAULT_START + MOST_LATE)
