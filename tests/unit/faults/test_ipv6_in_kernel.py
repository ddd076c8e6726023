"""Faults of packets meet IPv6 as they meet IPv4: a service with two addresses has no way around one."""

import sys
from typing import Any

import pytest

from tests.unit.faults.held_faults import last_event, start, stopped, traces
from tests.unit.faults.namespaces import PORT, Namespaces, needs_namespaces
from tests.unit.faults.own_programs import awaited
from tests.unit.faults.traffic import Echo

pytestmark = needs_namespaces
POD, PEER = "fd00::1", "fd00::2"
EVERY: dict[str, dict[str, Any]] = {
    "NetworkPartition": {},
    "NetworkLatency": {"latency": 30.0},
    "NetworkLoss": {"share": 1.0},
    "NetworkCorruption": {"share": 1.0},
    "DatabaseUnavailable": {"how": "Refused"},
    "DatabaseSlow": {"latency": 30.0},
    "ServiceHang": {},
}
_ASKS = f"""
import socket
connection = socket.create_connection(("{POD}", {PORT}), timeout=0.3)
connection.sendall(b"x")
assert connection.recv(1) == b"x"
"""

_TALKS = f"""
import socket
connection = socket.create_connection(("{POD}", {PORT}))
print("there", flush=True)
try:
    connection.recv(1)
except OSError as error:
    print(type(error).__name__, flush=True)
"""


@pytest.fixture
def pod(pod: Namespaces) -> Namespaces:
    """A pod and a peer that have addresses of both versions."""
    for run, address in ((pod.in_pod, POD), (pod.in_peer, PEER)):
        run("ip", "address", "add", f"{address}/64", "dev", "eth0", "nodad")
    Echo(pod)
    assert answers(pod)
    return pod


def answers(pod: Namespaces) -> bool:
    """Does the pod's server answer the peer by IPv6?"""
    asking = pod.start_in_peer(sys.executable, "-S", "-c", _ASKS)
    asking.communicate()
    return asking.returncode == 0


@pytest.mark.parametrize("kind", EVERY)
def test_what_comes_by_ipv6_is_hit_and_told_and_let_go_of(pod: Namespaces, kind: str) -> None:
    holder = start(pod, kind, 600, **EVERY[kind])
    assert not answers(pod)
    assert stopped(holder).harmed
    assert answers(pod)
    assert traces(pod) == ""


@pytest.mark.parametrize("kind", ["NetworkPartition", "NetworkLatency"])
def test_the_kernel_ends_it_for_ipv6_as_well(pod: Namespaces, kind: str) -> None:
    holder = start(pod, kind, 2, **EVERY[kind])
    holder.kill()
    holder.wait()
    awaited(lambda: answers(pod))


@pytest.mark.parametrize(("peers", "hit"), [("fd00::/64", True), ("10.99.0.0/24", False)])
def test_peers_are_told_from_others_by_ipv6_too(pod: Namespaces, peers: str, hit: bool) -> None:
    holder = start(pod, "NetworkPartition", 600, peers=["10.7.0.0/16", peers])
    assert answers(pod) == (not hit)
    assert bool(stopped(holder).harmed) == hit


def test_connections_by_ipv6_are_cut_as_well(pod: Namespaces) -> None:
    talk = pod.start_in_peer(sys.executable, "-S", "-c", _TALKS)
    assert talk.stdout
    assert talk.stdout.readline() == "there\n"
    assert last_event(start(pod, "DatabaseConnectionsCut", 1, peers=[PEER])).harmed == 1
    assert talk.stdout.readline() == "ConnectionResetError\n"
