"""Pods that are left alone: those of a load, and those that would be gone for good."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core.injection import LEAD, advance
from stresscampaigns.core.observation import Pod
from stresscampaigns.core.sparing import MOST_WORN, spared
from tests.unit.core.builders import CUT, FAULT_START, ready_pod, run, seen, under_load

POD = ready_pod("postgres-0")
LONE = replace(POD, bare=True)
KILL: dict[str, Any] = {key: value for key, value in CUT.items() if key != "port"} | {"type": "PodKill"}
CRASH = KILL | {"type": "ServiceCrash"}
OOM = KILL | {"type": "MemoryPressure", "amount": "110%"}
PRESSURE = KILL | {"type": "MemoryPressure", "amount": "90%"}


def told(fault: dict[str, Any], pod: Pod) -> str:
    return spared(Fault.model_validate(fault), pod) or ""


def test_a_pod_that_nobody_would_make_again_is_not_killed() -> None:
    assert "gone for good" in told(KILL, LONE)
    assert told(KILL, POD) == ""


@pytest.mark.parametrize("fault", [CRASH, OOM])
def test_nor_is_the_container_of_one_that_nobody_would_start_again(fault: dict[str, Any]) -> None:
    assert "gone for good" in told(fault, replace(LONE, restarts=False))
    assert told(fault, LONE) == ""
    assert told(fault, replace(POD, restarts=False)) == ""


@pytest.mark.parametrize("fault", [CUT, PRESSURE])
def test_what_ends_with_the_fault_may_break_it(fault: dict[str, Any]) -> None:
    assert told(fault, replace(LONE, restarts=False)) == ""


@pytest.mark.parametrize("fault", [CUT, KILL, CRASH])
def test_a_static_pod_is_its_nodes_business(fault: dict[str, Any]) -> None:
    assert "static pod" in told(fault, replace(POD, static=True))


@pytest.mark.parametrize("fault", [CUT, CRASH])
def test_a_pod_that_has_had_too_many_faults_takes_no_more_until_it_is_replaced(fault: dict[str, Any]) -> None:
    assert "kubectl rollout restart" in told(fault, replace(POD, worn=MOST_WORN + 1))
    assert told(fault, replace(POD, worn=MOST_WORN)) == ""
    assert told(KILL, replace(POD, worn=MOST_WORN + 1)) == ""


@pytest.mark.parametrize("fault", [CUT, KILL])
def test_pods_of_a_load_are_never_broken(fault: dict[str, Any]) -> None:
    assert "part of the load of a run" in told(fault, replace(POD, role="worker"))


def test_a_pod_that_is_spared_is_refused_when_it_is_chosen_and_nothing_is_done_to_it() -> None:
    around = seen(FAULT_START - LEAD, fault_pods={"cut": (LONE,)})
    decision = advance(run(under_load(), faults=[KILL]), around)
    (record,) = decision.status.faults or []
    (pod,) = record.pods or []
    assert (pod.outcome, pod.uid, decision.actions) == ("Refused", LONE.uid, ())
