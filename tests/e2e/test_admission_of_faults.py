"""A malformed fault is refused at apply, and one that does not fit into its load; a good one is not."""

from typing import Any

import pytest

from tests.e2e.admission import (
    FAULT,
    LOGIN,
    PLAIN,
    STAGE,
    Wrong,
    by_profile,
    expected,
    offer,
    refused,
    staged,
)
from tests.e2e.campaigns import campaign

PODS = {"selector": {"matchLabels": {"app": "agents"}}}
ROLLOUT: dict[str, Any] = {
    **PLAIN,
    "type": "BadRollout",
    "deployment": "agents",
    "env": {"DEFECT": "no-limit"},
}
OWN = {**PLAIN, "type": "Custom", "image": "own:1", "command": ["/own"]}
WRONG: dict[str, Wrong] = {
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
        {"faults": [{**ROLLOUT, "target": PODS}]},
        "spec.faults[0].target",
        "has no selector",
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
    "a program of one's own in no image": (
        {"faults": [{key: value for key, value in OWN.items() if key != "image"}]},
        "spec.faults[0].image",
        "Custom needs image",
    ),
    "an image of one's own without a program": (
        {"faults": [{key: value for key, value in OWN.items() if key != "command"}]},
        "spec.faults[0].command",
        "Custom needs command",
    ),
    "an image of one's own for another fault": (
        {"faults": [{**FAULT, "image": "own:1"}]},
        "spec.faults[0].image",
        "image belongs to Custom",
    ),
    "a port of a program that has parameters": (
        {"faults": [{**OWN, "port": 80}]},
        "spec.faults[0].port",
        "port belongs to",
    ),
    "a right over the whole node": (
        {"faults": [{**OWN, "capabilities": ["SYS_ADMIN"]}]},
        "spec.faults[0].capabilities[0]",
        '"NET_ADMIN", "NET_RAW"',
    ),
    "a parameter in small letters": (
        {"faults": [{**OWN, "parameters": {"port": 80}}]},
        "spec.faults[0].parameters",
        "PORT is told as STRESS_PORT",
    ),
    "a parameter that every program is told": (
        {"faults": [{**OWN, "parameters": {"SECONDS": 80}}]},
        "spec.faults[0].parameters",
        "give yours another name",
    ),
    "a parameter that is neither a number nor a text": (
        {"faults": [{**OWN, "parameters": {"PORTS": [80]}}]},
        "spec.faults[0].parameters.PORTS",
        "integer,string",
    ),
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
    "a fault after a profile's end": (
        {"load": by_profile("light"), "faults": [{**FAULT, "at": "9m59s"}]},
        "spec.faults",
        "ends after the load",
    ),
    "a fault after the end of a profile that was made shorter": (
        {"load": by_profile("light", duration="5m"), "faults": [{**FAULT, "at": "5m"}]},
        "spec.faults",
        "ends after the load",
    ),
    "a fault after the end of expected traffic": (
        {"load": expected(duration="1m"), "faults": [{**FAULT, "at": "2m"}]},
        "spec.faults",
        "ends after the load",
    ),
    "a fault called as a profile's stage": (
        {"load": by_profile("spike"), "faults": [{**FAULT, "name": "baseline"}]},
        "spec.faults",
        "have the same name",
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
        {"load": staged(stages=[{**STAGE, "duration": "200h"}]), "faults": [{**FAULT, "duration": "168h"}]},
        "spec.faults[0].duration",
        "a fault lasts 24h at most",
    ),
    "two faults with one name": ({"faults": [FAULT, FAULT]}, "spec.faults", "two faults have the same name"),
    "a fault called as the whole": (
        {"faults": [{**FAULT, "name": "whole"}]},
        "spec.faults",
        "no fault can be called whole",
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
        "should match",
    ),
    "a port out of range": ({"faults": [{**FAULT, "port": 70000}]}, "spec.faults[0].port", "65535"),
    "a system namespace": (
        {"faults": [{**FAULT, "target": {"namespace": "kube-system", **PODS}}]},
        "spec.faults[0].target.namespace",
        "a system namespace is never a target",
    ),
    "a way into a system namespace": (
        {"faults": [{**FAULT, "target": {"namespace": "x/../kube-system", **PODS}}]},
        "spec.faults[0].target.namespace",
        "should match",
    ),
    "a namespace of addresses": (
        {"faults": [{**FAULT, "peers": {"namespace": "shop", "cidrs": ["203.0.113.1"]}}]},
        "spec.faults[0].peers.namespace",
        "namespace goes with a selector",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused_with_the_field_and_what_is_wrong(wrong: str) -> None:
    refused(WRONG[wrong])


@pytest.mark.parametrize("more", [{}, {"leave": 3}])
def test_a_login_out_of_a_secret_is_accepted(more: dict[str, int]) -> None:
    login = {**LOGIN, "usernameKey": "user", "passwordKey": "pass.word", "database": "shop"}
    fault = {**FAULT, "type": "DatabasePoolExhausted", "credentials": login, **more}
    offer(campaign("pool", faults=[fault]))


def test_a_program_of_ones_own_is_accepted() -> None:
    told = {"PORT": 5432, "WAY": "in", "SHARE_OF_2": "0.5"}
    fault = {**OWN, "parameters": told, "capabilities": ["NET_ADMIN", "NET_RAW"], "mode": "all"}
    offer(campaign("own", faults=[fault]))


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
    offer(campaign("api", faults=[{**FAULT, "type": "ExternalApiFailure", **way}]))
