"""What is written in the wrong unit, or as a wrong name, is refused with words that say how it is written."""

from typing import Any

import pytest

from demo.kubectl import CommandFailed
from tests.e2e.admission import FAULT, STAGE, Wrong, offer, one_check, refused, staged
from tests.e2e.campaigns import campaign


def fault(**fields: Any) -> dict[str, Any]:
    """A campaign's one fault."""
    return {"faults": [{"name": "one", "at": "1s", "duration": "2s", **fields}]}


NO_DURATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "a stage's length in words": (
        {"load": staged(stages=[{**STAGE, "ramp": "1s", "duration": "5 minutes"}]), "faults": [FAULT]},
        "spec.load.stages[0].duration",
    ),
    "a ramp without a unit": (
        {"load": staged(stages=[{**STAGE, "ramp": "10"}])},
        "spec.load.stages[0].ramp",
    ),
    "a negative length": (
        {"load": staged(stages=[{**STAGE, "duration": "-5m"}])},
        "spec.load.stages[0].duration",
    ),
    "a fault that begins after half an hour": (
        fault(type="PodKill", at="0.5h"),
        "spec.faults[0].at",
    ),
    "a fault of two minutes": (fault(type="PodKill", duration="2min"), "spec.faults[0].duration"),
    "an abort rule for a minute": (
        {"abortWhen": [{"name": "r", "errorRate": {}, "above": "50%", "for": "1min"}]},
        "spec.abortWhen[0].for",
    ),
    "a trial of the capacity": (
        {"load": staged(capacity={"highest": 20, "trial": "15"})},
        "spec.load.capacity.trial",
    ),
}
WRONG: dict[str, Wrong] = {
    "a share without its sign": (
        fault(type="NetworkLoss", share="ten"),
        "spec.faults[0].share",
        "write a share with its sign",
    ),
    "a rate in other units": (
        fault(type="NetworkBandwidth", rate="10Mbps"),
        "spec.faults[0].rate",
        "like 500kbit, 10mbit or 1gbit",
    ),
    "a label's value with a blank": (
        fault(type="PodKill", target={"selector": {"matchLabels": {"app": "my agents"}}}),
        "spec.faults[0].target.selector.matchLabels.app",
        "a label's value has letters",
    ),
    "a selector's expression as a label": (
        fault(type="PodKill", target={"selector": {"matchLabels": {"app in (a,b),x": "y"}}}),
        "spec.faults[0].target.selector.matchLabels",
        "like app or app.kubernetes.io/name",
    ),
    "a name with a blank": (
        {"load": staged(stages=[{**STAGE, "name": "Steady State"}])},
        "spec.load.stages[0].name",
        "lower-case letters, digits and dashes",
    ),
    "a URL with a blank": (
        {"prometheus": {"url": "http://prometheus:9090 "}},
        "spec.prometheus.url",
        "no spaces",
    ),
    "a name in place of an address": (
        fault(type="NetworkPartition", peers={"cidrs": ["db.example.com"]}),
        "spec.faults[0].peers.cidrs[0]",
        "like 10.0.0.7 or 10.1.0.0/16",
    ),
    "more bits than an address has": (
        fault(type="NetworkPartition", peers={"cidrs": ["10.0.0.0/99"]}),
        "spec.faults[0].peers.cidrs[0]",
        "like 10.0.0.7 or 10.1.0.0/16",
    ),
    "a bound on a query with a unit of its own": (
        {"checks": one_check(query="up", max="5MB")},
        "spec.checks[0].max",
        "a number, like 5",
    ),
    "a percentile that is a ratio": (
        {"checks": one_check(latency={"percentile": 0.95}, max="1s")},
        "spec.checks[0].latency.percentile",
        "95 rather than 0.95",
    ),
    "shares that nothing keeps": (
        {"checks": one_check(errorRate={}, min="10%", max="9.5%")},
        "spec.checks[0].min",
        "min is more than max",
    ),
    "times that nothing keeps": (
        {"checks": one_check(latency={"percentile": 95}, min="2s", max="900ms")},
        "spec.checks[0].min",
        "min is more than max",
    ),
    "numbers that nothing keeps": (
        {"checks": one_check(throughput={}, min=50, max=6)},
        "spec.checks[0].min",
        "min is more than max",
    ),
}


@pytest.mark.parametrize("wrong", NO_DURATIONS)
def test_what_is_no_duration_is_called_so_and_nothing_else(wrong: str) -> None:
    changes, field = NO_DURATIONS[wrong]
    with pytest.raises(CommandFailed) as refusal:
        offer(campaign("malformed", **changes))
    complaints = [line for line in refusal.value.said.splitlines() if line.startswith("* ")]
    assert all(complaint.startswith(f"* {field}: ") for complaint in complaints), refusal.value.said
    assert "write a duration like 90s, 10m, 1h30m or 800ms" in complaints[-1]


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused_with_the_field_and_how_it_is_written(wrong: str) -> None:
    refused(WRONG[wrong])


@pytest.mark.parametrize(
    "address", ["10.0.0.7", "10.1.0.0/16", "0.0.0.0/0", "::1", "fd00:1::/64", "2001:db8::/128"]
)
def test_addresses_are_accepted(address: str) -> None:
    offer(campaign("sound", **fault(type="NetworkPartition", peers={"cidrs": [address]})))


@pytest.mark.parametrize(
    "bounds",
    [{"min": 5, "max": 5}, {"min": 5, "max": "5.5"}, {"min": "0.5", "max": 1}],
    ids=["equal", "text", "both"],
)
def test_bounds_that_something_keeps_are_accepted(bounds: dict[str, Any]) -> None:
    offer(campaign("sound", checks=one_check(throughput={}, **bounds)))
