"""A malformed campaign is refused at apply, by the API server, with a message that names the field."""

import json
from pathlib import Path
from typing import Any

import pytest

from demo.kubectl import ROOT, CommandFailed, run
from tests.e2e.campaigns import campaign

FAULT = {"name": "cut", "type": "NetworkPartition", "at": "1s", "duration": "2s", "port": 5432}
STAGE = {"name": "only", "users": 3, "duration": "6s"}


def _load(**changes: Any) -> dict[str, Any]:
    return {"stages": [STAGE], "scenarios": [{"name": "agent-workflow"}], **changes}


def _check(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "one", **fields}]


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "a wrong type": ({"load": _load(workers="many")}, "spec.load.workers", "integer"),
    "an unknown field": ({"lod": {}}, "spec.lod", "unknown field"),
    "an unknown field deep inside": (
        {"faults": [{**FAULT, "prot": 1}]},
        "spec.faults[0].prot",
        "unknown field",
    ),
    "a bad duration": (
        {"load": _load(stages=[{**STAGE, "duration": "6 s"}])},
        "spec.load.stages[0].duration",
        "",
    ),
    "negative users": (
        {"load": _load(stages=[{**STAGE, "users": -3}])},
        "spec.load.stages[0].users",
        "greater",
    ),
    "no users at all": (
        {"load": _load(stages=[{**STAGE, "users": 0}])},
        "spec.load.stages",
        "no stage has any load",
    ),
    "users and a rate in one stage": (
        {"load": _load(stages=[{**STAGE, "rate": 5}])},
        "spec.load.stages[0]",
        "either users (closed model",
    ),
    "neither users nor a rate": (
        {"load": _load(stages=[{"name": "only", "duration": "6s"}])},
        "spec.load.stages[0]",
        "or rate (open model",
    ),
    "users in one stage and a rate in another": (
        {"load": _load(stages=[STAGE, {"name": "other", "rate": 5, "duration": "6s"}])},
        "spec.load.stages",
        "stages mix users",
    ),
    "a negative rate": (
        {"load": _load(stages=[{"name": "only", "rate": -1, "duration": "6s"}])},
        "spec.load.stages[0].rate",
        "greater",
    ),
    "a capacity check without a search": (
        {"checks": _check(capacity={}, min=20)},
        "spec.checks",
        "a capacity check needs a search",
    ),
    "a search that begins above its end": (
        {"load": _load(capacity={"lowest": 50, "highest": 20})},
        "spec.load.capacity",
        "lowest must not be more than highest",
    ),
    "a search for users in an open model": (
        {"load": _load(stages=[{"name": "only", "rate": 5, "duration": "6s"}], capacity={"highest": 20})},
        "spec.load",
        "capacity is searched in users",
    ),
    "a bound of the open model in a closed one": (
        {"load": _load(maxInFlight=50)},
        "spec.load",
        "belong to the open model",
    ),
    "a ramp longer than its stage": (
        {"load": _load(stages=[{**STAGE, "ramp": "7s"}])},
        "spec.load.stages[0].ramp",
        "ramp must not be longer",
    ),
    "a scenario that nobody knows": (
        {"load": _load(scenarios=[{"name": "agents"}])},
        "spec.load.scenarios[0].name",
        '"agent-workflow", "database-pool"',
    ),
    "scenarios and a Locust file": (
        {"load": _load(locustfile={"configMap": "mine"})},
        "spec.load",
        "either scenarios or locustfile",
    ),
    "a fault longer than the run": (
        {"faults": [{**FAULT, "duration": "1h"}]},
        "spec.faults",
        "ends after the load",
    ),
    "two faults with one name": ({"faults": [FAULT, FAULT]}, "spec.faults", "two faults have the same name"),
    "a stage called as the whole": (
        {"load": _load(stages=[{**STAGE, "name": "whole"}])},
        "spec.load.stages",
        "no stage can be called whole",
    ),
    "a fault called as the whole": (
        {"faults": [{**FAULT, "name": "whole"}]},
        "spec.faults",
        "no fault can be called whole",
    ),
    "a port out of range": ({"faults": [{**FAULT, "port": 70000}]}, "spec.faults[0].port", "65535"),
    "a check on a fault that is not there": (
        {"checks": _check(recovery={"fault": "gone"}, max="5s")},
        "spec.checks",
        "names a fault that is not in faults",
    ),
    "a check during what is not there": (
        {"checks": _check(errorRate={}, max="1%", during="never")},
        "spec.checks",
        "neither a stage nor a fault",
    ),
    "a check without a question": ({"checks": _check(max="5s")}, "spec.checks[0]", "exactly one question"),
    "a check without a threshold": ({"checks": _check(errorRate={})}, "spec.checks[0]", "needs a threshold"),
    "a latency that is no duration": (
        {"checks": _check(latency={"percentile": 95}, max="5%")},
        "spec.checks[0].max",
        "is a duration",
    ),
    "an error rate that is no ratio": (
        {"checks": _check(errorRate={}, max="5s")},
        "spec.checks[0].max",
        "is a ratio",
    ),
    "no check": ({"checks": []}, "spec.checks", "at least 1"),
    "a URL without scheme": ({"prometheus": {"url": "prometheus:9090"}}, "spec.prometheus.url", "scheme"),
    "a schedule of four fields": ({"schedule": "0 2 * *"}, "spec.schedule", "five fields"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused_with_the_field_and_what_is_wrong(wrong: str) -> None:
    changes, field, words = WRONG[wrong]
    with pytest.raises(CommandFailed) as refusal:
        _apply(campaign("malformed", **changes))
    assert field in str(refusal.value)
    assert words in str(refusal.value)


@pytest.mark.parametrize("name", ["release-2.4", "24h", "x" * 53])
def test_a_name_of_which_no_names_of_services_can_be_made_is_refused(name: str) -> None:
    with pytest.raises(CommandFailed, match=r"metadata\.name needs lower-case letters"):
        _apply(campaign(name))


def test_a_good_one_is_accepted() -> None:
    _apply(campaign("well-formed", faults=[FAULT], schedule="0 2 * * 6"))


def test_a_search_for_the_capacity_is_accepted() -> None:
    _apply(campaign("capacity", load=_load(capacity={"highest": 200}), checks=_check(capacity={}, min=20)))


@pytest.mark.parametrize("file", sorted((ROOT / "campaigns").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_campaign_that_we_ship_is_accepted(file: Path) -> None:
    run("kubectl", "apply", "--dry-run=server", "-f", str(file))


def test_an_open_model_is_accepted() -> None:
    stages = [{"name": "only", "rate": 12.5, "ramp": "1s", "duration": "6s"}]
    _apply(campaign("open", load=_load(stages=stages, arrivals="poisson", maxInFlight=50)))


def _apply(manifest: dict[str, Any]) -> None:
    run("kubectl", "apply", "--dry-run=server", "-f", "-", stdin=json.dumps(manifest))
