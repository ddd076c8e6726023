"""The chaos campaigns that we ship have load and checks that fit their faults."""

from pathlib import Path

import pytest
import yaml

from stresscampaigns.api.campaign import StressCampaignSpec
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.units import seconds

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
BREAK: dict[str, set[str]] = {
    "database-outage": {"DatabaseUnavailable", "DatabaseConnectionsCut", "DatabaseSlow"},
    "pool-exhaustion": {"DatabasePoolExhausted"},
    "network-partition": {"NetworkPartition"},
    "slow-network": {"NetworkLatency", "NetworkLoss", "NetworkBandwidth"},
    "memory-pressure": {"MemoryPressure"},
    "cpu-saturation": {"CpuPressure"},
    "service-crash": {"ServiceCrash", "PodKill", "ServiceHang", "ServiceUnready"},
    "external-api-failure": {"ExternalApiFailure"},
    "cascading-failure": {"DatabaseSlow", "NetworkPartition", "CpuPressure", "DatabaseUnavailable"},
    "recovery-drill": {"DatabaseUnavailable", "MemoryPressure", "ServiceCrash", "PodKill"},
    "rollback-drill": {"BadRollout"},
}
"""Campaign → types of faults that it cannot do without."""
GOOD = 3.0
"""Seconds that must be good in a row: only then is a fault recovered from."""


@pytest.fixture(params=BREAK)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def spec(name: str) -> StressCampaignSpec:
    *_, manifest = yaml.safe_load_all((CAMPAIGNS / f"{name}.yaml").read_text())
    return StressCampaignSpec.model_validate(manifest["spec"])


def bound(spec: StressCampaignSpec, fault: Fault) -> float | None:
    """By when the service must have recovered from it, in seconds from the start of the load; None: nobody asks."""
    for check in spec.checks:
        if check.recovery and check.recovery.fault in (fault.name, "*"):
            since = fault.start_seconds if check.recovery.since == "faultStart" else fault.end_seconds
            return max(fault.end_seconds, since + seconds(str(check.max)))
    return None


def chains(spec: StressCampaignSpec) -> list[list[Fault]]:
    """Faults that overlap belong together."""
    found: list[list[Fault]] = []
    for fault in sorted(spec.faults or [], key=lambda one: one.start_seconds):
        if found and fault.start_seconds < max(one.end_seconds for one in found[-1]):
            found[-1].append(fault)
        else:
            found.append([fault])
    return found


def test_it_breaks_what_its_name_says(name: str, spec: StressCampaignSpec) -> None:
    assert {fault.type for fault in spec.faults or []} >= BREAK[name]


def test_the_service_is_under_load_and_past_its_ramp_before_the_first_fault(spec: StressCampaignSpec) -> None:
    (stage,) = spec.load.stages or []
    assert spec.load.scenarios
    assert all(fault.start_seconds >= seconds(stage.ramp or "0s") + 60 for fault in spec.faults or [])


def test_of_every_fault_there_is_time_to_see_that_it_was_recovered_from(spec: StressCampaignSpec) -> None:
    (stage,) = spec.load.stages or []
    begins = [min(fault.start_seconds for fault in chain) for chain in chains(spec)]
    for chain, until in zip(chains(spec), [*begins[1:], seconds(stage.duration)], strict=True):
        asked = [known for fault in chain if (known := bound(spec, fault)) is not None]
        assert asked, f"nobody asks how soon {chain[0].name} is recovered from"
        assert max(asked) + GOOD <= until


def test_harm_beside_the_target_fails_it(spec: StressCampaignSpec) -> None:
    assert spec.neighbours
    asked = [check for check in spec.checks if check.containment and str(check.max) == "0"]
    assert asked


def test_it_writes_and_reads_back_or_says_why_not(name: str, spec: StressCampaignSpec) -> None:
    writes = any(one.name == "set-writes" for one in spec.load.scenarios or [])
    assert any(check.data_loss for check in spec.checks) == writes
    assert writes or name == "cpu-saturation", "slowness alone loses nothing"
