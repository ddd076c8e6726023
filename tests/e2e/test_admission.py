"""A malformed campaign is refused at apply, by the API server, with a message that names the field."""

import json
from pathlib import Path
from typing import Any

import pytest

from demo.kubectl import ROOT, CommandFailed, run
from tests.e2e.campaigns import campaign

FAULT = {"name": "cut", "type": "NetworkPartition", "at": "1s", "duration": "2s", "port": 5432}
PLAIN = {key: value for key, value in FAULT.items() if key != "port"}
ROLLOUT: dict[str, Any] = {
    **PLAIN,
    "type": "BadRollout",
    "deployment": "agents",
    "env": {"DEFECT": "no-limit"},
}
POOL = {"name": "db-pool", "used": "db_pool_in_use", "limit": "db_pool_size"}
DATA = {"configMap": "items", "key": "items.csv"}
LOGIN = {"secret": "postgres"}
STAGE = {"name": "only", "users": 3, "duration": "6s"}


def _load(**changes: Any) -> dict[str, Any]:
    return {"stages": [STAGE], "scenarios": [{"name": "agent-workflow"}], **changes}


def _named(profile: str = "light", **changes: Any) -> dict[str, Any]:
    return {"profile": profile, "scenarios": [{"name": "agent-workflow"}], **changes}


def _expected(**changes: Any) -> dict[str, Any]:
    return {"expected": {"users": 10, **changes}, "scenarios": [{"name": "agent-workflow"}]}


def _own(**source: str) -> dict[str, Any]:
    return {"stages": [STAGE], "locustfile": source}


def _check(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "one", **fields}]


_NEIGHBOUR = {"name": "api", "selector": {"matchLabels": {"app": "api"}}}

WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "a wrong type": ({"load": _load(workers="many")}, "spec.load.workers", "integer"),
    "an unknown field": ({"lod": {}}, "spec.lod", "unknown field"),
    "an unknown field deep inside": (
        {"faults": [{**FAULT, "prot": 1}]},
        "spec.faults[0].prot",
        "unknown field",
    ),
    "a fault that ends in a way of another": (
        {"faults": [{**FAULT, "type": "DatabaseUnavailable", "how": "NoSuchName"}]},
        "spec.faults[0].how",
        "Refused or Silent",
    ),
    "a field that the fault would ignore": (
        {"faults": [{**FAULT, "names": ["example.com"]}]},
        "spec.faults[0].names",
        "names belongs to DnsFailure",
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
    "a data loss check of a load that writes nothing": (
        {"checks": _check(dataLoss={}, max=0)},
        "spec.checks",
        "needs the scenario set-writes",
    ),
    "a share of lost writes": (
        {"load": _load(scenarios=[{"name": "set-writes"}]), "checks": _check(dataLoss={}, max="1%")},
        "spec.checks[0].max",
        "is how many, like 0",
    ),
    "a window of a check that has its own": (
        {"faults": [FAULT], "checks": _check(restarts={"fault": "cut"}, max=0, during="only")},
        "spec.checks[0]",
        "leave out during and after",
    ),
    "restarts under a fault that is not there": (
        {"faults": [FAULT], "checks": _check(restarts={"fault": "other"}, max=0)},
        "spec.checks",
        "names a fault that is not in faults",
    ),
    "recovery of every fault where there is none": (
        {"checks": _check(recovery={"fault": "*"}, max="5s")},
        "spec.checks",
        "names a fault that is not in faults",
    ),
    "containment without neighbours": (
        {"faults": [FAULT], "checks": _check(containment={"fault": "*"}, max=0)},
        "spec.checks",
        "needs neighbours",
    ),
    "containment of a neighbour that is not there": (
        {
            "faults": [FAULT],
            "neighbours": [_NEIGHBOUR],
            "checks": _check(containment={"fault": "cut", "neighbours": ["mail"]}, max=0),
        },
        "spec.checks",
        "must be among them",
    ),
    "a number of seconds until pods are ready": (
        {"faults": [FAULT], "checks": _check(podsReady={"fault": "cut"}, max=5)},
        "spec.checks[0].max",
        "is a duration",
    ),
    "no users at all": (
        {"load": _load(stages=[{**STAGE, "users": 0}])},
        "spec.load.stages",
        "no stage has any load",
    ),
    "a server counter that is no series": (
        {"load": _load(serverCounter={"series": "sum(rate(http_requests_total[5s]))"})},
        "spec.load.serverCounter.series",
        "without functions",
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
    "a stage of no time": (
        {"load": _load(stages=[STAGE, {**STAGE, "name": "none", "duration": "0s"}])},
        "spec.load.stages[1].duration",
        "more than 0s",
    ),
    "a stage that goes backwards": (
        {"load": _load(stages=[{**STAGE, "duration": "-6s"}])},
        "spec.load.stages[0].duration",
        "",
    ),
    "a ramp that goes backwards": (
        {"load": _load(stages=[{**STAGE, "ramp": "-1s"}])},
        "spec.load.stages[0].ramp",
        "",
    ),
    "two stages with one name": (
        {"load": _load(stages=[STAGE, STAGE])},
        "spec.load.stages",
        "two stages have the same name",
    ),
    "scenarios that nobody chooses": (
        {"load": _load(scenarios=[{"name": "http", "weight": 0}, {"name": "agent-workflow", "weight": 0}])},
        "spec.load.scenarios",
        "every scenario has weight 0",
    ),
    "a weight below nought": (
        {"load": _load(scenarios=[{"name": "http", "weight": -1}])},
        "spec.load.scenarios[0].weight",
        "greater",
    ),
    "a profile that nobody knows": ({"load": _named("enormous")}, "spec.load.profile", '"light", "medium"'),
    "a profile and stages": ({"load": _load(profile="light")}, "spec.load", "exactly one of profile, stages"),
    "neither a profile nor stages nor traffic": (
        {"load": {"scenarios": [{"name": "http"}]}},
        "spec.load",
        "exactly one of profile, stages, expected",
    ),
    "users beside stages": ({"load": _load(users=5)}, "spec.load", "change those of a profile"),
    "a spike too small for its baseline": (
        {"load": _named("spike", users=5)},
        "spec.load.users",
        "10 times its baseline",
    ),
    "a profile of seconds": ({"load": _named(duration="30s")}, "spec.load.duration", "1m or more"),
    "a length for a search": (
        {"load": _named("capacity", duration="5m")},
        "spec.load.duration",
        "as long as its trials",
    ),
    "a search whose end is given twice": (
        {"load": _named("capacity", users=50, capacity={"highest": 60})},
        "spec.load.users",
        "given twice",
    ),
    "a fault after a profile's end": (
        {"load": _named("light"), "faults": [{**FAULT, "at": "9m59s"}]},
        "spec.faults",
        "ends after the load",
    ),
    "a fault after the end of a profile that was made shorter": (
        {"load": _named("light", duration="5m"), "faults": [{**FAULT, "at": "5m"}]},
        "spec.faults",
        "ends after the load",
    ),
    "a fault after the end of expected traffic": (
        {"load": _expected(duration="1m"), "faults": [{**FAULT, "at": "2m"}]},
        "spec.faults",
        "ends after the load",
    ),
    "a fault called as a profile's stage": (
        {"load": _named("spike"), "faults": [{**FAULT, "name": "baseline"}]},
        "spec.faults",
        "have the same name",
    ),
    "a check during a stage of another profile": (
        {"load": _named("light"), "checks": _check(errorRate={}, max="1%", during="baseline")},
        "spec.checks",
        "neither a stage nor a fault",
    ),
    "a check during a stage that expected traffic does not have": (
        {"load": _expected(), "checks": _check(errorRate={}, max="1%", during="steady")},
        "spec.checks",
        "neither a stage nor a fault",
    ),
    "a factor of less than what is expected": (
        {"load": _expected(factor="99%")},
        "spec.load.expected.factor",
        "300% is three times as much",
    ),
    "a factor without its sign": ({"load": _expected(factor="3")}, "spec.load.expected.factor", ""),
    "more than anybody sends": (
        {"load": _expected(users=50000)},
        "spec.load.expected.factor",
        "more than 100000 users",
    ),
    "expected users and a rate": (
        {"load": _expected(rate=5)},
        "spec.load.expected",
        "either users (closed model",
    ),
    "arrivals of expected users": (
        {"load": {**_expected(), "arrivals": "even"}},
        "spec.load",
        "belong to the open model",
    ),
    "a saturation check of a resource that nobody named": (
        {"checks": _check(saturation={"resource": "db-pool"}, max="90%")},
        "spec.checks",
        "neither in saturation nor one of memory, cpu",
    ),
    "a saturation check with a duration for a bound": (
        {"checks": _check(saturation={"resource": "cpu"}, max="90s")},
        "spec.checks[0].max",
        "is a ratio, like 1% or 0",
    ),
    "a resource called as one that is looked at anyway": (
        {"saturation": [{**POOL, "name": "memory"}]},
        "spec.saturation[0].name",
        "give this resource another name",
    ),
    "two resources of the same name": (
        {"saturation": [POOL, POOL]},
        "spec.saturation",
        "two resources have the same name",
    ),
    "a resource without a limit": (
        {"saturation": [{"name": "db-pool", "used": "x"}]},
        "spec.saturation[0].limit",
        "Required",
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
    "data that are neither CSV nor lines of JSON": (
        {"load": _load(scenarios=[{"name": "http", "data": {"configMap": "items", "key": "items.txt"}}])},
        "spec.load.scenarios[0].data.key",
        "CSV with a header row, called *.csv",
    ),
    "data in an order that nobody knows": (
        {"load": _load(scenarios=[{"name": "http", "data": {**DATA, "order": "backwards"}}])},
        "spec.load.scenarios[0].data.order",
        '"sequential", "random"',
    ),
    "data without a key": (
        {"load": _load(scenarios=[{"name": "http", "data": {"configMap": "items"}}])},
        "spec.load.scenarios[0].data.key",
        "Required",
    ),
    "scenarios and a Locust file": (
        {"load": _load(locustfile={"configMap": "mine"})},
        "spec.load",
        "either scenarios or locustfile",
    ),
    "a Locust file in no place": (
        {"load": _own(image="mine:1")},
        "spec.load.locustfile",
        "either configMap (it holds the Locust file) or path",
    ),
    "a Locust file in two places": (
        {"load": _own(image="mine:1", path="/locust/a.py", configMap="mine")},
        "spec.load.locustfile",
        "either configMap (it holds the Locust file) or path",
    ),
    "a Locust file in an image that is not named": (
        {"load": _own(path="/locust/a.py")},
        "spec.load.locustfile.path",
        "give image, too",
    ),
    "a Locust file where a folder will be mounted": (
        {"load": _own(image="mine:1", path="/tmp/a.py")},
        "spec.load.locustfile.path",
        "/tmp is an empty folder",
    ),
    "a Locust file whose path is not absolute": (
        {"load": _own(image="mine:1", path="locust/a.py")},
        "spec.load.locustfile.path",
        "should match",
    ),
    "a key of no ConfigMap": (
        {"load": _own(image="mine:1", path="/locust/a.py", key="a.py")},
        "spec.load.locustfile.key",
        "key is one of a ConfigMap",
    ),
    "a proxy that is spoken to in TLS": (
        {"load": _load(proxy="https://proxy:3128")},
        "spec.load.proxy",
        "write it like http://proxy:3128",
    ),
    "a proxy with credentials": (
        {"load": _load(proxy="http://me:word@proxy:3128")},
        "spec.load.proxy",
        "without credentials",
    ),
    "a fault longer than the run": (
        {"faults": [{**FAULT, "duration": "1h"}]},
        "spec.faults",
        "ends after the load",
    ),
    "a fault of no time": (
        {"faults": [{**FAULT, "duration": "0s"}]},
        "spec.faults[0].duration",
        "a fault needs a duration of more than 0s",
    ),
    "a fault of a week": (
        {"load": _load(stages=[{**STAGE, "duration": "200h"}]), "faults": [{**FAULT, "duration": "168h"}]},
        "spec.faults[0].duration",
        "a fault lasts 24h at most",
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
    "a system namespace as target": (
        {
            "target": {
                "namespace": "kube-system",
                "url": "http://agents:8080",
                "selector": {"matchLabels": {"app": "agents"}},
            }
        },
        "spec.target.namespace",
        "a system namespace is never a target",
    ),
    "a share of no pods": (
        {"faultLimits": {"maxShare": "0%"}},
        "spec.faultLimits.maxShare",
        "more than 0%",
    ),
    "an abort rule without a question": (
        {"abortWhen": [{"name": "r", "above": "1%"}]},
        "spec.abortWhen[0]",
        "exactly one question",
    ),
    "an abort rule with two bounds": (
        {"abortWhen": [{"name": "r", "query": "up", "above": 1, "below": 0}]},
        "spec.abortWhen[0]",
        "either above or below",
    ),
    "an abort rule whose bound is of another kind": (
        {"abortWhen": [{"name": "r", "latency": {"percentile": 95}, "above": "50%"}]},
        "spec.abortWhen[0].above",
        "is a duration",
    ),
    "an abort rule for half a second": (
        {"abortWhen": [{"name": "r", "errorRate": {}, "above": "50%", "for": "500ms"}]},
        "spec.abortWhen[0].for",
        "from 1s to 1h",
    ),
    "two abort rules with one name": (
        {"abortWhen": [{"name": "r", "errorRate": {}, "above": "50%"}] * 2},
        "spec.abortWhen",
        "two abort rules have the same name",
    ),
    "connections taken as nobody": (
        {"faults": [{**FAULT, "type": "DatabasePoolExhausted"}]},
        "spec.faults[0].credentials",
        "DatabasePoolExhausted needs credentials",
    ),
    "connections taken of no port": (
        {"faults": [{**PLAIN, "type": "DatabasePoolExhausted", "credentials": LOGIN}]},
        "spec.faults[0].port",
        "DatabasePoolExhausted needs port",
    ),
    "credentials without a Secret": (
        {"faults": [{**FAULT, "type": "DatabasePoolExhausted", "credentials": {"database": "shop"}}]},
        "spec.faults[0].credentials.secret",
        "Required",
    ),
    "a password in a campaign": (
        {"faults": [{**FAULT, "type": "DatabasePoolExhausted", "credentials": {**LOGIN, "password": "x"}}]},
        "spec.faults[0].credentials.password",
        "unknown field",
    ),
    "no connection left, said twice": (
        {"faults": [{**FAULT, "type": "DatabasePoolExhausted", "credentials": LOGIN, "leave": 0}]},
        "spec.faults[0].leave",
        "greater than or equal to 1",
    ),
    "credentials that the fault would ignore": (
        {"faults": [{**FAULT, "credentials": LOGIN}]},
        "spec.faults[0].credentials",
        "credentials belongs to DatabasePoolExhausted",
    ),
    "an API that fails in no way": (
        {"faults": [{**FAULT, "type": "ExternalApiFailure", "share": "50%"}]},
        "spec.faults[0]",
        "ExternalApiFailure needs status or body or latency or how",
    ),
    "an API of no port": (
        {"faults": [{**PLAIN, "type": "ExternalApiFailure", "status": 503}]},
        "spec.faults[0].port",
        "ExternalApiFailure needs port",
    ),
    "a status that is none": (
        {"faults": [{**FAULT, "type": "ExternalApiFailure", "status": 600}]},
        "spec.faults[0].status",
        "599",
    ),
    "an API that never answers, with a status": (
        {"faults": [{**FAULT, "type": "ExternalApiFailure", "status": 503, "how": "Silent"}]},
        "spec.faults[0].how",
        "no request is answered",
    ),
    "a time to come again without a status": (
        {"faults": [{**FAULT, "type": "ExternalApiFailure", "body": "x", "retryAfter": "5s"}]},
        "spec.faults[0].retryAfter",
        "retryAfter goes with a status",
    ),
    "an API that fails as a name does": (
        {"faults": [{**FAULT, "type": "ExternalApiFailure", "how": "NoSuchName"}]},
        "spec.faults[0].how",
        "Refused or Silent",
    ),
    "pressure without an amount": (
        {"faults": [{**PLAIN, "type": "CpuPressure"}]},
        "spec.faults[0].amount",
        "CpuPressure needs amount",
    ),
    "pressure on a port": (
        {"faults": [{**FAULT, "type": "CpuPressure", "amount": "80%"}]},
        "spec.faults[0].port",
        "port belongs to",
    ),
    "no pressure at all": (
        {"faults": [{**PLAIN, "type": "CpuPressure", "amount": "0%"}]},
        "spec.faults[0].amount",
        "amount is more than 0%",
    ),
    "more of a disk than there is": (
        {"faults": [{**PLAIN, "type": "DiskFull", "amount": "101%", "path": "/data"}]},
        "spec.faults[0].amount",
        "100% at most",
    ),
    "a path that is none": (
        {"faults": [{**PLAIN, "type": "DiskFull", "amount": "90%", "path": "data"}]},
        "spec.faults[0].path",
        "",
    ),
    "a rollout of nobody knows what": (
        {"faults": [{**PLAIN, "type": "BadRollout", "image": "agents:2"}]},
        "spec.faults[0].deployment",
        "BadRollout needs deployment",
    ),
    "a rollout of what is there already": (
        {"faults": [{**PLAIN, "type": "BadRollout", "deployment": "agents"}]},
        "spec.faults[0]",
        "BadRollout needs env or image",
    ),
    "a rollout in some of the pods": (
        {"faults": [{**ROLLOUT, "mode": "all"}]},
        "spec.faults[0].mode",
        "reaches all of its Deployment",
    ),
    "a rollout with a seed": ({"faults": [{**ROLLOUT, "seed": 1}]}, "spec.faults[0].mode", "leaves them out"),
    "a rollout of new pods": (
        {"faults": [{**ROLLOUT, "newPods": "Include"}]},
        "spec.faults[0].mode",
        "leaves them out",
    ),
    "a rollout of picked pods": (
        {"faults": [{**ROLLOUT, "target": {"selector": {"matchLabels": {"app": "agents"}}}}]},
        "spec.faults[0].target",
        "names the container and nothing else",
    ),
    "a target without a selector": (
        {"faults": [{**FAULT, "target": {"container": "agents"}}]},
        "spec.faults[0].target",
        "target needs a selector",
    ),
    "a deployment that the fault would ignore": (
        {"faults": [{**FAULT, "deployment": "agents"}]},
        "spec.faults[0].deployment",
        "deployment belongs to BadRollout",
    ),
    "an environment variable that can be none": (
        {"faults": [{**ROLLOUT, "env": {"1ST": "x"}}]},
        "spec.faults[0].env",
        "begins with no digit",
    ),
    "a port out of range": ({"faults": [{**FAULT, "port": 70000}]}, "spec.faults[0].port", "65535"),
    "a check on a scenario that is not there": (
        {"checks": _check(errorRate={"scenario": "http"}, max="5%")},
        "spec.checks",
        "names a scenario that is not in load.scenarios",
    ),
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
    "a check compared to what is not there": (
        {"checks": _check(throughput={}, min="90%", after="cut", comparedTo="never"), "faults": [FAULT]},
        "spec.checks",
        "`comparedTo` of a check names neither a stage nor a fault",
    ),
    "a check compared to itself": (
        {"checks": _check(throughput={}, min="90%", during="only", comparedTo="only")},
        "spec.checks[0].comparedTo",
        "needs another window",
    ),
    "a whole run compared to a part of it": (
        {"checks": _check(throughput={}, min="90%", comparedTo="only")},
        "spec.checks[0].comparedTo",
        "needs another window",
    ),
    "a comparison by a number that is no share": (
        {"checks": _check(latency={"percentile": 95}, max="1s", after="cut", comparedTo="only")},
        "spec.checks[0].max",
        "is a share of what was there",
    ),
    "a comparison of error rates": (
        {"checks": _check(errorRate={}, max="120%", after="cut", comparedTo="only"), "faults": [FAULT]},
        "spec.checks[0].comparedTo",
        "is for latency, throughput and query checks",
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


@pytest.mark.parametrize("more", [{}, {"leave": 3}])
def test_a_login_out_of_a_secret_is_accepted(more: dict[str, int]) -> None:
    login = {**LOGIN, "usernameKey": "user", "passwordKey": "pass.word", "database": "shop"}
    fault = {**FAULT, "type": "DatabasePoolExhausted", "credentials": login, **more}
    _apply(campaign("pool", faults=[fault]))


@pytest.mark.parametrize(
    "way",
    [
        {"status": 503, "share": "50%", "latency": "200ms", "peers": {"cidrs": ["203.0.113.0/24"]}},
        {"status": 429, "limit": 20, "retryAfter": "10s"},
        {"body": '{"text": ', "share": "5%"},
        {"latency": "3s"},
        {"how": "Silent", "share": "10%"},
        {"how": "Refused"},
    ],
)
def test_ways_in_which_an_api_fails_are_accepted(way: dict[str, Any]) -> None:
    _apply(campaign("api", faults=[{**FAULT, "type": "ExternalApiFailure", **way}]))


@pytest.mark.parametrize("data", [DATA, {**DATA, "key": "items.jsonl", "order": "random"}])
def test_data_are_accepted(data: dict[str, str]) -> None:
    _apply(campaign("data", load=_load(scenarios=[{"name": "http", "data": data}])))


def test_guard_rails_are_accepted() -> None:
    rules = [
        {"name": "meltdown", "errorRate": {}, "above": "50%", "for": "1m"},
        {"name": "slow", "latency": {"percentile": 99}, "above": "5s"},
        {"name": "stalled", "throughput": {"scenario": "agent-workflow"}, "below": 1, "for": "30s"},
        {"name": "pool", "query": "max(db_pool_waiting)", "above": 100},
    ]
    _apply(campaign("guarded", abortWhen=rules, faultLimits={"maxShare": "50%"}, dryRun=True, faults=[FAULT]))


def test_resources_that_can_saturate_are_accepted() -> None:
    asked = _check(saturation={"resource": "db-pool"}, max="90%")
    _apply(campaign("saturation", saturation=[POOL], checks=asked))


def test_one_window_may_be_compared_to_another() -> None:
    drift = _check(latency={"percentile": 95}, max="120%", after="cut", comparedTo="only")
    _apply(campaign("drift", faults=[FAULT], checks=drift))


def test_a_search_for_the_capacity_is_accepted() -> None:
    _apply(campaign("capacity", load=_load(capacity={"highest": 200}), checks=_check(capacity={}, min=20)))


@pytest.mark.parametrize(
    ("load", "stage"),
    [
        (_named("light"), "steady"),
        (_named("heavy", users=2000, duration="2h"), "ramp"),
        (_named("spike", users=1000), "after"),
        (_named("endurance", duration="48h"), "last"),
        (_named("capacity"), "warm-up"),
        (_named("medium", capacity={"highest": 200}), "steady"),
        (_expected(), "expected"),
        ({**_expected(users=None, rate=12.5), "maxInFlight": 50}, "buffer"),
    ],
)
def test_a_load_by_name_is_accepted_and_its_stages_can_be_looked_at(load: dict[str, Any], stage: str) -> None:
    checks = _check(errorRate={}, max="1%", during=stage)
    fault = {**FAULT, "at": "20s", "duration": "10s"}
    _apply(campaign("by-name", load=load, checks=checks, faults=[fault]))


def test_the_profile_capacity_is_a_search() -> None:
    _apply(campaign("search", load=_named("capacity", users=300), checks=_check(capacity={}, min=20)))


@pytest.mark.parametrize("file", sorted((ROOT / "campaigns").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_campaign_that_we_ship_is_accepted(file: Path) -> None:
    run("kubectl", "apply", "--dry-run=server", "-f", str(file))


@pytest.mark.parametrize(
    "source",
    [
        {"configMap": "mine", "key": "shop.py"},
        {"configMap": "mine", "image": "registry.example:5000/mine/load:1"},
        {"path": "/locust/locustfile.py", "image": f"mine/load@sha256:{'0' * 64}"},
    ],
)
def test_a_locust_file_in_a_config_map_or_in_an_image_is_accepted(source: dict[str, str]) -> None:
    _apply(campaign("own", load=_own(**source)))


def test_a_proxy_is_accepted() -> None:
    _apply(campaign("proxy", load=_load(proxy="http://proxy:3128")))


def test_an_open_model_is_accepted() -> None:
    stages = [{"name": "only", "rate": 12.5, "ramp": "1s", "duration": "6s"}]
    _apply(campaign("open", load=_load(stages=stages, arrivals="poisson", maxInFlight=50)))


def _apply(manifest: dict[str, Any]) -> None:
    run("kubectl", "apply", "--dry-run=server", "-f", "-", stdin=json.dumps(manifest))
