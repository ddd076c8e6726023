"""Under which addresses peers are reached: their own, of both versions, and their Services'; and nobody else's."""

from typing import Any

import pytest

from stresscampaigns.adapters.pods import addresses_of

LABELS = {"app": "postgres", "tier": "data"}


def pod(*addresses: str, phase: str = "Running", **labels: str) -> Any:
    metadata = {"name": "p", "uid": "u", "labels": labels or LABELS}
    return {"metadata": metadata, "status": {"phase": phase, "podIPs": [{"ip": one} for one in addresses]}}


def service(*addresses: str, **selector: str) -> Any:
    return {"metadata": {"name": "s"}, "spec": {"clusterIPs": list(addresses), "selector": selector}}


def test_a_peer_is_reached_by_all_of_its_addresses_and_its_services() -> None:
    found = addresses_of(
        [pod("10.0.0.7", "fd00::7")],
        [service("10.96.0.1", "fd01::1", app="postgres"), service("None", tier="data")],
    )
    assert found == ("10.0.0.7", "10.96.0.1", "fd00::7", "fd01::1")


@pytest.mark.parametrize("selector", [{}, {"app": "agents"}, {"app": "postgres", "tier": "web"}])
def test_a_service_in_front_of_others_is_not_theirs(selector: dict[str, str]) -> None:
    assert addresses_of([pod("10.0.0.7")], [service("10.96.0.1", **selector)]) == ("10.0.0.7",)


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_still_shows_an_address_which_may_be_anothers_by_now(phase: str) -> None:
    assert addresses_of([pod("10.0.0.8", phase=phase)], [service("10.96.0.1", app="postgres")]) == ()


def test_one_that_has_none_yet_is_reached_by_its_service_alone() -> None:
    assert addresses_of([pod(phase="Pending")], [service("10.96.0.1", app="postgres")]) == ("10.96.0.1",)
