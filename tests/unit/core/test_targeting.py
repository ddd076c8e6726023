"""Which pods a fault goes into."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core.observation import Pod
from stresscampaigns.core.targeting import choose, replacements

FIVE = [Pod(f"agents-{number}", f"uid-{number}", ready=True) for number in range(5)]
counts = st.sampled_from(["fixed", "fixed-percent", "random-max-percent"])


def fault(**changes: Any) -> Fault:
    fields = {"name": "f", "type": "NetworkPartition", "at": "1s", "duration": "9s", "port": 80}
    return Fault.model_validate(fields | changes)


def names(pods: list[Pod]) -> list[str]:
    return [pod.name for pod in pods]


@pytest.mark.parametrize(
    ("mode", "value", "count"),
    [
        ("one", None, 1),
        ("all", None, 5),
        ("fixed", 3, 3),
        ("fixed", 9, 5),
        ("fixed-percent", 40, 2),
        ("fixed-percent", 41, 3),
        ("fixed-percent", 1, 1),
    ],
)
def test_as_many_as_the_mode_says(mode: str, value: int | None, count: int) -> None:
    assert len(choose(fault(mode=mode, value=value), FIVE)) == count


def test_without_a_seed_they_go_by_name() -> None:
    assert names(choose(fault(mode="fixed", value=2), FIVE[::-1])) == ["agents-0", "agents-1"]


def test_another_seed_picks_others() -> None:
    assert len({choose(fault(seed=seed), FIVE)[0].name for seed in range(1, 40)}) == 5


@given(counts, st.integers(1, 100), st.integers(0, 2**31 - 1), st.permutations(FIVE))
def test_the_choice_is_the_same_in_whatever_order_the_pods_are_told(
    mode: str, value: int, seed: int, pods: list[Pod]
) -> None:
    one = fault(mode=mode, value=value, seed=seed)
    assert choose(one, pods) == choose(one, FIVE)
    assert 1 <= len(choose(one, pods)) <= 5


@given(st.integers(1, 100), st.integers(0, 2**31 - 1))
def test_a_random_share_is_never_more_than_its_most(value: int, seed: int) -> None:
    most = len(choose(fault(mode="fixed-percent", value=value), FIVE))
    assert len(choose(fault(mode="random-max-percent", value=value, seed=seed), FIVE)) <= most


def test_pods_that_are_not_ready_are_left_alone() -> None:
    assert choose(fault(mode="all"), [Pod("agents-0", "u"), FIVE[1]]) == [FIVE[1]]
    assert choose(fault(mode="all"), []) == []


def test_a_pod_that_takes_the_place_of_one_that_is_gone_is_found() -> None:
    one = fault(mode="fixed", value=2)
    assert replacements(one, ["uid-0", "uid-1"], FIVE) == []
    assert names(replacements(one, ["uid-0", "gone"], FIVE)) == ["agents-1"]


def test_a_pod_more_than_there_were_is_no_replacement() -> None:
    assert (
        replacements(fault(mode="all"), [pod.uid for pod in FIVE], [*FIVE, Pod("new", "n", ready=True)]) == []
    )


def test_one_that_is_not_ready_yet_is_waited_for() -> None:
    assert replacements(fault(mode="all"), ["gone"], [Pod("new", "n")]) == []
