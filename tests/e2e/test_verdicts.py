"""A campaign against the real staging system, from apply to verdict."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.kubectl import ROOT, CommandFailed, get, run
from stresscampaigns.api.units import show_seconds
from stresscampaigns.record.asking import ask, read
from tests.e2e.campaigns import finished, leftovers, start


@pytest.fixture(scope="module")
def smoke() -> dict[str, Any]:
    """The smoke campaign as it is committed, run to its end."""
    manifest = yaml.safe_load((Path(ROOT) / "campaigns" / "smoke.yaml").read_text())
    return finished(start(manifest), 240)


def test_a_sound_system_passes_every_check_with_a_number(smoke: dict[str, Any]) -> None:
    assert smoke["verdict"] == "Passed", smoke["message"]
    assert {check["verdict"] for check in smoke["checks"]} == {"Passed"}
    assert all(check["value"] and check["samples"] for check in smoke["checks"])


def test_the_fault_was_in_force_and_has_ended(smoke: dict[str, Any]) -> None:
    (pod,) = smoke["faults"][0]["pods"]
    assert pod["outcome"] == "Ended"
    assert pod["harmed"] > 0
    assert pod["injectedAt"] < pod["endedAt"]


def test_the_fault_broke_the_service_and_it_recovered(smoke: dict[str, Any]) -> None:
    fault = smoke["faults"][0]
    assert {"brokenAfter", "recoveredFromStart", "recoveredFromEnd"} <= set(fault)


def test_what_the_target_used_of_its_limits_is_told(smoke: dict[str, Any]) -> None:
    told = {one["resource"]: one for one in smoke["saturation"]}
    assert smoke["bottleneck"]
    for name in ("memory", "cpu", "cpu-throttling", "file-descriptors", "db-pool", "workflow-semaphore"):
        assert told[name].get("peak"), told[name]


def test_conditions_say_the_same(smoke: dict[str, Any]) -> None:
    conditions = {one["type"]: one["status"] for one in smoke["conditions"]}
    assert conditions == {
        "Passed": "True",
        "Completed": "True",
        "AllRecovered": "True",
        "ResultsValid": "True",
    }


def test_nothing_of_the_run_is_left_behind(smoke: dict[str, Any]) -> None:
    assert leftovers("smoke-g1") == []


def test_the_target_itself_counted_every_request_that_was_sent(smoke: dict[str, Any]) -> None:
    assert smoke["load"]["serverCounted"] == smoke["load"]["sent"] > 0


def test_any_percentile_of_any_window_can_be_asked_of_the_record(smoke: dict[str, Any]) -> None:
    assert smoke["record"] == {"kept": True, "slot": "1s"}
    labels = "stresscampaigns.dev/run=smoke-g1,stresscampaigns.dev/role=record"
    record = read(run("kubectl", "-n", "staging", "get", "configmap", "-l", labels, "-o", "json"))
    whole = ask(record)
    assert whole.count == smoke["load"]["requests"]
    assert [show_seconds(whole.percentile(one)) for one in (50, 95, 99, 100)] == [
        smoke["load"][name] for name in ("p50", "p95", "p99", "max")
    ]
    steady = next(check for check in smoke["checks"] if check["name"] == "p95")
    assert show_seconds(ask(record, 15, 40).percentile(95)) == steady["value"]
    assert record.status["verdict"] == smoke["verdict"]


def test_the_readmes_command_answers_it_in_the_cluster(smoke: dict[str, Any]) -> None:
    labels = "stresscampaigns.dev/run=smoke-g1,stresscampaigns.dev/role=record"
    record = run("kubectl", "-n", "staging", "get", "configmap", "-l", labels, "-o", "json")
    asked = ("percentile", "--from", "15s", "--to", "40s", "-p", "95", "--scenario", "agent-workflow")
    command = ("exec", "-i", "deploy/stresscampaigns", "--", "python", "-m", "stresscampaigns.record", *asked)
    said = run("kubectl", "-n", "stresscampaigns", *command, stdin=record)
    steady = next(check for check in smoke["checks"] if check["name"] == "p95")
    assert said.startswith("run smoke-g1, all requests of agent-workflow, from 15s to 40s in slots of 1s")
    assert f"p95     {steady['value']}" in said


def test_the_campaign_sums_it_up(smoke: dict[str, Any]) -> None:
    status = (get("-n", "staging", "stresscampaign", "smoke") or {})["status"]
    assert (status["phase"], status["verdict"], status["lastRun"]["name"]) == (
        "Complete",
        "Passed",
        "smoke-g1",
    )


def test_what_it_was_asked_stays_as_it_was(smoke: dict[str, Any]) -> None:
    patch = '{"spec": {"campaign": "other"}}'
    with pytest.raises(CommandFailed, match="frozen"):
        run("kubectl", "-n", "staging", "patch", "stressrun", "smoke-g1", "--type=merge", "-p", patch)
