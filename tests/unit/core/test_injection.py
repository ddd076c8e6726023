"""Putting faults in: when, into which pods, and never into one that was not written down first."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.run import FaultPod, FaultRecord
from stresscampaigns.core.actions import EndFault, InjectFault
from stresscampaigns.core.chosen_pods import MOST_PODS
from stresscampaigns.core.fault_life import LOST_AFTER
from stresscampaigns.core.injection import LEAD, advance, all_over
from stresscampaigns.core.observation import Observation, Pod, Sidecar
from stresscampaigns.core.progress import LONGEST_DETAIL, Decision
from tests.unit.core.builders import CUT, FAULT_END, FAULT_START, ready_pod, run, seen, sidecar, under_load
from tests.unit.core.measurements import ended_pod, fault_record

CHOSEN = FaultPod(pod="postgres-0", uid="uid-postgres-0")
CHOSEN_NOW = CHOSEN.model_copy(update={"chosen_at": FAULT_START - LEAD})
INJECT = InjectFault("cut", "postgres-0", "uid-postgres-0", FAULT_START, FAULT_END)
THREE = (ready_pod("postgres-2"), Pod("postgres-0", "uid-postgres-0"), ready_pod("postgres-1"))


def step(now: float, *pods: FaultPod, mode: str = "one", **surroundings: Any) -> Decision:
    status = under_load(faults=[fault_record(*pods)] if pods else None)
    return advance(run(status, faults=[CUT | {"mode": mode}]), seen(now, **surroundings))


def pods(decision: Decision) -> list[FaultPod]:
    (record,) = decision.status.faults or []
    return record.pods or []


def test_long_before_its_time_a_fault_is_only_scheduled() -> None:
    decision = step(FAULT_START - LEAD - 0.1)
    (record,) = decision.status.faults or []
    what = {"type": "NetworkPartition", "settings": "port 5432"}
    assert record == FaultRecord(name="cut", starts_at=FAULT_START, ends_at=FAULT_END, **what)
    assert decision.actions == ()


def test_ahead_of_its_time_its_pods_are_written_down_before_anything_is_put_into_them() -> None:
    decision = step(FAULT_START - LEAD)
    assert (pods(decision), decision.actions) == ([CHOSEN_NOW], ())


def test_who_what_where_and_when_is_said_once_before_it_begins() -> None:
    where = (replace(ready_pod("postgres-0"), node="node-7"), ready_pod("postgres-1"))
    decision = step(FAULT_START - LEAD, mode="all", fault_pods={"cut": where})
    (said,) = decision.said
    assert (said.reason, said.message) == (
        "FaultScheduled",
        "fault cut of campaign weekly, generation 1 (NetworkPartition: port 5432) goes into postgres-0 on node-7, "
        "postgres-1, from 2027-01-15T08:00:50Z to 2027-01-15T08:01:00Z",
    )
    assert [entry.event for entry in decision.status.timeline or []] == ["FaultScheduled"]
    assert [pod.node for pod in pods(decision)] == ["node-7", None]
    again = step(FAULT_START - LEAD + 1, *pods(decision), mode="all", fault_pods={"cut": where})
    assert again.said == ()


def test_then_it_is_put_in_with_its_start_and_its_deadline() -> None:
    assert step(FAULT_START - LEAD + 1, CHOSEN).actions == (INJECT,)


@pytest.mark.parametrize(("there", "hit"), [({"cut": ("10.0.0.7",)}, ("10.0.0.7",)), ({}, ())])
def test_peers_of_which_nothing_is_known_are_nobody_and_not_everybody(
    there: dict[str, tuple[str, ...]], hit: tuple[str, ...]
) -> None:
    asked = CUT | {"peers": {"selector": {"match_labels": {"app": "agents"}}}}
    around = seen(FAULT_START - LEAD + 1, peers=there)
    decision = advance(run(under_load(faults=[fault_record(CHOSEN)]), faults=[asked]), around)
    assert decision.actions == (replace(INJECT, peers=hit),)


def test_it_is_not_put_in_twice() -> None:
    waiting = sidecar("Waiting")
    assert step(FAULT_START - 3, CHOSEN, sidecars=(waiting,)).actions == ()


def test_putting_it_in_is_tried_again_until_it_is_there_but_not_after_its_end() -> None:
    assert step(FAULT_END - 0.1, CHOSEN).actions == (INJECT,)
    assert step(FAULT_END, CHOSEN).actions == ()


IN_FORCE = CHOSEN.model_copy(update={"injected_at": FAULT_START})
LONG_AFTER = FAULT_END + LOST_AFTER + 0.1


def test_a_sidecar_that_is_long_past_its_end_is_told_to_end_though_the_load_goes_on() -> None:
    """Somebody has stopped it: whatever it holds it would hold until the run is over."""
    holder = sidecar(injected_at=FAULT_START)
    assert step(FAULT_END + LOST_AFTER, IN_FORCE, sidecars=(holder,)).actions == ()
    decision = step(LONG_AFTER, IN_FORCE, sidecars=(holder,))
    assert decision.actions == (EndFault("staging", "postgres-0", "stress-0-cut"),)
    assert step(LONG_AFTER + 9, *pods(decision), sidecars=(holder,)).actions == decision.actions


@pytest.mark.parametrize(
    "ended",
    [
        sidecar("Terminated", injected_at=FAULT_START),
        sidecar(injected_at=FAULT_START, outcome="Ended", ended_at=FAULT_END),
        replace(sidecar(injected_at=FAULT_START), unheard=True),
    ],
)
def test_one_that_has_ended_or_cannot_be_reached_is_not(ended: Sidecar) -> None:
    assert step(LONG_AFTER, IN_FORCE, sidecars=(ended,)).actions == ()


IN_THE_NODES_NETWORK = replace(ready_pod("postgres-0"), host_network=True)
POOL: dict[str, Any] = {"type": "DatabasePoolExhausted", "port": 5432, "credentials": {"secret": "login"}}
OWN_PROGRAM: dict[str, Any] = {"type": "Custom", "image": "own:1", "command": ["/own"]}


@pytest.mark.parametrize("fault", [CUT, POOL])
def test_into_a_pod_in_its_nodes_own_network_nothing_is_put_that_would_hit_the_whole_node(
    fault: dict[str, Any],
) -> None:
    around = seen(FAULT_START - LEAD, fault_pods={"cut": (IN_THE_NODES_NETWORK,)})
    timed = {key: CUT[key] for key in ("name", "at", "duration", "target")} | fault
    decision = advance(run(under_load(), faults=[timed]), around)
    (refused,) = pods(decision)
    assert (refused.outcome, decision.actions) == ("Refused", ())
    assert "postgres-0 is in the network of its node (hostNetwork)" in (refused.message or "")


def test_a_pod_that_nobody_would_make_anew_is_not_killed() -> None:
    around = seen(FAULT_START - LEAD, fault_pods={"cut": (replace(ready_pod("postgres-0"), bare=True),)})
    kill = {key: CUT[key] for key in ("name", "at", "duration", "target")} | {"type": "PodKill"}
    (refused,) = pods(advance(run(under_load(), faults=[kill]), around))
    assert (refused.outcome, refused.asked_at) == ("Refused", None)
    assert "postgres-0 has no controller" in (refused.message or "")


@pytest.mark.parametrize("shares", ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"])
def test_a_program_of_a_users_own_goes_into_no_pod_that_shares_more_than_its_own_network(shares: str) -> None:
    """Its image decides what runs: what it may reach is not its own to look at, whatever our program in it does."""
    pod = replace(ready_pod("postgres-0"), shares=(shares,), host_network=shares == "hostNetwork")
    around = seen(FAULT_START - LEAD, fault_pods={"cut": (pod,)})
    timed = {key: CUT[key] for key in ("name", "at", "duration", "target")} | OWN_PROGRAM
    decision = advance(run(under_load(), faults=[timed]), around)
    (refused,) = pods(decision)
    assert (refused.outcome, decision.actions) == ("Refused", ())
    assert f"postgres-0 has {shares}" in (refused.message or "")


def test_what_else_a_pod_shares_is_in_no_other_faults_way() -> None:
    pod = replace(ready_pod("postgres-0"), shares=("hostPID", "hostIPC", "shareProcessNamespace"))
    around = seen(FAULT_START - LEAD, fault_pods={"cut": (pod,)})
    (chosen,) = pods(advance(run(under_load(), faults=[CUT]), around))
    assert chosen.outcome is None


@pytest.mark.parametrize(("mode", "chosen"), [("one", ["postgres-1"]), ("all", ["postgres-1", "postgres-2"])])
def test_only_ready_pods_are_chosen_as_many_as_the_mode_says(mode: str, chosen: list[str]) -> None:
    decision = step(FAULT_START - 1, mode=mode, fault_pods={"cut": THREE})
    assert [pod.pod for pod in pods(decision)] == chosen


def test_the_choice_stands_when_other_pods_come_and_go() -> None:
    decision = step(FAULT_START - 1, CHOSEN, mode="all", fault_pods={"cut": THREE})
    assert [pod.pod for pod in pods(decision)] == ["postgres-0"]


def test_until_the_start_a_pod_that_is_not_ready_yet_is_waited_for() -> None:
    assert pods(step(FAULT_START, fault_pods={})) == []


def test_where_there_is_no_pod_at_the_start_the_fault_is_lost() -> None:
    decision = step(FAULT_START + 0.1, fault_pods={})
    (lost,) = pods(decision)
    assert (lost.outcome, lost.message) == ("Lost", "no ready pod to put the fault into")
    assert decision.actions == ()
    assert [said.reason for said in decision.said] == ["FaultLost"]


def test_sidecars_of_another_fault_do_not_count() -> None:
    other = replace(sidecar("Waiting"), fault="other")
    assert step(FAULT_START - 3, CHOSEN, sidecars=(other,)).actions == (INJECT,)


def over(*records: FaultRecord) -> bool:
    status = under_load(faults=list(records))
    return all_over(run().template, status)


def test_faults_are_over_when_each_has_come_to_its_end_in_each_pod() -> None:
    assert over(fault_record())
    assert not over(fault_record(ended_pod(), CHOSEN))
    assert not over(FaultRecord(name="cut"))
    assert not over()


def test_without_faults_they_are_over() -> None:
    assert all_over(run(faults=None).template, under_load())


def test_each_of_two_faults_has_its_own_time() -> None:
    later = CUT | {"name": "later", "at": "80s"}
    found = {name: (ready_pod("postgres-0"),) for name in ("cut", "later")}
    observation = Observation(FAULT_START, fault_pods=found)
    decision = advance(run(under_load(), faults=[CUT, later]), observation)
    assert [(record.name, bool(record.pods)) for record in decision.status.faults or []] == [
        ("cut", True),
        ("later", False),
    ]


CROWD = tuple(ready_pod(f"postgres-{number:04}") for number in range(MOST_PODS + 1))


def test_more_pods_than_a_status_can_name_are_refused_as_a_whole() -> None:
    few = step(FAULT_START - LEAD, mode="all", fault_pods={"cut": CROWD[1:]})
    assert len(pods(few)) == MOST_PODS
    (refused,) = pods(step(FAULT_START - LEAD, mode="all", fault_pods={"cut": CROWD}))
    assert refused.outcome == "Refused"
    assert "it would be put into 1001 pods" in (refused.message or "")


def test_a_run_that_names_as_many_pods_as_it_can_is_small_enough_to_be_written() -> None:
    """etcd takes 1.5 MiB; the rest of a status has some 400 KiB."""
    largest = [
        FaultPod(
            pod="p" * 63,
            uid="u" * 36,
            node="n" * 63,
            chosen_at=FAULT_START + 0.123456,
            injected_at=FAULT_START + 0.123456,
            ended_at=FAULT_END + 0.123456,
            outcome="Ended",
            harmed=10**6,
            unit="connections reset",
            message="x" * 5000,
        )
    ] * MOST_PODS
    status = step(FAULT_END, *largest, mode="all").status
    assert len(status.model_dump_json()) < 1.1 * 2**20


def test_a_long_word_in_the_timeline_is_cut_and_seen_to_be() -> None:
    scheduled = step(FAULT_START - LEAD, mode="all", fault_pods={"cut": CROWD[1:]}).status.timeline or []
    assert [(len(one.detail or ""), (one.detail or "")[-1]) for one in scheduled] == [(LONGEST_DETAIL, "…")]
