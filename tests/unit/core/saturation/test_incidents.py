"""Restarts, OOM kills and losses of the target's pods while the load was on."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.saturation import Incident
from stresscampaigns.core.observation import Pod
from stresscampaigns.core.saturation.incidents import at_start, incidents, steady
from tests.unit.core.builders import LOAD_END, T0
from tests.unit.core.saturation.histories import pod

BEFORE = at_start([pod(restarts=3)])


def found(*pods: Pod) -> list[Incident]:
    return incidents(BEFORE, pods, T0, LOAD_END)


def words(**container: Any) -> list[str]:
    return [one.message for one in found(pod(**container))]


def test_a_restart_from_before_the_load_is_none_of_ours() -> None:
    assert words(restarts=3, ended_reason="OOMKilled", ended_at=T0 - 60) == []


@pytest.mark.parametrize(
    ("container", "message"),
    [
        (
            {"restarts": 4, "ended_reason": "OOMKilled", "ended_at": T0 + 34},
            "agents-0/agents was OOM-killed 34s into the load",
        ),
        (
            {"restarts": 6, "ended_reason": "Error", "ended_at": T0 + 34},
            "agents-0/agents restarted 34s into the load (Error), 3 restarts",
        ),
        (
            {"restarts": 3, "ended_reason": "Error", "ended_at": T0 + 34},
            "agents-0/agents ended 34s into the load (Error)",
        ),
        ({"restarts": 4}, "agents-0/agents restarted"),
    ],
)
def test_what_happened_under_load_is_told_with_its_moment(container: dict[str, Any], message: str) -> None:
    assert words(**container) == [message]


def test_what_happened_after_the_load_is_no_end_under_load() -> None:
    assert words(restarts=3, ended_reason="Error", ended_at=LOAD_END + 5) == []


def test_a_pod_that_has_another_in_its_place_is_gone() -> None:
    (incident,) = found(pod("agents-1"))
    assert (incident.kind, incident.pod) == ("Gone", "agents-0")
    assert "not known" in incident.message


def test_a_new_pod_that_died_under_load_is_told_though_nobody_knew_it_before() -> None:
    new = pod("agents-1", restarts=1, ended_reason="OOMKilled", ended_at=T0 + 10)
    assert [one.kind for one in found(pod(restarts=3), new)] == ["OOMKilled"]


def test_only_pods_that_were_there_from_start_to_end_must_be_seen_all_the_time() -> None:
    assert steady(BEFORE, [pod(), pod("agents-1")]) == ["agents-0"]
    assert steady(BEFORE, [pod("agents-1")]) == []


def test_a_pod_that_was_on_its_way_out_when_the_load_began_is_no_part_of_the_target() -> None:
    """As after a rollout: the old pod ends and goes while the load is on."""
    leaving = replace(pod("agents-old"), deleting=True)
    assert at_start([leaving]) == []
    ending = replace(pod("agents-old", ended_reason="Error", ended_at=T0 + 5), deleting=True)
    assert found(pod(restarts=3), ending) == []


def test_a_pod_of_the_target_that_is_deleted_under_load_is_told() -> None:
    ending = replace(pod(restarts=3, ended_reason="Error", ended_at=T0 + 5), deleting=True)
    assert [one.message for one in found(ending)] == ["agents-0/agents ended 5s into the load (Error)"]
