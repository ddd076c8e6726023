"""Pods that the operator kills itself: at their time, the chosen ones, and only until it is too late."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stresscampaigns.api.run import FaultPod
from stresscampaigns.core.actions import KillPod
from stresscampaigns.core.chosen_pods import MOST_PODS
from stresscampaigns.core.injection import LEAD, TICK, advance, follow
from stresscampaigns.core.killing import MOST_LATE, SURE
from stresscampaigns.core.observation import Pod
from stresscampaigns.core.progress import Decision
from tests.unit.core.builders import CUT, FAULT_END, FAULT_START, ready_pod, run, seen, under_load
from tests.unit.core.measurements import fault_record, let_begin

CHOSEN = FaultPod(pod="postgres-0", uid="uid-postgres-0")
KILL = KillPod("cut", "postgres-0", "uid-postgres-0")
POD = ready_pod("postgres-0")
ASKED = CHOSEN.model_copy(update={"asked_at": FAULT_START + 0.1})
ACCEPTED = ASKED.model_copy(update={"injected_at": FAULT_START + 0.2})
FAULT: dict[str, Any] = {key: value for key, value in CUT.items() if key != "port"} | {"type": "PodKill"}


def step(now: float, *there: Pod, pod: FaultPod | None = CHOSEN, **changes: Any) -> Decision:
    status = under_load(faults=[let_begin(pod)] if pod else None)
    return advance(run(status, faults=[FAULT | changes]), seen(now, fault_pods={"cut": there}))


def pods(decision: Decision) -> list[FaultPod]:
    (record,) = decision.status.faults or []
    return record.pods or []


def test_its_pod_is_written_down_ahead_of_time_and_left_alone_until_then() -> None:
    chosen = step(FAULT_START - LEAD, POD, pod=None)
    (pod,) = pods(chosen)
    assert (pod.pod, pod.uid, pod.outcome, chosen.actions) == (CHOSEN.pod, CHOSEN.uid, None, ())
    assert step(FAULT_START - 0.01, POD).actions == ()


def test_at_its_time_it_is_written_down_that_it_will_be_killed_and_at_once_it_is() -> None:
    first = step(FAULT_START, POD)
    (asked,) = pods(first)
    assert (asked.asked_at, asked.injected_at, first.actions, first.wait) == (FAULT_START, None, (), 0.0)
    second = step(FAULT_START + 0.1, POD, pod=asked)
    (accepted,) = pods(second)
    assert (accepted.injected_at, second.actions, second.wait) == (FAULT_START + 0.1, (KILL,), TICK)
    assert [said.reason for said in second.said] == ["FaultInjected"]


def test_it_is_killed_again_until_it_is_gone() -> None:
    decision = step(FAULT_START + 1, POD, pod=ACCEPTED)
    assert (decision.actions, pods(decision)) == ((KILL,), [ACCEPTED])


def test_the_next_look_comes_when_it_is_due() -> None:
    assert step(FAULT_START - 0.2, POD).wait == pytest.approx(0.2)
    assert step(FAULT_START - 3, POD).wait == TICK
    assert step(FAULT_START + 1, POD, pod=ACCEPTED).wait == TICK


def test_that_it_is_gone_proves_it_whoever_has_its_name_now() -> None:
    decision = step(FAULT_START + 0.4, Pod("postgres-0", "uid-of-the-next", ready=True), pod=ACCEPTED)
    (found,) = pods(decision)
    assert (found.outcome, found.harmed, found.unit) == ("Ended", 1, "pods killed")
    assert (found.injected_at, found.ended_at) == (ACCEPTED.injected_at, FAULT_START + 0.4)
    assert decision.actions == ()
    assert [said.reason for said in decision.said] == ["FaultEnded"]


def test_its_going_is_found_however_late_where_its_deletion_was_accepted() -> None:
    (found,) = pods(step(FAULT_START + 600, pod=ACCEPTED))
    assert (found.outcome, found.injected_at, found.ended_at) == (
        "Ended",
        FAULT_START + 0.2,
        FAULT_START + 600,
    )


def test_an_operator_that_died_over_it_still_knows_that_it_was_about_to() -> None:
    (found,) = pods(step(FAULT_START + SURE, pod=ASKED))
    assert (found.outcome, found.injected_at, found.harmed) == ("Ended", ASKED.asked_at, 1)


def test_after_too_long_nobody_knows_by_whom_it_was_killed() -> None:
    (found,) = pods(step(FAULT_START + SURE + 0.1, pod=ASKED))
    assert (found.outcome, found.harmed, found.injected_at) == ("Lost", None, None)
    assert "whether by us nobody knows" in (found.message or "")


@pytest.mark.parametrize("after", [0.1, MOST_LATE, 600])
def test_one_that_went_over_its_time_without_our_asking_was_not_killed_by_us(after: float) -> None:
    (found,) = pods(step(FAULT_START + after))
    assert (found.outcome, found.harmed, found.injected_at) == ("Lost", None, None)
    assert found.message == "the pod was gone before it was killed"


def test_one_that_stays_though_its_deletion_was_accepted_was_not_killed() -> None:
    (found,) = pods(step(FAULT_START + 0.2 + MOST_LATE + 0.1, POD, pod=ACCEPTED))
    assert (found.outcome, found.ended_at, found.harmed) == ("Lost", None, None)
    assert "5.1s later it is still there" in (found.message or "")


def test_where_the_run_is_over_before_anybody_saw_it_gone_that_is_said() -> None:
    status = under_load(verdict="Aborted", faults=[fault_record(ACCEPTED)])
    (found,) = pods(follow(run(status, faults=[FAULT]), seen(FAULT_START + 1)))
    assert found.outcome == "Lost"
    assert "the run was over before" in (found.message or "")


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
    (_, asked) = pods(decision)
    assert asked.asked_at == FAULT_START + 7
    again = step(FAULT_START + 7.1, fresh, pod=asked, newPods="Include")
    assert again.actions == (KillPod("cut", "postgres-1", "uid-postgres-1"),)
    assert step(FAULT_START + 7, fresh, pod=gone).actions == ()
    assert step(FAULT_END, fresh, pod=gone, newPods="Include").actions == ()


def test_when_no_more_can_be_named_no_more_are_killed_and_the_record_says_so() -> None:
    before = [
        FaultPod(pod="gone", uid=f"uid-{number}", asked_at=FAULT_START, outcome="Ended")
        for number in range(MOST_PODS)
    ]
    status = under_load(faults=[fault_record(*before)])
    include = run(status, faults=[FAULT | {"newPods": "Include"}])
    fresh = seen(FAULT_START + 7, fault_pods={"cut": (POD,)})
    *_, last = pods(advance(include, fresh))
    assert last.outcome == "Refused"
    assert "left alone from here on" in (last.message or "")
    again = advance(replace(include, status=advance(include, fresh).status), fresh)
    assert (len(pods(again)), again.actions) == (MOST_PODS + 1, ())


def test_one_that_was_asked_for_at_the_last_moment_is_known_to_be_gone_by_us() -> None:
    asked = CHOSEN.model_copy(update={"asked_at": FAULT_START + MOST_LATE})
    (found,) = pods(step(FAULT_START + MOST_LATE + 1.5, pod=asked))
    assert found.outcome == "Ended"


def test_what_was_said_of_a_pod_that_stays_is_not_said_again_and_again() -> None:
    lost = ACCEPTED.model_copy(update={"outcome": "Lost", "message": "5.1s later it is still there"})
    assert pods(step(FAULT_START + 60, POD, pod=lost)) == [lost]


@example(FAULT_START, True, ASKED)
@example(FAULT_START + MOST_LATE, True, ASKED)
@given(st.floats(FAULT_START - 30, FAULT_END + 60), st.booleans(), st.sampled_from([CHOSEN, ASKED]))
def test_nothing_is_killed_unasked_before_its_time_nor_late(now: float, there: bool, pod: FaultPod) -> None:
    decision = step(now, *([POD] if there else []), pod=pod)
    assert bool(decision.actions) == (
        there and pod is ASKED and FAULT_START <= now <= FAULT_START + MOST_LATE
    )
