"""A bad revision as one of a run's faults: written down, told, counted with the others, and ended with the run."""

import pytest

from stresscampaigns.api.run import FaultPod, FaultRecord
from stresscampaigns.core.actions import RollBack
from stresscampaigns.core.deployments import Deployment
from stresscampaigns.core.injection import LEAD, TICK, advance, follow
from stresscampaigns.core.observation import LoadView, Pod
from stresscampaigns.core.progress import Decision
from stresscampaigns.core.runs import decide
from tests.unit.core.builders import ERRORS, FAULT_END, FAULT_START, ready_pod, run, seen, under_load
from tests.unit.core.measurements import LET_BEGIN, result
from tests.unit.core.rollouts import ASKED, BAD, CHOSEN, OUT, deployment, rolled_out


def advanced(now: float, found: Deployment, pod: FaultPod | None, *pods: Pod) -> Decision:
    """A run that has such a fault, one step further."""
    record = FaultRecord(name="bad", type="BadRollout", pods=[pod] if pod else None)
    window = {"starts_at": FAULT_START, "ends_at": FAULT_END, "steady_state": LET_BEGIN if pod else None}
    status = under_load(faults=[record.model_copy(update=window)])
    observation = seen(now, deployments={"bad": found}, fault_pods={"bad": pods})
    return advance(run(status, faults=[BAD], checks=[ERRORS]), observation)


def said(decision: Decision) -> list[str]:
    return [one.message for one in decision.said]


def test_in_a_run_it_is_written_down_ahead_of_its_time_and_told_as_what_it_is() -> None:
    scheduled = advanced(FAULT_START - LEAD, deployment(), None, ready_pod("a"))
    assert scheduled.actions == ()
    assert "goes into agents, from 2027-01-15T08:00:50Z" in said(scheduled)[0]
    begun = advanced(FAULT_START + 0.5, rolled_out(), CHOSEN)
    assert said(begun) == ["fault bad is in force in Deployment agents since 2027-01-15T08:00:50Z"]
    ended = advanced(FAULT_END + 1, deployment(), ASKED)
    assert said(ended) == ["fault bad has ended in Deployment agents; 2 pods of the bad revision"]


def test_the_next_look_comes_when_it_is_due_and_at_once_after_what_had_to_be_written_first() -> None:
    assert advanced(FAULT_END - 0.2, rolled_out(), ASKED).wait == pytest.approx(0.2)
    assert advanced(FAULT_START + 3, rolled_out(), OUT).wait == TICK
    assert advanced(FAULT_END + 3, rolled_out(), OUT).wait == 0.0


def test_all_of_its_pods_count_against_the_share_that_may_be_broken() -> None:
    record = FaultRecord(name="bad", type="BadRollout", starts_at=FAULT_START, ends_at=FAULT_END)
    pods = (ready_pod("a"), ready_pod("b"))
    observation = seen(
        FAULT_START, deployments={"bad": deployment()}, fault_pods={"bad": pods}, most_share=0.5
    )
    decision = advance(run(under_load(faults=[record]), faults=[BAD], checks=[ERRORS]), observation)
    ((refused,),) = [one.pods or [] for one in decision.status.faults or []]
    assert refused.outcome == "Refused"
    assert "break 2 of 2 pods at once (a, b)" in (refused.message or "")


def test_in_a_run_that_is_over_it_is_rolled_back_before_the_record_is_made() -> None:
    record = FaultRecord(name="bad", type="BadRollout", pods=[OUT], starts_at=FAULT_START, ends_at=FAULT_END)
    asked_for = run(under_load(verdict="Aborted", faults=[record]), faults=[BAD], checks=[ERRORS])
    load = LoadView(exists=True, result=result())
    decision = decide(asked_for, seen(FAULT_START + 5, load=load, deployments={"bad": rolled_out()}))
    assert [type(one) for one in decision.actions] == [RollBack]
    assert decision.status.record is None


def test_an_operator_that_comes_just_before_it_writes_down_when_it_begins_and_ends() -> None:
    around = seen(
        FAULT_START - LEAD, deployments={"bad": deployment()}, fault_pods={"bad": (ready_pod("a"),)}
    )
    (record,) = advance(run(under_load(), faults=[BAD], checks=[ERRORS]), around).status.faults or []
    assert (record.starts_at, record.ends_at) == (FAULT_START, FAULT_END)


def test_what_a_run_that_is_over_has_rolled_back_ended_early_and_by_nobody_else() -> None:
    record = FaultRecord(name="bad", type="BadRollout", pods=[OUT], starts_at=FAULT_START, ends_at=FAULT_END)
    over = run(under_load(verdict="Aborted", faults=[record]), faults=[BAD], checks=[ERRORS])
    (after,) = follow(over, seen(FAULT_START + 5, deployments={"bad": deployment()})).status.faults or []
    (pod,) = after.pods or []
    assert (pod.outcome, pod.message) == ("Aborted", "rolled back before its time")
