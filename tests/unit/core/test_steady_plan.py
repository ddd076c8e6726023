"""A campaign as it is written tells before which faults the service is looked at, and which never begin."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.core.injection import advance
from stresscampaigns.core.observation import LoadView
from stresscampaigns.core.plan import load_plan
from stresscampaigns.core.steady_plan import planned_looks
from stresscampaigns.core.steady_state import AHEAD
from stresscampaigns.load.abort_watch import SETTLED
from stresscampaigns.load.stages import users_at
from tests.unit.core.builders import CUT, ERRORS, T0, ready_pod, run, seen, template, told, under_load

SECOND = CUT | {"name": "second", "at": "1m2s", "duration": "5s"}
"""2 s after `cut` has ended."""
TOO_EARLY = "not known so early: the fault is held back; let it begin 5s into the load, or later"


def asked(*faults: dict[str, Any], users: tuple[int, ...] = (20,), **stage: Any) -> RunTemplate:
    """With a load whose stages take 40 s each."""
    stages = [
        {"name": f"s{at}", "users": level, "duration": "40s", **(stage if at else {})}
        for at, level in enumerate(users)
    ]
    load = {"stages": stages, "scenarios": [{"name": "http"}]}
    return template(faults=list(faults), load=load, checks=[ERRORS])


def test_of_a_fault_under_load_the_seconds_before_it_are_named() -> None:
    assert planned_looks(template(faults=[CUT])) == {"cut": "looked at from 45s to 50s"}


def test_who_asks_for_it_is_told_that_nobody_looks() -> None:
    found = planned_looks(template(faults=[CUT | {"when_not_steady": "Inject"}]))
    assert found == {"cut": "not looked at: whenNotSteady is Inject"}


def test_one_that_meets_an_earlier_fault_is_not_looked_at_whatever_their_order_in_the_list() -> None:
    found = planned_looks(template(faults=[SECOND, CUT]))
    assert found == {
        "cut": "looked at from 45s to 50s",
        "second": "not looked at: by the campaign's own times the service need not have got over cut by then",
    }


@pytest.mark.parametrize(
    ("at", "words"),
    [("0s", TOO_EARLY), ("3s", TOO_EARLY), ("3s500ms", "looked at from 0s to 3s500ms")],
)
def test_before_one_that_comes_at_once_nothing_can_be_known(at: str, words: str) -> None:
    assert planned_looks(asked(CUT | {"at": at})) == {"cut": words}


def test_what_never_begins_excuses_nobody() -> None:
    first, second = CUT | {"name": "zero", "at": "1s", "duration": "1s"}, SECOND | {"at": "5s"}
    assert planned_looks(asked(second, first)) == {"zero": TOO_EARLY, "second": "looked at from 0s to 5s"}


@pytest.mark.parametrize(
    ("users", "ramp", "known"),
    [
        ((20, 0), "0s", False),
        ((20, 0), "7s", True),
        ((0, 20), "10s", True),
        ((0, 0), "10s", False),
        ((20, 20), "0s", True),
    ],
)
def test_without_load_in_the_seconds_before_it_nothing_is_known_either(
    users: tuple[int, ...], ramp: str, known: bool
) -> None:
    found = planned_looks(asked(CUT, users=users, ramp=ramp))
    held = "not known without load from 45s to 50s: the fault is held back"
    assert found == {"cut": "looked at from 45s to 50s" if known else held}


def test_arrivals_are_load_as_well() -> None:
    stages = [{"name": f"s{rate}", "rate": rate, "duration": "40s"} for rate in (5, 0)]
    load = {"stages": stages, "scenarios": [{"name": "http"}]}
    early, late = CUT | {"at": "20s"}, SECOND | {"at": "1m"}
    found = planned_looks(template(faults=[early, late], load=load, checks=[ERRORS]))
    assert found["cut"] == "looked at from 15s to 20s"
    assert found["second"] == "not known without load from 55s to 1m: the fault is held back"


def held_back_in_fact(plan: RunTemplate, delay: float) -> bool:
    """Of a service that is always good, of whose seconds the load tells `delay` after they have settled."""
    (fault,) = plan.faults or []
    due = fault.start_seconds - AHEAD
    stages = load_plan(plan, "r", "c", "n").stages
    events = tuple(
        told(t) for t in range(int(fault.start_seconds)) if users_at(stages, t) and t + SETTLED + delay <= due
    )
    pods = {"cut": (ready_pod("postgres-0"),)}
    around = seen(T0 + due, load=LoadView(True, events=events), fault_pods=pods)
    (record,) = advance(run(under_load(), **plan.model_dump(exclude_unset=True)), around).status.faults or []
    return record.held_back


@given(
    st.integers(0, 220).map(lambda half: half * 500),
    st.tuples(*[st.sampled_from([0, 20])] * 3),
    st.integers(0, 30),
)
def test_what_the_plan_says_is_held_back_is_held_back_however_good_the_service(
    at: int, users: tuple[int, ...], ramp: int
) -> None:
    plan = asked(CUT | {"at": f"{at}ms"}, users=users, ramp=f"{ramp}s")
    if "held back" in planned_looks(plan)["cut"]:
        assert held_back_in_fact(plan, delay=0.0)


@given(st.integers(40, 1100).map(lambda tenth: tenth * 100))
def test_under_load_all_the_time_nothing_is_held_back_of_which_the_plan_does_not_say_so(at: int) -> None:
    plan = asked(CUT | {"at": f"{at}ms"}, users=(20, 20, 20))
    assert planned_looks(plan)["cut"].startswith("looked at")
    assert not held_back_in_fact(plan, delay=0.2)
