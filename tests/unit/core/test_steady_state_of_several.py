"""Several faults: one that the campaign itself lets meet another is not held back; one that comes later is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.run import FaultRecord
from stresscampaigns.core.injection import advance
from stresscampaigns.core.observation import LoadView
from stresscampaigns.core.steady_state import AHEAD, allowed_until, excused_by
from tests.unit.core.builders import CUT, ERRORS, T0, ready_pod, run, seen, template, told, under_load
from tests.unit.core.measurements import ended_pod, fault_record

LATER = CUT | {"name": "later", "duration": "5s"}
"""After `cut`, which is in force from 50 s to 60 s."""
WITHIN_15 = {"name": "recovers", "recovery": {"fault": "cut"}, "max": "15s"}


def asked(at: float, *checks: dict[str, Any]) -> list[dict[str, Any]]:
    return [CUT, LATER | {"at": f"{at * 1000:.0f}ms"}]


def later(at: float, *checks: dict[str, Any], first: FaultRecord | None = None) -> FaultRecord:
    """What becomes of the later fault, of a service that is broken all the time."""
    start = T0 + at
    broken = tuple(told(t, failed=10) for t in range(int(at) - 9, int(at)))
    status = under_load(faults=[first or fault_record()])
    pods = {name: (ready_pod("postgres-0"),) for name in ("cut", "later")}
    around = seen(start - AHEAD, load=LoadView(True, events=broken), fault_pods=pods)
    decision = advance(run(status, faults=asked(at), checks=list(checks) or [ERRORS]), around)
    return next(record for record in decision.status.faults or [] if record.name == "later")


@pytest.mark.parametrize("at", [50.5, 55, 59.9, 62, 64.9])
def test_one_that_begins_while_another_is_in_force_or_has_just_ended_is_not_held_back(at: float) -> None:
    found = later(at)
    assert found.steady_state is not None
    assert (found.steady_state.service, found.held_back) == ("Excused", False)
    assert (
        found.steady_state.detail
        == "by the campaign's own times the service need not have got over cut by then"
    )


@pytest.mark.parametrize("at", [66, 75, 79.9])
def test_nor_is_one_within_the_time_in_which_the_service_may_recover_from_another(at: float) -> None:
    assert later(at).held_back
    assert not later(at, WITHIN_15).held_back


@pytest.mark.parametrize("at", [80, 90])
def test_one_that_begins_when_the_service_should_be_well_again_is_held_back(at: float) -> None:
    assert later(at, WITHIN_15).held_back


@pytest.mark.parametrize(
    ("since", "most", "until"),
    [("faultEnd", "15s", 75), ("faultStart", "15s", 65), ("faultStart", "5s", 60)],
)
def test_the_time_to_recover_counts_as_its_check_counts_it(since: str, most: str, until: float) -> None:
    check = WITHIN_15 | {"recovery": {"fault": "*", "since": since}, "max": most}
    plan = template(checks=[check])
    assert allowed_until(plan, Fault.model_validate(CUT)) == until


@pytest.mark.parametrize("outcome", ["Refused", "Late", "Lost", "HeldBack"])
def test_a_fault_that_never_was_in_force_excuses_none(outcome: str) -> None:
    """So when one is held back, those that were to meet it are, too, as long as the service is not good."""
    never = fault_record(ended_pod(injected_at=None, ended_at=None, outcome=outcome))
    assert later(62, first=never).held_back


def test_one_that_is_yet_to_begin_excuses_those_that_were_to_meet_it() -> None:
    undecided = FaultRecord(name="cut", pods=[ended_pod(injected_at=None, ended_at=None, outcome=None)])
    plan = template(faults=asked(50.5))
    first, second = plan.faults or []
    assert excused_by(plan, second, {"cut": undecided}) == first


def test_of_two_that_begin_together_each_needs_the_service_to_be_good() -> None:
    both = run(under_load(), faults=asked(50)).template
    assert [excused_by(both, fault, {}) for fault in both.faults or []] == [None, None]


spans = st.lists(st.tuples(st.integers(0, 80), st.integers(1, 20)), min_size=1, max_size=6)


@given(spans, st.integers(0, 40))
def test_of_faults_far_enough_apart_each_is_looked_at_and_of_any_the_first(
    times: list[tuple[int, int]], most: int
) -> None:
    faults = [
        CUT | {"name": f"f{number}", "at": f"{at}s", "duration": f"{length}s"}
        for number, (at, length) in enumerate(times)
    ]
    check = WITHIN_15 | {"recovery": {"fault": "*"}, "max": f"{most}s"}
    plan = template(faults=faults, checks=[check])
    for fault in plan.faults or []:
        before = [one for one in plan.faults or [] if one.start_seconds < fault.start_seconds]
        near = [one for one in before if fault.start_seconds - one.end_seconds < most + 5]
        assert bool(near) == bool(excused_by(plan, fault, {})) or fault.start_seconds < 5
        if not before:
            assert excused_by(plan, fault, {}) is None
