"""The way of a run: what takes it from one phase to the next."""

from typing import Any

import pytest

from stresscampaigns.api.load_events import Finished, Started
from stresscampaigns.api.run import Clocks, FaultPod, FaultRecord, StressRunStatus
from stresscampaigns.core.actions import CreateLoad, EndFault, RollBack
from stresscampaigns.core.capacity.steering import SETTLED
from stresscampaigns.core.fault_life import LOST_AFTER
from stresscampaigns.core.observation import Answer, LoadView
from stresscampaigns.core.progress import Decision
from stresscampaigns.core.runs import PROMETHEUS_PATIENCE, decide
from tests.unit.core.builders import (
    ERRORS,
    FAULT_END,
    FAULT_START,
    LOAD_END,
    T0,
    run,
    seen,
    sidecar,
    under_load,
)
from tests.unit.core.measurements import GOOD_ANSWERS, fault_record, result
from tests.unit.core.rollouts import ASKED, BAD, deployment, rolled_out

ON = Started(at=T0)
OVER = LoadView(True, events=(ON, Finished(at=LOAD_END, requests=1, failures=0)), result=result())
ENDED = [fault_record()]
OPEN = [fault_record(FaultPod(pod="postgres-0", uid="uid-postgres-0", injected_at=FAULT_START))]


def step(status: StressRunStatus, now: float = T0, **surroundings: Any) -> Decision:
    return decide(run(status), seen(now, **surroundings))


def phase(decision: Decision) -> str | None:
    return decision.status.phase


def test_a_new_run_starts_at_once_where_all_is_ready() -> None:
    decision = step(StressRunStatus())
    assert (phase(decision), decision.actions) == ("Running", (CreateLoad(),))
    assert decision.status.start_time == "2027-01-15T08:00:00Z"


def test_it_waits_while_another_run_has_the_target() -> None:
    decision = step(StressRunStatus(), rival="staging/other-1")
    assert (phase(decision), decision.actions) == ("Pending", ())
    assert decision.status.message == "waits for run staging/other-1 on the same target to finish"


def test_it_goes_on_when_the_other_run_is_over_and_keeps_its_own_start_time() -> None:
    waiting = step(StressRunStatus(), rival="staging/other-1").status
    decision = step(waiting, T0 + 900)
    assert (phase(decision), decision.status.start_time) == ("Running", "2027-01-15T08:00:00Z")


def test_the_time_spent_waiting_for_another_run_is_not_held_against_it() -> None:
    waiting = step(StressRunStatus(), rival="staging/other-1").status
    decision = step(waiting, T0 + 900, target_pods=())
    assert (phase(decision), decision.status.verdict) == ("Preparing", None)


def test_without_a_sign_of_the_load_it_waits() -> None:
    decision = step(under_load(load=None, phase_time=T0), T0 + 1)
    assert (phase(decision), decision.actions) == ("Running", ())


def test_when_the_load_is_over_it_waits_for_the_faults_to_end() -> None:
    decision = step(under_load(faults=OPEN), LOAD_END, load=OVER)
    assert phase(decision) == "Recovering"
    assert [entry.event for entry in decision.status.timeline or []][-1] == "LoadFinished"


def test_a_fault_that_has_not_ended_keeps_it_waiting() -> None:
    recovering = under_load(phase="Recovering", faults=OPEN)
    decision = step(recovering, FAULT_START + 5, sidecars=(sidecar(injected_at=FAULT_START),))
    assert phase(decision) == "Recovering"


@pytest.mark.parametrize("now_in", ["Running", "Recovering"])
def test_near_a_fault_the_pods_around_it_are_noted(now_in: str) -> None:
    status = under_load(phase=now_in, phase_time=T0, faults=OPEN)
    first = step(status, FAULT_START, near_fault=True, sidecars=(sidecar(injected_at=FAULT_START),)).status
    assert first.pod_watch is not None
    lost = step(first, FAULT_START + 1, near_fault=True, target_pods=(), sidecars=(sidecar(injected_at=1),))
    harms = (lost.status.pod_watch and lost.status.pod_watch.harms) or []
    assert [(one.pod, one.kind) for one in harms] == [("agents-0", "Gone")]


def test_far_from_faults_nobody_is_taken_for_gone() -> None:
    noted = step(under_load(faults=OPEN), FAULT_START, near_fault=True).status
    later = step(noted, FAULT_START + 1, target_pods=()).status
    assert later.pod_watch == noted.pod_watch


@pytest.mark.parametrize("faults", [ENDED, OPEN], ids=["ended", "lost"])
def test_when_every_fault_has_come_to_its_end_the_checks_are_answered(faults: Any) -> None:
    decision = step(under_load(phase="Recovering", faults=faults), LOAD_END + 1)
    assert phase(decision) == "Analysing"


HELD_BACK = [fault_record(FaultPod(pod="postgres-0", uid="uid-postgres-0", outcome="HeldBack"))]


@pytest.mark.parametrize(
    ("faults", "now", "sidecars", "ends"),
    [
        (OPEN, FAULT_END + LOST_AFTER + 1, (sidecar(injected_at=FAULT_START),), True),
        (HELD_BACK, FAULT_START + 1, (sidecar("Waiting"),), True),
        (HELD_BACK, FAULT_START + 1, (), False),
    ],
    ids=[
        "silent beyond its deadline",
        "held back, and its sidecar is just starting",
        "held back, and asked for",
    ],
)
def test_the_analysis_in_which_nobody_looks_at_faults_does_not_begin_while_one_may_be_there(
    faults: Any, now: float, sidecars: Any, ends: bool
) -> None:
    waiting = step(under_load(phase="Recovering", faults=faults), now, load=OVER, sidecars=sidecars)
    assert phase(waiting) == "Recovering"
    assert waiting.actions == ((EndFault("staging", "postgres-0", "stress-0-cut"),) if ends else ())
    later = step(waiting.status, LOAD_END + 30, load=OVER, sidecars=())
    assert phase(later) == "Analysing"


def test_whose_end_is_proven_need_not_be_gone_as_well() -> None:
    ended = sidecar(injected_at=FAULT_START, ended_at=FAULT_END, outcome="Ended", harmed=1)
    assert (
        phase(step(under_load(phase="Recovering", faults=OPEN), LOAD_END, sidecars=(ended,))) == "Analysing"
    )


def test_nor_while_a_bad_revision_is_out_that_could_not_be_rolled_back_in_time() -> None:
    lost = ASKED.model_copy(update={"outcome": "Lost", "message": "see the run's events"})
    record = FaultRecord(name="bad", type="BadRollout", pods=[lost], starts_at=FAULT_START, ends_at=FAULT_END)
    bad = run(under_load(phase="Recovering", faults=[record]), faults=[BAD], checks=[ERRORS])
    waiting = decide(bad, seen(FAULT_END + 30, load=OVER, deployments={"bad": rolled_out()}))
    assert (phase(waiting), [type(one) for one in waiting.actions]) == ("Recovering", [RollBack])
    back = seen(FAULT_END + 31, load=OVER, deployments={"bad": deployment()})
    assert phase(decide(bad, back)) == "Analysing"


def analysing(after: float, **surroundings: Any) -> Decision:
    status = under_load(phase="Analysing", phase_time=LOAD_END, faults=ENDED)
    return step(status, LOAD_END + after, load=OVER, **surroundings)


def test_no_check_asks_prometheus_before_it_has_the_loads_last_samples() -> None:
    """A sample has the time at which its scrape began, and is there only when that has ended."""
    over = under_load(phase="Recovering", phase_time=LOAD_END, faults=ENDED)
    early = step(over, LOAD_END + SETTLED - 0.25, load=OVER)
    assert (phase(early), early.wait) == ("Recovering", 0.25)
    assert phase(step(over, LOAD_END + SETTLED, load=OVER)) == "Analysing"
    alone = decide(run(over, checks=[ERRORS]), seen(LOAD_END, load=OVER))
    assert phase(alone) == "Analysing"


def test_with_all_answers_there_is_a_verdict() -> None:
    decision = analysing(1, answers=GOOD_ANSWERS)
    assert (decision.status.verdict, decision.actions) == ("Passed", ())
    assert [(said.kind, said.reason) for said in decision.said] == [("Normal", "Passed")]


def test_a_prometheus_that_does_not_answer_is_given_time() -> None:
    answers = {"pool": Answer(error="503")}
    waiting = analysing(PROMETHEUS_PATIENCE - 0.1, answers=answers)
    assert (waiting.status.verdict, waiting.said) == (None, ())
    assert analysing(PROMETHEUS_PATIENCE, answers=answers).status.verdict == "Inconclusive"


def test_a_finished_run_is_left_alone() -> None:
    finished = under_load(phase="Finished", verdict="Passed")
    decision = step(finished, LOAD_END + 999, abort="too late", load=OVER)
    assert decision == Decision(finished, wait=None)


@pytest.mark.parametrize("now_in", ["Pending", "Preparing", "Running", "Recovering", "Analysing"])
def test_in_every_phase_it_is_looked_at_again_soon(now_in: str) -> None:
    decision = step(under_load(phase=now_in, phase_time=T0, faults=ENDED), LOAD_END, load=OVER)
    assert decision.wait is not None
    assert decision.wait <= 2


@pytest.mark.parametrize("of", ["Running", "Recovering"])
def test_while_load_and_faults_are_on_their_clocks_are_looked_at(of: Any) -> None:
    early = LoadView(True, events=(Started(at=T0 + 5),))
    clocks = step(under_load(phase=of, faults=OPEN), T0, load=early).status.clocks
    assert clocks == Clocks(load=5.0)
