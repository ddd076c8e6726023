"""What is missing on this machine is said before anything is changed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.preflight import CAP_SYS_RESOURCE, Facts, lacks_sys_resource, problems
from cluster.settings import DISK_GIB, DISK_GIB_WARM, MEMORY_GIB

GOOD = Facts(
    linux=True,
    root=True,
    debian=True,
    docker_answers=True,
    docker_denied=False,
    docker_spares=False,
    capabilities=-1,
    go=True,
    warm=False,
    node_registry=False,
    disk_gib=100,
    memory_gib=16,
)
WITHOUT_SYS_RESOURCE = ~(1 << CAP_SYS_RESOURCE)


def test_a_good_machine_has_no_problems() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"docker_answers": False, "docker_denied": True}, "usermod -aG docker"),
        ({"docker_answers": False, "root": False, "warm": True}, "Docker does not answer: install"),
        ({"docker_answers": False, "debian": False, "warm": True}, "Docker does not answer: install"),
        ({"linux": False, "docker_answers": False}, "Docker Desktop"),
        ({"capabilities": WITHOUT_SYS_RESOURCE}, "cluster/runc-lowcap"),
        ({"go": False}, "Go is missing: install Go"),
        ({"root": False}, "takes Debian or Ubuntu, and root"),
        ({"debian": False}, "takes Debian or Ubuntu, and root"),
        ({"disk_gib": DISK_GIB - 1}, f"make room for {DISK_GIB} GiB"),
        ({"memory_gib": MEMORY_GIB - 0.5}, f"{MEMORY_GIB} GiB are needed"),
        ({"ports_taken": (6443,)}, "port 6443 is taken"),
    ],
)
def test_each_problem_is_one_line_that_says_what_to_do(changes: dict[str, object], words: str) -> None:
    (problem,) = problems(replace(GOOD, **changes))  # type: ignore[arg-type]
    assert words in problem


@pytest.mark.parametrize(
    "changes",
    [
        {"docker_answers": False},
        {"capabilities": WITHOUT_SYS_RESOURCE, "docker_spares": True},
        {"capabilities": WITHOUT_SYS_RESOURCE, "docker_answers": False},
        {"go": False, "warm": True},
        {"go": False, "root": False, "debian": False, "node_registry": True},
        {"disk_gib": DISK_GIB_WARM, "warm": True},
        {"linux": False, "root": False, "debian": False, "node_registry": True},
    ],
)
def test_what_we_can_do_ourselves_or_do_not_need_is_no_problem(changes: dict[str, object]) -> None:
    assert problems(replace(GOOD, **changes)) == []  # type: ignore[arg-type]


def test_every_problem_is_told_at_once() -> None:
    bad = replace(GOOD, docker_answers=False, root=False, go=False, disk_gib=1, memory_gib=1)
    assert len(problems(bad)) == 5


facts = st.builds(
    Facts,
    disk_gib=st.floats(0, 1000),
    memory_gib=st.floats(0, 1000) | st.just(float("inf")),
    capabilities=st.integers(0, 2**41) | st.just(-1),
    ports_taken=st.lists(st.integers(1, 65_535), max_size=3).map(tuple),
)


@given(facts)
def test_images_that_are_there_never_make_more_problems(of: Facts) -> None:
    assert len(problems(replace(of, warm=True))) <= len(problems(replace(of, warm=False)))


@given(st.integers(0, 2**41))
def test_the_capability_is_looked_up_by_its_number(capabilities: int) -> None:
    of = replace(GOOD, capabilities=capabilities)
    assert lacks_sys_resource(of) == (bin(capabilities)[2:].zfill(64)[-1 - CAP_SYS_RESOURCE] == "0")
