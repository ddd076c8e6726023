"""Faults at the same time, and one fault in several pods: each is put in, held back and ended by itself."""

from dataclasses import replace

from stresscampaigns.api.run import FaultPod, FaultRecord, SteadyState
from stresscampaigns.core.actions import EndFault, InjectFault
from stresscampaigns.core.fault_life import LOST_AFTER
from stresscampaigns.core.injection import advance, hindered
from stresscampaigns.core.observation import Container, Sidecar
from stresscampaigns.core.progress import Decision
from tests.unit.core.builders import (
    CUT,
    FAULT_END,
    FAULT_START,
    T0,
    ready_pod,
    run,
    seen,
    sidecar,
    under_load,
)
from tests.unit.core.measurements import fault_record, let_begin

LONG = CUT | {"name": "long", "duration": "45s"}
CHOSEN = FaultPod(pod="postgres-0", uid="uid-postgres-0")
IN_FORCE = CHOSEN.model_copy(update={"injected_at": FAULT_START})
OF_LONG = replace(sidecar(injected_at=FAULT_START), fault="long", container="stress-1-long")


def look(now: float, cut: FaultRecord, *sidecars: Sidecar) -> Decision:
    long = let_begin(IN_FORCE).model_copy(update={"name": "long", "ends_at": T0 + 95})
    status = under_load(faults=[cut, long])
    return advance(run(status, faults=[CUT, LONG]), seen(now, sidecars=sidecars))


def test_where_one_is_told_to_end_for_it_has_stopped_the_other_goes_on() -> None:
    stuck = sidecar(injected_at=FAULT_START)
    late = look(FAULT_END + LOST_AFTER + 1, let_begin(IN_FORCE), stuck, OF_LONG)
    assert late.actions == (EndFault("staging", "postgres-0", "stress-0-cut"),)


def test_where_one_is_held_back_the_other_goes_on() -> None:
    back = SteadyState(service="NotGood", held_back=True, at=FAULT_START - 1.5, detail="not well")
    cut = fault_record(CHOSEN.model_copy(update={"outcome": "HeldBack"}))
    cut = cut.model_copy(update={"steady_state": back})
    held = look(FAULT_START + 1, cut, sidecar(), OF_LONG)
    assert held.actions == (EndFault("staging", "postgres-0", "stress-0-cut"),)


def test_each_pod_gets_its_own_sidecar() -> None:
    record = let_begin(CHOSEN, CHOSEN.model_copy(update={"pod": "postgres-1", "uid": "uid-postgres-1"}))
    one = run(under_load(faults=[record]), faults=[CUT | {"mode": "all"}])
    decision = advance(one, seen(FAULT_START - 5, sidecars=(sidecar(),)))
    assert decision.actions == (InjectFault("cut", "postgres-1", "uid-postgres-1", FAULT_START, FAULT_END),)


def test_what_breaks_a_network_has_no_container_of_the_pod_to_go_into() -> None:
    body = replace(ready_pod("postgres-0"), containers=(Container("main", user=1000, group=1000),))
    one = run(under_load(faults=[let_begin(CHOSEN)]))
    around = seen(FAULT_START - 5, fault_pods={"cut": (body,)})
    assert advance(one, around).actions == (
        InjectFault("cut", "postgres-0", "uid-postgres-0", FAULT_START, FAULT_END),
    )
    assert advance(one, replace(around, sidecars=(sidecar(pid=17),))).actions == ()


def test_what_is_in_the_way_of_one_is_told_of_those_of_its_pods_that_wait_alone() -> None:
    ended, waits = CHOSEN.model_copy(update={"outcome": "Refused"}), CHOSEN
    other = fault_record(waits).model_copy(update={"name": "long"})
    status = under_load(faults=[fault_record(waits, IN_FORCE, ended), other])
    told = [
        [pod.message for pod in record.pods or []]
        for record in hindered(status, "cut", "a webhook says no").faults or []
    ]
    assert told == [["a webhook says no", None, None], [None]]
