"""What the API server takes by the CRD's schema, the models take, too: but for laws that are CEL's, a value means the
same to Go, which reads it at apply, and to Rust and Python, which read it in the operator."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from stresscampaigns.api.campaign import StressCampaignSpec
from stresscampaigns.api.structural import structural_schema
from tests.unit.api.schema_reading import problems

PODS = {"matchLabels": {"app": "agents"}}
TIMED = {"at": "1s", "duration": "2s"}
SPEC: dict[str, Any] = {
    "target": {"namespace": "shop", "url": "http://ann:word@agents:8080/p?q", "selector": PODS},
    "prometheus": {"url": "https://prometheus:9090/"},
    "startTimeout": "30s",
    "faultLimits": {"maxShare": "50%"},
    "schedule": "0 2 * * 6",
    "timeZone": "Etc/UTC",
    "suspend": False,
    "startingDeadlineSeconds": 5,
    "load": {
        "workers": 1,
        "stages": [{"name": "only", "users": 3, "ramp": "1s", "duration": "20s"}],
        "capacity": {
            "highest": 20,
            "settle": "1s",
            "errorRate": "1%",
            "latency": {"percentile": 95, "max": "1s"},
        },
        "tls": {"caSecret": "authority", "insecureSkipVerify": False},
        "headers": [
            {"name": "X-Tenant", "value": "acme"},
            {"name": "X-Key", "valueFrom": {"secretKeyRef": {"name": "login", "key": "key"}}},
        ],
        "proxy": "http://proxy:3128",
        "scenarios": [
            {"name": "http", "weight": 1, "parameters": {}, "data": {"configMap": "c", "key": "a.csv"}},
        ],
    },
    "faults": [
        TIMED | {"name": "slow", "type": "NetworkLatency", "latency": "10ms", "jitter": "1ms", "port": 80},
        TIMED | {"name": "api", "type": "ExternalApiFailure", "port": 81, "status": 503, "retryAfter": "1s"},
        TIMED | {"name": "own", "type": "Custom", "image": "x:1", "command": ["/x"], "parameters": {"A": 1}},
        TIMED | {"name": "pool", "type": "DatabasePoolExhausted", "port": 5, "credentials": {"secret": "s"}},
        TIMED | {"name": "dns", "type": "DnsFailure", "names": ["*.a.b"], "how": "Silent"},
        TIMED | {"name": "disk", "type": "DiskFull", "amount": "50%", "path": "/d"},
        TIMED
        | {"name": "thin", "type": "NetworkBandwidth", "rate": "1mbit", "peers": {"cidrs": ["10.0.0.0/8"]}},
        TIMED | {"name": "roll", "type": "BadRollout", "deployment": "agents", "env": {"A": "b"}},
    ],
    "checks": [
        {"name": "p95", "latency": {"percentile": 99.9, "name": "GET /"}, "max": "1s", "during": "only"},
        {"name": "errors", "errorRate": {}, "max": "1%"},
        {"name": "heals", "recovery": {"fault": "*", "goodP95": "1s", "goodSeconds": 3}, "max": "1s"},
        {"name": "query", "query": "up", "max": "0.9"},
    ],
    "saturation": [{"name": "db-pool", "used": "a", "limit": "b"}],
    "abortWhen": [{"name": "meltdown", "errorRate": {}, "above": "50%", "for": "10s"}],
    "neighbours": [{"name": "beside", "namespace": "other", "selector": PODS}],
}
Path = tuple[str | int, ...]


def places(inside: Any, path: Path = ()) -> list[Path]:
    items = (
        inside.items() if isinstance(inside, dict) else enumerate(inside) if isinstance(inside, list) else ()
    )
    return [found for key, value in items for found in ((*path, key), *places(value, (*path, key)))]


def changed(path: Path, value: object) -> dict[str, Any]:
    spec: Any = deepcopy(SPEC)
    inside = spec
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    found: dict[str, Any] = spec
    return found


def refusals(spec: dict[str, Any]) -> set[str]:
    """Kinds of what the model finds wrong; `value_error` is a law that is CEL's as well."""
    try:
        StressCampaignSpec.model_validate(spec)
    except ValidationError as refusal:
        return {error["type"] for error in refusal.errors(include_url=False)}
    return set()


SCHEMA = structural_schema(StressCampaignSpec)
STRANGE = [
    *["", " ", "\n", "a\n", "1s\n", "1%\n", "\u00a0", "1\u00a0s", "\u0661s", "\uff11%", "\x00", "a" * 600],
    *["1e9h", "9" * 23 + "h", "0s", "-1s", "NaN", "1e3", "1.5s", "1e2%", "0.5%", "*", "-a", "../etc"],
    *[
        "http://a",
        "http://a/\u2028",
        "http://a/\u00a0",
        "http://a/\x0b",
        "http://a/\x85",
        "http://[::",
        "/\u3000",
        "/\x1c",
    ],
    *[0, 1, -1, 0.5, 1.0, 2**31, 2**63, -(2**63), 1e300, True, False, [], {}, ["a"], {"a": "b"}],
]
values = st.sampled_from(STRANGE) | st.text(max_size=12) | st.integers() | st.floats(allow_nan=False)


def test_the_campaign_that_is_changed_is_a_good_one() -> None:
    assert list(problems(SPEC, SCHEMA)) == []
    StressCampaignSpec.model_validate(SPEC)


@settings(max_examples=600)
@given(st.sampled_from(places(SPEC)), values)
@example(("target", "url"), "http://a/\u2028")
@example(("faults", 5, "path"), "/\u3000")
def test_what_the_schema_takes_the_models_take_but_for_laws_of_cel(path: Path, value: object) -> None:
    spec = changed(path, value)
    if list(problems(spec, SCHEMA)):
        return
    assert refusals(spec) <= {"value_error"}


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("checks", 3, "query"), 7, ".checks[3].query: no string"),
        (("load", "stages"), [], ".load.stages: how many"),
        (("startTimeout",), "1s\n", ".startTimeout: its pattern"),
        (("suspend",), "true", ".suspend: no boolean"),
        (("lod",), {}, ".lod: unknown"),
    ],
)
def test_the_schema_is_read_as_kubernetes_reads_it(path: Path, value: object, words: str) -> None:
    assert list(problems(changed(path, value), SCHEMA)) == [words]
