"""Before a fault the service must be seen to be good: else the fault is held back, and nothing is put on top of it."""

from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_events import BeforeFault
from stresscampaigns.api.run import FaultPod, FaultRecord, SteadyState, StressRunStatus
from stresscampaigns.core.actions import EndFault, InjectFault, KillPod
from stresscampaigns.core.injection import TICK, advance, all_over
from stresscampaigns.core.observation import LoadView, Sidecar
from stresscampaigns.core.progress import Decision
from stresscampaigns.core.recovery.measure import measured
from stresscampaigns.core.steady_state import AHEAD, LAST
from tests.unit.core.builders import (
    CUT,
    FAULT_START,
    WELL,
    ready_pod,
    run,
    seen,
    sidecar,
    told,
    under_load,
)
from tests.unit.core.measurements import ended_pod, evidence, fault_record, result, seconds
from tests.unit.core.rollouts import BAD, deployment, rolled_out

DUE = FAULT_START - AHEAD
CHOSEN = FaultPod(pod="postgres-0", uid="uid-postgres-0")
ILL = (told(45), told(46, failed=5))
KILL: dict[str, Any] = {key: value for key, value in CUT.items() if key != "port"} | {"type": "PodKill"}
EVERY_KIND: list[dict[str, Any]] = [
    CUT,
    KILL,
    KILL | {"type": "ServiceCrash"},
    KILL | {"type": "Custom", "image": "own:1", "command": ["/own"]},
    BAD,
    CUT | {"target": {"namespace": "monitoring", "selector": {"match_labels": {"app": "prometheus"}}}},
]


def look(
    now: float,
    *events: BeforeFault,
    pods: tuple[FaultPod, ...] = (CHOSEN,),
    sidecars: tuple[Sidecar, ...] = (),
    **fault: Any,
) -> Decision:
    """One look at a run whose fault has its pods."""
    status = under_load(faults=[fault_record(*pods)] if pods else None)
    around = seen(now, load=LoadView(True, events=events), sidecars=sidecars)
    return advance(run(status, faults=[CUT | fault]), around)


def found(decision: Decision) -> SteadyState | None:
    (record,) = decision.status.faults or []
    return record.steady_state


def outcome(decision: Decision) -> str | None:
    (record,) = decision.status.faults or []
    (pod,) = record.pods or []
    return pod.outcome


def test_a_service_that_is_good_lets_the_fault_begin_and_the_run_says_by_what() -> None:
    decision = look(DUE, *WELL[:3])
    assert found(decision) == SteadyState(
        service="Good",
        held_back=False,
        at=DUE,
        detail="the service was good in all that was known by then of the 5s before it: 3s",
    )
    assert [type(action) for action in decision.actions] == [InjectFault]


def test_while_all_that_is_known_is_good_it_stays_undecided_until_it_is_due() -> None:
    decision = look(DUE - 0.1, *WELL[:2])
    assert (found(decision), outcome(decision)) == (None, None)


def test_the_last_look_comes_when_it_is_due() -> None:
    assert look(DUE - 0.2, *WELL[:2]).wait == pytest.approx(0.2)
    assert look(DUE - 3).wait == TICK


def test_one_second_that_is_not_good_holds_it_back_at_once_with_the_numbers() -> None:
    decision = look(DUE - 1.5, *ILL)
    words = (
        "the service was not steady before the fault: 1 of the 2 seconds before it were bad, the last of them 46: "
        "10 completed, 5 of them failed, p95 10ms"
    )
    assert found(decision) == SteadyState(service="NotGood", held_back=True, at=DUE - 1.5, detail=words)
    assert (outcome(decision), decision.actions) == ("HeldBack", ())
    (said,) = decision.said
    assert (said.kind, said.reason) == ("Warning", "FaultHeldBack")
    assert said.message == f"fault cut is held back, nothing is injected: {words}"
    assert [entry.event for entry in decision.status.timeline or []] == ["FaultHeldBack"]


@pytest.mark.parametrize(
    "bad", [told(46, completed=0), told(46).model_copy(update={"p95_us": 1_000_001})], ids=["stalled", "slow"]
)
def test_stalled_and_slow_are_not_good_either(bad: BeforeFault) -> None:
    assert outcome(look(DUE, told(45), bad)) == "HeldBack"


def test_what_good_means_is_said_by_the_recovery_check_of_the_fault() -> None:
    lenient = {"name": "recovers", "recovery": {"fault": "cut", "good_error_rate": "60%"}, "max": "15s"}
    around = seen(DUE, load=LoadView(True, events=ILL))
    asked = run(under_load(faults=[fault_record(CHOSEN)]), checks=[lenient])
    assert found(advance(asked, around)).service == "Good"  # type: ignore[union-attr]


def test_what_was_before_the_five_seconds_is_forgiven() -> None:
    assert outcome(look(DUE, told(44, failed=10), told(45))) is None


def test_of_a_service_of_which_nothing_is_known_nobody_says_that_it_is_well() -> None:
    decision = look(DUE)
    steady = found(decision)
    assert steady is not None
    assert (steady.service, steady.held_back, outcome(decision)) == ("Unknown", True, "HeldBack")
    assert "let it begin 5s into the load, or later" in steady.detail


def test_who_asks_for_it_gets_the_fault_whatever_the_service_is_like() -> None:
    decision = look(DUE, *ILL, when_not_steady="Inject")
    assert (found(decision), outcome(decision)) == (None, None)
    assert [type(action) for action in decision.actions] == [InjectFault]


def test_a_sidecar_that_waits_for_its_time_is_ended_until_it_is_gone() -> None:
    end = EndFault("staging", "postgres-0", "stress-0-cut")
    held = look(DUE, *ILL, sidecars=(sidecar("Running"),))
    assert held.actions == (end,)
    again = advance(run(held.status), seen(DUE + 0.1, sidecars=(sidecar("Running"),)))
    assert (again.actions, again.said) == ((end,), ())
    gone = sidecar("Terminated", outcome="Aborted", message="aborted before it began")
    over = advance(run(again.status), seen(DUE + 0.5, sidecars=(gone,)))
    assert (over.actions, outcome(over), over.status) == ((), "HeldBack", held.status)
    assert all_over(run().template, over.status)


def test_one_that_begins_before_it_can_be_ended_is_told_as_it_was() -> None:
    held = look(DUE, *ILL, sidecars=(sidecar("Running"),))
    came_first = sidecar("Running", injected_at=FAULT_START)
    begun = advance(run(held.status), seen(FAULT_START + 0.1, sidecars=(came_first,)))
    assert [said.reason for said in begun.said] == ["FaultInjected"]
    assert not all_over(run().template, begun.status)
    ended = sidecar("Terminated", injected_at=FAULT_START, ended_at=FAULT_START + 0.3, outcome="Aborted")
    over = advance(run(begun.status), seen(FAULT_START + 0.5, sidecars=(ended,)))
    assert (outcome(over), [said.reason for said in over.said]) == ("Aborted", ["FaultAborted"])


def test_one_that_was_over_when_it_was_looked_at_again_is_told_as_well() -> None:
    held = look(DUE, *ILL, sidecars=(sidecar("Running"),))
    ended = sidecar("Terminated", injected_at=FAULT_START, ended_at=FAULT_START + 0.3, outcome="Aborted")
    over = advance(run(held.status), seen(FAULT_START + 0.5, sidecars=(ended,)))
    assert [said.reason for said in over.said] == ["FaultInjected", "FaultAborted"]


@pytest.mark.parametrize(
    "fault", EVERY_KIND, ids=lambda fault: f"{fault['type']}{fault.get('target', '')}"[:40]
)
@pytest.mark.parametrize("late", [0.0, 3.0])
def test_every_kind_of_fault_is_held_back(fault: dict[str, Any], late: float) -> None:
    """Also by an operator that comes when it should have begun already."""
    status, name = under_load(), fault["name"]
    for step in range(6):
        around = seen(
            DUE + late + step / 2,
            load=LoadView(True, events=ILL),
            fault_pods={name: (ready_pod("postgres-0"),)},
            deployments={"bad": deployment()},
        )
        decision = advance(
            run(status, faults=[fault], checks=[{"name": "e", "error_rate": {}, "max": 1}]), around
        )
        assert decision.actions == ()
        status = decision.status
    (record,) = status.faults or []
    assert record.held_back
    assert {pod.outcome for pod in record.pods or []} == {"HeldBack"}


@pytest.mark.parametrize("fault", [CUT, KILL, BAD], ids=lambda fault: str(fault["type"]))
def test_where_no_pod_was_ready_by_then_it_is_held_back_all_the_same(fault: dict[str, Any]) -> None:
    around = seen(DUE, load=LoadView(True, events=ILL), fault_pods={})
    decision = advance(
        run(under_load(), faults=[fault], checks=[{"name": "e", "error_rate": {}, "max": 1}]), around
    )
    assert outcome(decision) == "HeldBack"


@pytest.mark.parametrize(
    "pod",
    [
        CHOSEN.model_copy(update={"injected_at": FAULT_START}),
        CHOSEN.model_copy(update={"asked_at": FAULT_START}),
    ],
    ids=["in force", "about to be killed"],
)
def test_an_operator_that_was_away_when_it_began_holds_nothing_back_and_says_so(pod: FaultPod) -> None:
    there = (sidecar(injected_at=FAULT_START),) if pod.injected_at else ()
    decision = look(FAULT_START + 2, *ILL, pods=(pod,), sidecars=there)
    steady = found(decision)
    assert steady is not None
    assert [said.reason for said in decision.said] == ["FaultUnverified"]
    assert advance(run(decision.status), seen(FAULT_START + 2.5, sidecars=there)).said == ()
    assert (steady.service, steady.held_back, steady.detail) == (
        "NotLookedAt",
        False,
        "nobody looked in time: the operator was away, or the API server",
    )


def test_a_fault_whose_sidecar_says_that_it_is_in_force_is_not_held_back_either() -> None:
    steady = found(look(FAULT_START + 0.2, *ILL, sidecars=(sidecar(injected_at=FAULT_START),)))
    assert steady is not None
    assert steady.service == "NotLookedAt"


def test_a_bad_revision_that_is_out_already_is_not_held_back_either() -> None:
    status = under_load(
        faults=[FaultRecord(name="bad", type="BadRollout", pods=[FaultPod(pod="agents", uid="u")])]
    )
    around = seen(FAULT_START + 1, load=LoadView(True, events=ILL), deployments={"bad": rolled_out()})
    checks = [{"name": "e", "error_rate": {}, "max": 1}]
    steady = found(advance(run(status, faults=[BAD], checks=checks), around))
    assert steady is not None
    assert (steady.service, steady.held_back) == ("NotLookedAt", False)


def test_one_that_was_refused_already_needs_no_look() -> None:
    refused = CHOSEN.model_copy(update={"outcome": "Refused", "message": "no nftables"})
    decision = look(DUE, *ILL, pods=(refused,))
    assert (found(decision), outcome(decision)) == (None, "Refused")


@pytest.mark.parametrize(
    ("at", "held"), [(DUE + 0.5, True), (FAULT_START - LAST, True), (FAULT_START - 0.3, False)]
)
def test_what_is_heard_after_it_was_decided_holds_it_back_as_long_as_sidecars_can_be_ended(
    at: float, held: bool
) -> None:
    decision = look(DUE, *WELL[:2])
    later = advance(
        run(decision.status), seen(at, load=LoadView(True, events=(*WELL[:2], told(47, failed=10))))
    )
    assert outcome(later) == ("HeldBack" if held else None)
    assert [said.reason for said in later.said] == ["FaultHeldBack"] * held
    assert held or found(later) == found(decision)


@pytest.mark.parametrize("events", [WELL[:3], ()], ids=["more good ones", "none any more"])
def test_nothing_but_a_bad_second_changes_what_was_decided(events: tuple[BeforeFault, ...]) -> None:
    decision = look(DUE, *WELL[:2])
    later = advance(run(decision.status), seen(DUE + 0.5, load=LoadView(True, events=events)))
    assert found(later) == found(decision)


def test_pods_that_come_up_later_get_nothing_of_a_fault_that_was_held_back() -> None:
    held = look(DUE, *ILL, new_pods="Include").status
    around = seen(FAULT_START + 1, fault_pods={"cut": (ready_pod("postgres-7"),)})
    decision = advance(run(held, faults=[CUT | {"new_pods": "Include"}]), around)
    assert (decision.actions, outcome(decision)) == ((), "HeldBack")


pictures = st.text("+-.", min_size=50, max_size=50)


@given(pictures, st.floats(0.0, 8.0))
def test_only_a_fault_whose_recovery_could_not_be_measured_is_held_back(picture: str, until: float) -> None:
    """Whatever is known of the seconds before it; and one that begins is doubted only for what was not known."""
    shown = seconds(picture + "+" * 50)
    known = [one for one in shown if one.t >= 45 and one.t + 2.25 <= 50 - AHEAD + until]
    events = [
        BeforeFault(at=0.0, t=one.t, completed=one.completed, failed=one.failed, p95_us=one.p95_us)
        for one in known
        if one.t < 50
    ]
    steady = found(look(DUE, *events))
    afterwards = measured(evidence(result=result(seconds=shown), faults=[fault_record(ended_pod())]), "cut")
    assert steady is not None
    assert afterwards is not None
    if steady.service == "NotGood":
        assert afterwards.unsteady
    elif len(events) == 5:
        assert not afterwards.unsteady


@given(pictures, st.lists(st.floats(-8.0, 20.0), min_size=1, max_size=12))
def test_whenever_it_is_looked_at_it_is_decided_once_and_at_most_taken_back(
    picture: str, looks: list[float]
) -> None:
    status: StressRunStatus = under_load()
    decided: list[SteadyState] = []
    for now in sorted(looks):
        events = tuple(
            told(t, failed=10 * (picture[t] != "+")) for t in range(45, 50) if t + 2.25 <= 50 + now
        )
        status = advance(run(status), seen(FAULT_START + now, load=LoadView(True, events=events))).status
        (record,) = status.faults or []
        decided += [record.steady_state] if record.steady_state else []
    kinds = [one for one, _ in groupby(decided)]
    assert [one.held_back for one in kinds] in ([], [False], [True], [False, True])
    assert bool(decided) or max(looks) < -AHEAD


def test_a_pod_is_killed_only_after_it_was_decided() -> None:
    status, kills = under_load(), []
    for step in range(16):
        now = FAULT_START - 3 + step / 4
        around = seen(now, load=LoadView(True, events=tuple(one for one in WELL if one.at <= now)))
        decision = advance(run(status, faults=[KILL]), around)
        kills += [action for action in decision.actions if isinstance(action, KillPod)]
        (record,) = decision.status.faults or []
        assert not kills or (record.steady_state and record.steady_state.service == "Good")
        status = decision.status
    assert kills


def test_the_records_of_older_versions_can_be_read() -> None:
    older = FaultRecord.model_validate(
        {"name": "cut", "pods": [{"pod": "a", "uid": "b", "outcome": "Ended"}]}
    )
    assert (older.steady_state, older.held_back) == (None, False)
