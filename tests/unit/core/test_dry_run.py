"""A dry run tells what a run would do now, and does none of it."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.core.campaign_status import campaign_status
from stresscampaigns.core.campaigns import Plan, dry_run_name, plan_runs, rehearsal_run_name, runs_to_drop
from stresscampaigns.core.observation import Probe
from stresscampaigns.core.progress import Decision
from stresscampaigns.core.runs import decide
from stresscampaigns.manifests.run import run_manifest
from tests.unit.core.builders import CUT, T0, ready_pod, run, seen
from tests.unit.core.orders import active_run, at, hourly, order, past_run

NOW = at("2027-01-15T08:00")
THREE = {"cut": tuple(ready_pod(f"postgres-{number}") for number in range(3))}
CLOSED = Probe(False, "NamespaceNotAllowed", "namespace staging has not opted in")


def told(template: dict[str, Any] | None = None, **surroundings: Any) -> Decision:
    asked = run(**(template or {}))
    dry = replace(asked, spec=asked.spec.model_copy(update={"dry_run": True}))
    return decide(dry, seen(T0, **({"fault_pods": THREE} | surroundings)))


def plan(decision: Decision) -> dict[str, Any]:
    assert decision.status.plan is not None
    return decision.status.plan.to_wire()


def test_it_names_the_pods_the_windows_and_the_workers_and_is_over() -> None:
    decision = told({"faults": [CUT | {"mode": "fixed", "value": 2}]})
    assert (decision.status.phase, decision.status.verdict, decision.actions) == ("Finished", None, ())
    assert plan(decision) == {
        "load": "up to 20 users",
        "workers": 1,
        "length": "1m40s",
        "windows": [
            {"name": "low", "start": "0s", "end": "40s"},
            {"name": "high", "start": "40s", "end": "1m40s"},
            {"name": "after:cut", "start": "1m", "end": "1m40s"},
        ],
        "faults": [
            {
                "name": "cut",
                "type": "NetworkPartition",
                "settings": "port 5432",
                "start": "50s",
                "end": "1m",
                "pods": ["postgres-0", "postgres-1"],
                "ready": 3,
                "steadyState": "looked at from 45s to 50s",
            }
        ],
    }
    assert decision.status.message == (
        "dry run: in the way: nothing; load of up to 20 users for 1m40s from 1 worker; fault cut (NetworkPartition, "
        "50s to 1m) into 2 of 3 ready pods (postgres-0, postgres-1), steady state looked at from 45s to 50s"
    )
    assert [(said.kind, said.reason) for said in decision.said] == [("Normal", "Planned")]


def test_what_is_in_the_way_is_not_cut_off_however_many_faults_there_are() -> None:
    decision = told({"faults": [CUT | {"name": f"cut-{at}"} for at in range(16)]}, namespace=CLOSED)
    assert CLOSED.message in (decision.status.message or "")
    assert len(decision.status.message or "") == 1000


def conditions(decision: Decision) -> dict[str, str]:
    return {one.type: one.status for one in decision.status.conditions or []}


def test_whether_a_run_could_start_can_be_waited_for() -> None:
    assert conditions(told()) == {"Completed": "True", "Planned": "True"}
    assert conditions(told(namespace=CLOSED)) == {"Completed": "True", "Planned": "False"}


def test_all_that_is_in_the_way_is_told_at_once() -> None:
    away = Probe(False, "PrometheusUnavailable", "it does not answer")
    decision = told({"fault_limits": {"max_share": "10%"}}, prometheus=away, rival="staging/other")
    reasons = [problem.split(":")[0] for problem in plan(decision)["inTheWay"]]
    assert reasons == ["FaultShareExceeded", "PrometheusUnavailable", "Waits"]
    assert [(said.kind, said.reason) for said in decision.said] == [("Warning", "Planned")]


def test_of_a_closed_namespace_nobody_says_what_is_missing_in_it() -> None:
    decision = told(namespace=CLOSED, target_pods=(), fault_pods={})
    assert plan(decision)["inTheWay"] == [f"NamespaceNotAllowed: {CLOSED.message}"]
    assert "pods" not in plan(decision)["faults"][0]


def test_each_value_of_the_annotation_is_answered_once() -> None:
    first = plan_runs(order({"last_generation": 1}, asks_dry_run="1"), [], NOW)
    assert first.run is not None
    assert (first.run.trigger, first.run.dry, first.last_dry_run) == ("DryRun", True, "1")
    done = {"last_generation": 1, "last_dry_run": "1"}
    assert plan_runs(order(done, asks_dry_run="1"), [], NOW) == Plan()
    there = replace(past_run(dry_run_name("weekly", "1")), dry=True)
    assert plan_runs(order({"last_generation": 1}, asks_dry_run="1"), [there], NOW) == Plan(last_dry_run="1")


def test_it_waits_for_nobody_and_nobody_for_it() -> None:
    asked = order({"last_generation": 1}, asks_dry_run="1")
    assert plan_runs(asked, [active_run("weekly-g1")], NOW).run is not None
    under_way = replace(active_run("weekly-dryrun-1"), dry=True, rehearsal=True)
    (slot,) = plan_runs(hourly(), [under_way], NOW).slots
    assert slot.outcome == "Ran"
    status = campaign_status(order(), Plan(last_dry_run="1"), [under_way], NOW)
    assert (status.active_run, status.last_run, status.last_dry_run) == (None, None, "1")


@pytest.mark.parametrize("in_spec", [True, False])
def test_a_campaign_that_says_so_has_only_dry_runs(in_spec: bool) -> None:
    campaign = order(dry_run=in_spec)
    due = plan_runs(campaign, [], NOW).run
    assert due is not None
    assert run_manifest(campaign, due)["spec"].get("dryRun") is (True if in_spec else None)


def test_dry_runs_go_as_rehearsals_do() -> None:
    campaign = order(rehearsals_history_limit=1)
    dry = [replace(past_run(f"weekly-dryrun-{age}", NOW - age), dry=True, rehearsal=True) for age in range(2)]
    assert runs_to_drop(campaign, [past_run("weekly-g1"), *dry]) == ["weekly-dryrun-1"]


def test_its_name_is_no_rehearsals() -> None:
    assert dry_run_name("weekly", "1") != rehearsal_run_name("weekly", "1")
    assert len(dry_run_name("x" * 52, "1")) <= 63
