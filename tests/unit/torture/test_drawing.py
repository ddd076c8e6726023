"""Every type of the API is drawn; and which faults get along in one round."""

from random import Random
from typing import Any

import pytest

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.fault_types import TYPES as OF_THE_API
from tests.torture.drawing import BEGIN, NOT_DRAWN, TYPES, drawn, loses, undo_each_other


def fault(kind: str, **changes: Any) -> Fault:
    target = {"selector": {"matchLabels": {"app": "agents"}}}
    words = {"name": "one", "type": kind, "at": BEGIN, "duration": "3s", "target": target}
    return Fault.model_validate({**words, **changes})


def test_every_type_of_the_api_is_drawn_or_named_with_the_reason_why_not() -> None:
    assert set(TYPES) | set(NOT_DRAWN) == set(OF_THE_API)
    assert not set(TYPES) & set(NOT_DRAWN)
    assert all(NOT_DRAWN.values())


@pytest.mark.parametrize("by_operator", [False, True])
def test_what_is_said_to_be_drawn_is(by_operator: bool) -> None:
    chance = Random(1)
    found = {drawn(chance, "one", by_operator).type for _ in range(2000)}
    assert found == (set(TYPES) if by_operator else set(TYPES) - {"BadRollout"})


def test_two_of_a_type_that_has_all_of_it_undo_each_other() -> None:
    one, elsewhere = fault("DiskFull", amount="50%", path="/a"), fault("DiskFull", amount="9%", path="/b")
    assert undo_each_other(one, fault("DiskFull", amount="9%", path="/a"))
    assert not undo_each_other(one, elsewhere)
    assert undo_each_other(fault("MemoryPressure", amount="80%"), fault("MemoryPressure", amount="90%"))
    assert not undo_each_other(fault("CpuPressure", amount="80%"), fault("CpuPressure", amount="90%"))


def test_what_hits_other_pods_gets_along() -> None:
    others = {"selector": {"matchLabels": {"app": "external-api"}}}
    one, other = fault("MemoryPressure", amount="80%"), fault("MemoryPressure", amount="80%", target=others)
    assert not undo_each_other(one, other)
    assert not loses(fault("PodKill"), fault("CpuPressure", amount="80%", mode="all", target=others))


def test_what_is_in_all_pods_is_lost_where_one_of_them_is_killed() -> None:
    everywhere, killer = fault("CpuPressure", amount="80%", mode="all"), fault("PodKill")
    assert loses(everywhere, killer)
    assert loses(killer, everywhere)
    assert not loses(killer, fault("CpuPressure", amount="80%"))
    assert not loses(killer, fault("ServiceCrash", mode="all"))
