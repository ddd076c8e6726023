"""What a campaign says of a fault, and what its sidecar is told."""

from typing import Any

import pytest
from pydantic import ValidationError

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.fault_types import FIELDS, TYPES, type_rules


def fault(kind: str, **fields: Any) -> Fault:
    return Fault.model_validate({"name": "f", "type": kind, "at": "1s", "duration": "9s", **fields})


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("NetworkLatency", {"latency": "1m200ms", "jitter": "5ms"}, {"latency": 60.2, "jitter": 0.005}),
        ("NetworkCorruption", {"share": "2.5%"}, {"share": 0.025}),
        ("NetworkBandwidth", {"rate": "10mbit"}, {"rate": 1e7}),
        ("DatabaseUnavailable", {"port": 5432, "how": "Silent"}, {"port": 5432, "how": "Silent"}),
        (
            "DatabasePoolExhausted",
            {
                "port": 5432,
                "leave": 2,
                "credentials": {"secret": "pg", "passwordKey": "pw", "database": "shop"},
            },
            {"port": 5432, "leave": 2, "credentials": {"database": "shop"}},
        ),
        (
            "ExternalApiFailure",
            {"port": 80, "status": 429, "share": "50%", "retryAfter": "1m", "limit": 20, "latency": "50ms"},
            {"port": 80, "status": 429, "share": 0.5, "retryAfter": 60.0, "limit": 20, "latency": 0.05},
        ),
        ("DnsFailure", {"names": ["db", "*.example.com"]}, {"names": ["db", "*.example.com"]}),
        (
            "Custom",
            {"image": "own:1", "command": ["/own", "-v"], "parameters": {"PORT": 5432, "WAY": "in"}},
            {"image": "own:1", "command": ["/own", "-v"], "parameters": {"PORT": 5432, "WAY": "in"}},
        ),
    ],
)
def test_the_sidecar_is_told_numbers_in_its_units(
    kind: str, fields: dict[str, Any], told: dict[str, Any]
) -> None:
    assert fault(kind, **fields).settings() == told


@pytest.mark.parametrize("name", ["", ".", "a b", "-a", "*", "*.", "a.*.b", "a" * 254])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        fault("DnsFailure", names=[name])


@pytest.mark.parametrize(
    "namespace", ["x/../kube-system", "./staging", "kube-system?", "staging/pods", "Shop"]
)
def test_what_would_lead_the_operator_into_another_namespace_than_it_says_is_none(namespace: str) -> None:
    with pytest.raises(ValidationError, match="namespace"):
        fault("PodKill", target={"namespace": namespace, "selector": {"match_labels": {"app": "a"}}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"image": "own image"},
        {"command": []},
        {"command": [""]},
        {"parameters": {"WAYS": ["in", "out"]}},
        {"capabilities": ["SYS_ADMIN"]},
        {"capabilities": []},
    ],
)
def test_what_is_no_program_of_ones_own_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        fault("Custom", **{"image": "own:1", "command": ["/own"], **wrong})


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_takes_only_fields_that_a_fault_has(kind: Any) -> None:
    assert set(TYPES[kind].fields) <= {field.alias or name for name, field in Fault.model_fields.items()}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_refused_where_it_would_be_ignored(field: str) -> None:
    (rule,) = [one for one in type_rules() if str(one["rule"]).startswith(f"!has(self.{field}) || ")]
    for kind, takes in TYPES.items():
        assert (f"'{kind}'" in str(rule["rule"])) == (field in takes.fields)
