"""Clocks that are apart: what is measured by two of them has no answer, and the difference is told."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.load_events import Heartbeat
from stresscampaigns.api.run import Clocks
from stresscampaigns.core.checks import judge
from stresscampaigns.core.clocks import Skews, heard, noted, skews
from stresscampaigns.core.observation import LoadView, Observation, Probe
from stresscampaigns.core.readiness import go
from tests.unit.core.builders import CHECKS, FAULT_START, T0, check, run, seen, sidecar, under_load
from tests.unit.core.measurements import evidence

SILENT = LoadView(exists=True)


def beat(at: float) -> LoadView:
    """The coordinator has said something at this moment by its clock."""
    return LoadView(exists=True, events=(Heartbeat(at=at, users=5, requests=9, failures=0, workers=1),))


def looked(*looks: Observation) -> Skews:
    """What is known after these looks, each of which began half a second before its end."""
    status, before = under_load(), None
    for one in looks:
        status = noted(status, replace(one, heard_before=before))
        before = heard(one, one.now - 0.5)
    return skews(status.clocks)


@pytest.mark.parametrize(("ahead", "apart"), [(0.0, False), (1.0, False), (1.1, True), (-1.1, True)])
@pytest.mark.parametrize("at_start", [True, False])
def test_prometheus_clock_may_be_off_by_a_second_at_start_and_end(
    ahead: float, apart: bool, at_start: bool
) -> None:
    found = skews(Clocks(prometheus=ahead)) if at_start else skews(None, ahead)
    assert bool(found.prometheus) == apart
    if apart:
        assert f"1.1s {'ahead of' if ahead > 0 else 'behind'} the operator's" in str(found.prometheus)


@pytest.mark.parametrize(
    ("said", "apart"),
    [
        (T0 + 30.4, None),
        (T0 + 31.9, None),
        (T0 + 32.2, "1.2s ahead of"),
        (T0 + 25.6, None),
        (T0 + 25.4, "1.1s behind"),
    ],
)
def test_a_word_was_said_after_the_last_look_and_before_this_one(said: float, apart: str | None) -> None:
    found = looked(seen(T0 + 30, load=beat(T0 + 20)), seen(T0 + 31, load=beat(said))).load
    assert found == (apart and f"the coordinator's clock is at least {apart} the operator's")


def test_whoever_did_not_look_just_before_knows_of_no_clock_that_it_is_behind() -> None:
    old = seen(T0 + 40, load=beat(T0 + 20))
    assert looked(old) == looked(old, replace(old, now=T0 + 41)) == Skews()
    assert looked(seen(T0 + 39, load=SILENT), old) == Skews()
    deaf = replace(beat(T0 + 10), unheard=9.0)
    assert looked(seen(T0 + 39, load=deaf), old) == Skews()


def test_what_was_asked_for_at_an_earlier_look_does_not_tell_that_nothing_was_said_since() -> None:
    before, then = seen(T0 + 30, load=beat(T0 + 20)), seen(T0 + 31, load=beat(T0 + 25))
    assert looked(before, then).load is not None
    assert looked(replace(before, load=replace(before.load, late=True)), then) == Skews()
    assert looked(before, replace(then, load=replace(then.load, late=True))).load is not None


def sidecars(now: float, state: Any = "Running", **report: float) -> Observation:
    return seen(now, load=SILENT, sidecars=(sidecar(state, **report),))


def test_of_a_node_that_holds_a_fault_the_same_is_known() -> None:
    began = sidecars(FAULT_START)
    (waits,) = began.sidecars
    late = replace(began, sidecars=(replace(waits, late=True),))
    assert looked(late, sidecars(FAULT_START + 1, injected_at=FAULT_START - 7)) == Skews()
    acts = sidecars(FAULT_START + 1, injected_at=FAULT_START + 0.5)
    assert looked(began, acts, sidecars(FAULT_START + 9, injected_at=FAULT_START + 0.5)) == Skews()
    assert looked(began, sidecars(FAULT_START + 1, injected_at=FAULT_START + 5)).faults == (
        "the clock of a fault's node is at least 4.0s ahead of the operator's"
    )
    assert looked(began, sidecars(FAULT_START + 1, injected_at=FAULT_START - 7)).faults == (
        "the clock of a fault's node is at least 3.5s behind the operator's"
    )


@pytest.mark.parametrize("deaf", [{"state": "Waiting"}, {"unheard": True}])
def test_a_sidecar_that_could_not_be_heard_may_have_spoken_before(deaf: dict[str, Any]) -> None:
    (one,) = sidecars(FAULT_START).sidecars
    before = replace(sidecars(FAULT_START), sidecars=(replace(one, **deaf),))
    assert looked(before, sidecars(FAULT_START + 9, injected_at=FAULT_START - 7)) == Skews()


def test_what_has_not_changed_is_not_written_down_again() -> None:
    early = seen(T0 + 30, load=beat(T0 + 35))
    once = noted(under_load(), early)
    assert noted(once, early) is once
    assert once.clocks == Clocks(load=5.0)


OFF = "so far"
RECOVERS = {"recovery": {"fault": "cut"}, "max": "15s"}


@pytest.mark.parametrize(
    ("question", "skewed"),
    [
        ({"query": "max(x)", "max": 1}, "prometheus, load"),
        ({"query": "max(x)", "max": 1, "during": "cut"}, "prometheus, load, faults"),
        ({"saturation": {"resource": "memory"}, "max": "90%"}, "prometheus, load"),
        (RECOVERS, "load, faults"),
        ({"restarts": {"fault": "cut"}, "max": 0}, "load, faults"),
        ({"error_rate": {}, "max": "1%"}, "none"),
        ({"error_rate": {}, "max": "1%", "during": "high"}, "none"),
        ({"error_rate": {}, "max": "1%", "during": "cut"}, "load, faults"),
        ({"error_rate": {}, "max": "1%", "after": "cut"}, "load, faults"),
        ({"throughput": {}, "max": "1%", "during": "high", "compared_to": "cut"}, "load, faults"),
    ],
    ids=str,
)
@pytest.mark.parametrize("which", ["prometheus", "load", "faults"])
def test_what_is_measured_by_clocks_that_are_apart_has_no_answer(
    question: dict[str, Any], skewed: str, which: str
) -> None:
    answer = judge(check(**question), replace(evidence(), skews=Skews(**{which: OFF})))
    assert ("two clocks cannot be trusted: so far" in answer.message) == (which in skewed)
    assert answer.verdict == "Inconclusive" or which not in skewed


def test_with_clocks_that_are_together_every_kind_of_check_has_its_answer() -> None:
    assert {judge(check(**one), evidence()).verdict for one in CHECKS} == {"Passed"}


def test_before_the_load_it_is_said_that_prometheus_clock_is_off() -> None:
    decision = go(run(), seen(T0, prometheus=Probe(True, clock_ahead=7.25)))
    assert decision.status.clocks == Clocks(prometheus=7.2)
    assert [one.reason for one in decision.said] == ["LoadCreated", "ClocksApart"]
    assert "7.2s ahead" in decision.said[1].message
    assert [one.reason for one in go(run(), seen(T0)).said] == ["LoadCreated"]
