"""Breaking a container from within: what is asked for, when, once; and what its end under the fault means."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.run import FaultPod
from stresscampaigns.core.actions import InjectFault, StartInTarget
from stresscampaigns.core.fault_life import LOST_AFTER
from stresscampaigns.core.injection import LEAD, advance, follow
from stresscampaigns.core.observation import Container, Pod, Sidecar
from stresscampaigns.core.progress import Decision
from stresscampaigns.core.within import SETTLE
from tests.unit.core.builders import FAULT_END, FAULT_START, run, seen, sidecar, under_load
from tests.unit.core.measurements import fault_record

GIB = 2.0**30
MAIN = Container("main", memory_limit=GIB, cpu_limit=0.5, user=1000, group=1000, mounts=("/data",))
PROXY = Container("proxy", user=1337)
POSTGRES = Pod("postgres-0", "uid-postgres-0", ready=True, containers=(MAIN, PROXY))
CHOSEN = FaultPod(pod="postgres-0", uid="uid-postgres-0")
TARGET: dict[str, Any] = {"selector": {"match_labels": {"app": "postgres"}}}
CPU: dict[str, Any] = {
    "name": "cut",
    "type": "CpuPressure",
    "at": "50s",
    "duration": "10s",
    "amount": "80%",
    "target": TARGET,
}
MEMORY, OOM = CPU | {"type": "MemoryPressure"}, CPU | {"type": "MemoryPressure", "amount": "110%"}
DISK = CPU | {"type": "DiskFull", "path": "/data"}
CRASH = {key: value for key, value in CPU.items() if key != "amount"} | {"type": "ServiceCrash"}
CHECKED: dict[str, Any] = {"pid": 17}
START = StartInTarget("cut", "postgres-0", MAIN, 17, FAULT_START, FAULT_END)


def look(
    now: float, fault: dict[str, Any], *sidecars: Sidecar, pod: FaultPod | None = CHOSEN, body: Pod = POSTGRES
) -> Decision:
    status = under_load(faults=[fault_record(pod)] if pod else None)
    around = seen(now, sidecars=sidecars, fault_pods={"cut": (body,)})
    return advance(run(status, faults=[fault]), around)


def became(decision: Decision) -> FaultPod:
    (record,) = decision.status.faults or []
    (found,) = record.pods or []
    return found


def test_its_sidecar_goes_into_the_pods_first_container() -> None:
    (action,) = look(FAULT_START - LEAD + 1, CPU).actions
    assert isinstance(action, InjectFault)
    assert action.into == MAIN


def test_or_into_the_one_that_is_named() -> None:
    named = CPU | {"target": TARGET | {"container": "proxy"}}
    (action,) = look(FAULT_START - LEAD + 1, named).actions
    assert isinstance(action, InjectFault)
    assert action.into == PROXY


def test_ahead_of_its_time_the_program_is_started_once_the_sidecar_is_there() -> None:
    assert look(FAULT_START - 5, CPU, sidecar()).actions == ()
    assert look(FAULT_START - 5, CPU, sidecar(**CHECKED)).actions == (START,)


def test_it_is_asked_for_until_the_sidecars_log_says_that_it_was_started_and_never_again() -> None:
    again = look(FAULT_START - 4, CPU, sidecar(**CHECKED)).actions
    assert again == (START,)
    assert look(FAULT_START - 4, CPU, sidecar(**CHECKED, started=True)).actions == ()


@pytest.mark.parametrize(
    ("now", "holder"),
    [
        (FAULT_END, sidecar(**CHECKED)),
        (FAULT_START, replace(sidecar("Terminated", **CHECKED), ended_at=FAULT_START, target=MAIN)),
        (FAULT_START, sidecar(**CHECKED, outcome="Refused")),
    ],
    ids=["after its end", "sidecar dead", "refused"],
)
def test_it_is_not_started_when_it_could_do_nothing(now: float, holder: Sidecar) -> None:
    assert look(now, CPU, holder).actions == ()


def test_after_the_run_nothing_is_started_any_more() -> None:
    status = under_load(verdict="Aborted", faults=[fault_record(CHOSEN)])
    decision = follow(run(status, faults=[CPU]), seen(FAULT_START, sidecars=(sidecar(**CHECKED),)))
    assert decision.actions == ()


def test_a_pod_that_cannot_be_seen_gets_nothing() -> None:
    another = replace(POSTGRES, uid="another")
    assert look(FAULT_START - 5, CPU, body=another).actions == ()
    assert look(FAULT_START - 5, CPU, sidecar(**CHECKED), body=another).actions == ()


@pytest.mark.parametrize(
    ("fault", "container", "words"),
    [
        (CPU | {"target": TARGET | {"container": "nobody"}}, MAIN, "has no container nobody"),
        (CPU, replace(MAIN, user=None), "runAsUser"),
        (MEMORY, replace(MAIN, memory_limit=None), "no memory limit"),
        (DISK | {"path": "/var/lib"}, MAIN, "no volume is mounted at /var/lib in container main"),
    ],
)
def test_where_it_cannot_work_it_is_refused_and_nothing_is_put_in(
    fault: dict[str, Any], container: Container, words: str
) -> None:
    body = replace(POSTGRES, containers=(container,))
    chosen = look(FAULT_START - LEAD, fault, pod=None, body=body)
    found = became(chosen)
    assert found.outcome == "Refused"
    assert words in (found.message or "")
    assert [said.reason for said in chosen.said] == ["FaultRefused"]
    assert look(FAULT_START, fault, pod=found, body=body).actions == ()


@pytest.mark.parametrize("fault", [CPU, MEMORY, DISK, DISK | {"path": "/data/"}, CRASH])
def test_where_it_can_it_is_not(fault: dict[str, Any]) -> None:
    assert became(look(FAULT_START - LEAD, fault, pod=None)).outcome is None


def died(ended: float | None, reason: str = "Error", **report: Any) -> Sidecar:
    """Its target's first process ended, and took it along."""
    target = replace(MAIN, ended_at=ended, ended_reason=reason)
    return replace(sidecar("Terminated", **CHECKED, **report), ended_at=FAULT_START + 1, target=target)


@pytest.mark.parametrize("fault", [CRASH, OOM])
def test_a_container_that_was_to_be_ended_proves_the_fault_by_its_end(fault: dict[str, Any]) -> None:
    begun = FAULT_START + 0.1
    holder = died(FAULT_START, "OOMKilled", started=True, injected_at=begun)
    found = became(look(FAULT_START + 2, fault, holder))
    assert (found.outcome, found.injected_at, found.ended_at) == ("Ended", begun, begun)
    assert (found.harmed, found.unit) == (1, "containers ended")
    assert found.message == "container main ended (OOMKilled), and the fault with it"


@pytest.mark.parametrize("fault", [CPU, MEMORY, DISK])
def test_a_container_that_ended_under_a_fault_that_should_not_end_it_took_the_fault_along(
    fault: dict[str, Any],
) -> None:
    found = became(look(FAULT_START + 2, fault, died(FAULT_START + 1, "OOMKilled", started=True)))
    assert found.outcome == "Lost"
    assert "container main ended (OOMKilled)" in (found.message or "")


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("fault", [CRASH, OOM])
def test_an_end_before_ours_has_said_that_it_acts_is_no_crash_of_ours(
    fault: dict[str, Any], started: bool
) -> None:
    found = became(look(FAULT_START + 2, fault, died(FAULT_START + 1, started=started)))
    assert (found.outcome, found.harmed) == ("Lost", None)


@pytest.mark.parametrize("ended", [None, FAULT_START - 30])
def test_a_sidecar_that_died_alone_is_lost_once_the_pod_has_had_time_to_tell(ended: float | None) -> None:
    holder = died(ended, started=True)
    assert became(look(FAULT_START + 1 + SETTLE - 0.1, CRASH, holder)).outcome is None
    found = became(look(FAULT_START + 1 + SETTLE, CRASH, holder))
    assert (found.outcome, (found.message or "")[:16]) == ("Lost", "the sidecar died")


def test_one_that_runs_is_not_dead_though_its_containers_first_process_ended_once() -> None:
    holder = replace(died(FAULT_START + 1, started=True, injected_at=FAULT_START), state="Running")
    assert became(look(FAULT_START + 2, CRASH, holder)).outcome is None


def test_a_sidecar_that_has_reported_is_believed_though_the_container_ended_later() -> None:
    holder = died(FAULT_START + 5, outcome="Refused", message="no such volume")
    assert became(look(FAULT_END + LOST_AFTER, DISK, holder)).message == "no such volume"
