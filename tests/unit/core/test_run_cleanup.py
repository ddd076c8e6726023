"""Once the verdict stands: load and fault are stopped, and only then is the run over."""

import re
from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.fault_protocol import FaultReport
from stresscampaigns.api.run import FaultPod, StressRunStatus
from stresscampaigns.core.actions import DeleteLoad, EndFault
from stresscampaigns.core.fault_life import CLOCKS_APART, LOST_AFTER, OUTLIVING
from stresscampaigns.core.observation import LoadView, Pod, Sidecar
from stresscampaigns.core.progress import Decision
from stresscampaigns.core.run_cleanup import leftovers
from stresscampaigns.core.runs import decide
from stresscampaigns.core.stranded import UNCONFIRMED
from stresscampaigns.runtime.parsing import run_shell
from tests.doc_examples import ROOT
from tests.unit.core.builders import FAULT_END, FAULT_START, LOAD_END, T0, run, seen, sidecar, under_load
from tests.unit.core.measurements import fault_record

GONE = LoadView()
IN_FORCE = FaultPod(pod="postgres-0", uid="uid-postgres-0", injected_at=FAULT_START)
END_FAULT = EndFault("staging", "postgres-0", "stress-0-cut")
NOW = FAULT_START + 5
CUT_SHORT: dict[str, Any] = {
    "injected_at": FAULT_START,
    "ended_at": NOW,
    "harmed": 3,
    "outcome": "Aborted",
}

CUT_SHORT_REPORT = FaultReport(**CUT_SHORT)


def step(status: StressRunStatus, now: float = NOW, **surroundings: Any) -> Decision:
    return decide(run(status), seen(now, **({"load": GONE} | surroundings)))


def judged(verdict: str = "Aborted", **changes: Any) -> StressRunStatus:
    return under_load(
        **({"verdict": verdict, "message": "as it was", "faults": [fault_record(IN_FORCE)]} | changes)
    )


@pytest.mark.parametrize("phase", [None, "Pending", "Preparing", "Running", "Recovering", "Analysing"])
def test_an_abort_in_any_phase_is_the_verdict_and_creates_nothing(phase: str | None) -> None:
    decision = step(under_load(phase=phase), abort="wrong day")
    assert (decision.status.verdict, decision.status.message) == ("Aborted", "aborted: wrong day")
    assert (decision.actions, decision.wait) == ((), 0.0)
    assert [(said.kind, said.reason) for said in decision.said] == [("Warning", "Aborted")]


def test_an_abort_without_a_reason_is_one_too() -> None:
    assert step(under_load(), abort="").status.message == "aborted"


def test_an_abort_after_the_verdict_does_not_change_it() -> None:
    assert step(judged("Failed"), abort="too late").status.verdict == "Failed"


@pytest.mark.parametrize("verdict", ["Passed", "Failed", "Inconclusive", "Aborted"])
def test_whatever_the_verdict_load_and_fault_are_stopped_before_the_run_is_over(verdict: str) -> None:
    left: dict[str, Any] = {"load": LoadView(exists=True), "sidecars": (sidecar(injected_at=FAULT_START),)}
    decision = step(judged(verdict), **left)
    assert set(decision.actions) == {DeleteLoad(), END_FAULT}
    assert (decision.status.phase, decision.status.verdict) == ("Running", verdict)


@pytest.mark.parametrize(
    ("load", "sidecars", "wanted"),
    [
        (LoadView(exists=True), (), (DeleteLoad(),)),
        (LoadView(pods=(Pod("worker-0", "u"),)), (), (DeleteLoad(),)),
        (GONE, (sidecar("Running"),), (END_FAULT,)),
        (GONE, (sidecar("Waiting"),), (END_FAULT,)),
        (GONE, (sidecar("Terminated"),), ()),
        (GONE, (), ()),
    ],
)
def test_what_is_left_of_a_run_must_go(load: LoadView, sidecars: tuple[Sidecar, ...], wanted: Any) -> None:
    assert leftovers(run(judged()), seen(NOW, load=load, sidecars=sidecars)) == wanted


def test_when_nothing_is_left_the_run_is_over_and_its_verdict_stands() -> None:
    decision = step(judged("Failed"))
    assert (decision.status.phase, decision.status.verdict) == ("Finished", "Failed")
    assert decision.status.message == "as it was"
    conditions = {entry.type: entry.status for entry in decision.status.conditions or []}
    assert (conditions["Completed"], conditions["Passed"]) == ("True", "False")


def test_the_end_of_a_fault_that_was_cut_short_is_on_record_before_the_run_is_over() -> None:
    decision = step(judged(), sidecars=(sidecar("Terminated", **CUT_SHORT),))
    assert decision.status.phase == "Finished"
    (record,) = decision.status.faults or []
    assert [(pod.outcome, pod.ended_at) for pod in record.pods or []] == [("Aborted", NOW)]
    assert [said.reason for said in decision.said] == ["FaultAborted"]


def test_a_fault_that_had_not_begun_when_the_run_ended_is_not_put_in_any_more() -> None:
    chosen = FaultPod(pod="postgres-0", uid="uid-postgres-0")
    for faults in ([fault_record(chosen)], [fault_record().model_copy(update={"pods": None})]):
        decision = step(judged(faults=faults), FAULT_START + 1, load=LoadView(exists=True), fault_pods={})
        assert decision.actions == (DeleteLoad(),)
        assert decision.status.faults == faults
        assert decision.said == ()


def test_of_a_sidecar_that_cannot_be_heard_what_is_known_stays_and_it_is_told_to_end_all_the_same() -> None:
    deaf = replace(sidecar("Running"), unheard=True)
    decision = step(judged(), sidecars=(deaf,))
    assert decision.actions == (END_FAULT,)
    assert decision.status.faults == [fault_record(IN_FORCE)]


def test_what_one_that_cannot_be_heard_did_at_its_end_nobody_knows() -> None:
    deaf = replace(sidecar("Running"), unheard=True)
    (record,) = step(judged(), FAULT_END + LOST_AFTER + 1, sidecars=(deaf,)).status.faults or []
    (pod,) = record.pods or []
    assert (pod.outcome, pod.injected_at) == ("Lost", FAULT_START)
    assert "its node does not answer" in (pod.message or "")


def test_a_sidecar_that_never_starts_does_not_keep_the_run_for_ever() -> None:
    waiting = sidecar("Waiting")
    late = FAULT_END + LOST_AFTER
    assert step(judged(), late, sidecars=(waiting,)).actions == (END_FAULT,)
    assert step(judged(), late + 0.1, sidecars=(waiting,)).status.phase == "Finished"


def test_a_run_that_ends_before_its_load_started_has_no_fault_to_follow() -> None:
    early = under_load(phase="Preparing", load=None, verdict="Inconclusive", phase_time=T0)
    assert step(early).status.phase == "Finished"


def test_a_sidecar_that_cannot_be_heard_does_not_keep_the_run_beyond_its_deadline_for_ever() -> None:
    deaf, late = replace(sidecar("Running"), unheard=True), FAULT_END + LOST_AFTER
    assert step(judged(), late, sidecars=(deaf,)).actions == (END_FAULT,)
    assert step(judged(), late + 0.1, sidecars=(deaf,)).status.phase == "Finished"


def test_one_that_is_heard_and_runs_beyond_its_deadline_is_told_to_end_for_as_long_as_it_takes() -> None:
    late = FAULT_END + LOST_AFTER + 3600
    assert step(judged(), late, sidecars=(sidecar("Running"),)).actions == (END_FAULT,)


BY_A_SLOW_CLOCK = FAULT_END + CLOCKS_APART
DEAD = replace(sidecar("Terminated", injected_at=FAULT_START), ended_at=FAULT_START + 2)


@pytest.mark.parametrize("kind", sorted(OUTLIVING))
def test_what_a_dead_sidecar_has_left_to_the_kernel_is_in_force_and_holds_the_run_until_its_deadline(
    kind: str,
) -> None:
    status = judged(faults=[fault_record(IN_FORCE).model_copy(update={"type": kind})])
    before, after = (step(status, now, sidecars=(DEAD,)) for now in (BY_A_SLOW_CLOCK, BY_A_SLOW_CLOCK + 0.1))
    assert (before.status.phase, before.actions) == ("Running", ())
    assert after.status.phase == "Finished"


def test_they_are_those_of_which_the_docs_say_that_they_go_on_until_their_deadline() -> None:
    page = (ROOT / "docs" / "faults.md").read_text()
    table = page.partition("## What ends it\n\n")[2].partition("\n\n")[0]
    cells = [line.split("|") for line in table.splitlines()[2:]]
    types = {one for row in cells if "deadline" in row[2] for one in re.findall(r"\b[A-Z][A-Za-z]+", row[1])}
    assert types - {"Silent", "Refused"} == OUTLIVING


def test_so_does_what_a_sidecar_could_not_take_away_in_any_of_its_pods() -> None:
    left = replace(DEAD, report=FaultReport(outcome="Refused", message="a rule is left", left=True))
    clean = replace(left, pod="postgres-1", report=CUT_SHORT_REPORT)
    status = judged(faults=[fault_record(IN_FORCE).model_copy(update={"type": "CpuPressure"})])
    assert step(status, BY_A_SLOW_CLOCK, sidecars=(left, clean)).status.phase == "Running"
    assert step(status, BY_A_SLOW_CLOCK + 0.1, sidecars=(left, clean)).status.phase == "Finished"


@pytest.mark.parametrize(
    "dead",
    [
        replace(DEAD, report=CUT_SHORT_REPORT),
        replace(sidecar("Terminated"), ended_at=FAULT_START - 2),
    ],
    ids=["it has told its end", "it died before it began"],
)
def test_one_that_leaves_nothing_to_the_kernel_holds_no_run(dead: Sidecar) -> None:
    chosen = fault_record(IN_FORCE.model_copy(update={"injected_at": None}))
    late = {"type": "NetworkPartition", "starts_at": FAULT_START + 0.4}
    status = judged(faults=[chosen.model_copy(update=late)])
    assert step(status, sidecars=(dead,)).status.phase == "Finished"
    begun = replace(dead, report=FaultReport(), ended_at=FAULT_START)
    assert step(status, sidecars=(begun,)).status.phase == "Running"


def test_what_ends_with_its_sidecar_is_over_when_that_is_dead() -> None:
    status = judged(faults=[fault_record(IN_FORCE).model_copy(update={"type": "NetworkLatency"})])
    assert step(status, sidecars=(DEAD,)).status.phase == "Finished"


DELETED = T0 + 90
COORDINATOR = Pod("coordinator-0", "u", "coordinator", node="n-2", deleting=True, gone_by=DELETED)
WORKER = Pod("worker-0", "u", "worker", node="n-2", deleting=True, gone_by=DELETED)
ENDED = DELETED + UNCONFIRMED
OVER = LOAD_END + 90


@pytest.mark.parametrize(
    ("pods", "jobs", "now", "finished"),
    [
        ((WORKER,), False, ENDED, False),
        ((WORKER,), False, ENDED + 0.1, True),
        ((WORKER, replace(WORKER, gone_by=None)), False, OVER + 600, False),
        ((WORKER,), True, OVER + 600, False),
        ((COORDINATOR, WORKER), False, OVER, False),
        ((COORDINATOR, WORKER), False, OVER + 0.1, True),
    ],
    ids=[
        "its node may still answer",
        "a worker without a coordinator stops",
        "one was not told to end",
        "its Jobs would make others",
        "a coordinator goes on to its end",
        "its time is over",
    ],
)
def test_pods_on_a_node_that_does_not_answer_hold_the_run_for_as_long_as_they_may_put_on_load(
    pods: tuple[Pod, ...], jobs: bool, now: float, finished: bool
) -> None:
    decision = step(judged(faults=None), now, load=LoadView(exists=jobs, pods=pods))
    assert (decision.status.phase == "Finished") == finished
    assert [said.reason for said in decision.said] == (["LoadPodsLeft"] if finished else [])


def test_whoever_finds_such_a_pod_later_reads_in_the_run_what_it_is() -> None:
    decision = step(judged(faults=None), ENDED + 1, load=LoadView(pods=(WORKER,)))
    (entry,) = (one for one in decision.status.timeline or [] if one.event == "LoadPodsLeft")
    assert "worker-0 on n-2" in (entry.detail or "")


def test_a_load_that_never_started_has_its_time_from_when_it_was_made() -> None:
    status = judged(faults=None, load=None, phase_time=T0)
    for now, phase in ((T0 + 120 + 190, "Running"), (T0 + 120 + 190.1, "Finished")):
        assert step(status, now, load=LoadView(pods=(COORDINATOR,))).status.phase == phase


def test_of_a_run_that_cannot_be_read_nobody_knows_when_its_coordinator_ends() -> None:
    body = {"metadata": {"name": "r", "namespace": "staging", "uid": "u", "generation": 1}, "spec": {}}
    unread = run_shell(body)
    for pod, wanted in ((COORDINATOR, (DeleteLoad(),)), (WORKER, ())):
        assert leftovers(unread, seen(OVER + 9999, load=LoadView(pods=(pod,)))) == wanted
