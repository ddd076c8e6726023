"""What the manifests say is what a fault's programs understand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.fault_protocol import BOARD, BURN, DATABASE_PASSWORD, DATABASE_USER, NODE_ADDRESSES
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.fault_types import TYPES, FaultType
from stresscampaigns.core.observation import Container
from stresscampaigns.faults.__main__ import parser as fault_parser
from stresscampaigns.manifests.sidecar import END_COMMAND, FAULTS_COMMAND, burn_command
from tests.unit.manifests.examples import (
    EXHAUSTED,
    INTO,
    custom,
    fault,
    pressure,
    sidecar_of,
)


@given(st.integers(1, 65_535), st.floats(1.5e9, 4e9), st.floats(1, 86_400))
def test_the_faults_program_understands_its_sidecar(port: int, start: float, length: float) -> None:
    made = sidecar_of(fault(port=port), start, start + length)
    options = fault_parser().parse_args(made["args"])
    order = options.order
    assert (options.verb, order.type, order.id) == ("hold", "NetworkPartition", made["name"])
    assert order.settings == {"port": port}
    assert abs(order.at - start) < 0.001
    assert abs(order.until - start - length) < 0.001


def test_a_sidecar_that_must_know_its_node_is_told_and_no_other() -> None:
    unready = Fault(name="unready", type="ServiceUnready", at="1s", duration="9s", port=80)
    (variable,) = sidecar_of(unready)["env"]
    assert variable["name"] == NODE_ADDRESSES
    assert variable["valueFrom"] == {"fieldRef": {"fieldPath": "status.hostIP"}}
    assert "env" not in sidecar_of(fault())


def test_a_login_to_a_database_is_the_kubelets_to_read_and_stands_nowhere_in_the_order() -> None:
    made = sidecar_of(EXHAUSTED)
    told = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in made["env"]}
    assert told == {
        DATABASE_USER: {"name": "pg-login", "key": "username"},
        DATABASE_PASSWORD: {"name": "pg-login", "key": "pw"},
    }
    assert "pg-login" not in str(made["args"])


@pytest.mark.parametrize(
    ("asked", "into", "words"),
    [
        (pressure(amount="80%"), INTO, ["cpu", "0.400"]),
        (pressure(amount="80%"), replace(INTO, cpu_limit=None), ["cpu", "0.800"]),
        (pressure("MemoryPressure", amount="50%"), INTO, ["memory", str(96 * 2**20), "self"]),
        (pressure("MemoryPressure", amount="100%"), INTO, ["memory", str(192 * 2**20), "self"]),
        (pressure("MemoryPressure", amount="150%"), INTO, ["memory", str(288 * 2**20), "others"]),
        (pressure("DiskFull", amount="90%", path="/data"), INTO, ["disk", "/data", "0.9000"]),
        (
            pressure("DiskFull", amount="90%", path="/data/"),
            replace(INTO, subpaths=("/data",)),
            ["disk", "/data", "0.9000", "subpath"],
        ),
        (pressure("ServiceCrash"), INTO, ["crash"]),
    ],
)
def test_the_target_is_told_what_is_taken_from_it(asked: Fault, into: Container, words: list[str]) -> None:
    command = burn_command(asked, into, 17, 1000.0, 1030.0)
    assert command[:3] == [f"/proc/17/root{BURN}", f"/proc/17/fd/{BOARD}", "/proc/17/fd/1"]
    assert command[3:] == ["1000.000", "1030.000", *words]


@pytest.mark.parametrize("kind", TYPES)
def test_what_breaks_no_container_from_within_has_no_command_there_least_of_all_a_crash(
    kind: FaultType,
) -> None:
    asked = Fault.model_construct(name="f", type=kind, amount="50%", path="/data")
    if TYPES[kind].place == "container":
        assert burn_command(asked, INTO, 17, 1000.0, 1030.0)
        return
    with pytest.raises(AssertionError, match=f"{kind} breaks no container"):
        burn_command(asked, INTO, 17, 1000.0, 1030.0)


@given(st.floats(1.5e9, 4e9), st.floats(1, 86_400))
def test_target_and_sidecar_are_told_the_same_times(start: float, length: float) -> None:
    asked = pressure("ServiceCrash")
    order = fault_parser().parse_args(sidecar_of(asked, start, start + length, INTO)["args"]).order
    _, _, _, at, until, *_ = burn_command(asked, INTO, 17, start, start + length)
    assert (float(at), float(until)) == (order.at, order.until)


def test_the_faults_program_understands_how_it_is_ended() -> None:
    assert END_COMMAND[:-1] == FAULTS_COMMAND
    assert fault_parser().parse_args(END_COMMAND[-1:]).verb == "end"


def test_in_a_users_own_image_our_program_is_the_first_and_knows_what_to_run() -> None:
    made = sidecar_of(custom(parameters={"PORT": 80}))
    assert (made["image"], made["command"]) == ("own:1", FAULTS_COMMAND)
    order = fault_parser().parse_args(made["args"]).order
    assert (order.settings["command"], order.settings["parameters"]) == (["/own"], {"PORT": 80})


def test_the_same_fault_makes_the_same_sidecar() -> None:
    assert sidecar_of(fault()) == sidecar_of(fault())
