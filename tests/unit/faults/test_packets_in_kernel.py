"""Faults of packets between two real network namespaces: what the kernel does."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from stresscampaigns.api.fault_protocol import NODE_ADDRESSES
from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.nft import NftError
from stresscampaigns.faults.packets import PacketFault
from stresscampaigns.faults.protocol import CannotWork
from tests.unit.faults.held_faults import last_event, start, stopped, traces
from tests.unit.faults.namespaces import PEER, PORT, Namespaces, needs_namespaces
from tests.unit.faults.own_programs import awaited
from tests.unit.faults.traffic import crossing

pytestmark = needs_namespaces
EVERY: dict[str, dict[str, Any]] = {
    "NetworkPartition": {"direction": "both"},
    "NetworkLatency": {"latency": 3.0},
    "NetworkLoss": {"share": 1.0},
    "NetworkBandwidth": {"rate": 1.0},
    "NetworkDuplication": {"share": 1.0},
    "NetworkCorruption": {"share": 1.0},
    "DatabaseUnavailable": {"how": "Refused"},
    "DatabaseSlow": {"latency": 3.0},
    "ServiceHang": {},
    "ServiceUnready": {},
    "DnsFailure": {"port": None, "how": "NoSuchName"},
}
QUEUED = "table ip t { chain c { type filter hook input priority 0; policy accept\nqueue num 1\n}\n}\n"
SENDING = f"""
import socket
sending = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(100):
    sending.sendto(b"x", ("{PEER}", {PORT}))
"""


@pytest.fixture
def pod(pod: Namespaces, monkeypatch: pytest.MonkeyPatch) -> Namespaces:
    """A pod whose server can be reached, by what is its node, too."""
    monkeypatch.setenv(NODE_ADDRESSES, PEER)
    pod.serve()
    assert pod.connects()
    return pod


def in_force(pod: Namespaces) -> bool:
    """Has the kernel an element of its that will go by itself?"""
    return "expires" in pod.in_pod("nft", "list", "ruleset")


def expired(pod: Namespaces) -> None:
    """Wait until the kernel has taken every element out of its set, which nobody asks it to."""
    end = time.monotonic() + 10
    while in_force(pod):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_packets_are_dropped_until_the_faults_end_and_counted(pod: Namespaces) -> None:
    holder = start(pod, "NetworkPartition", 1.5)
    assert not pod.connects()
    said = last_event(holder)
    assert (said.event, holder.returncode) == ("ended", 0)
    assert said.harmed
    assert pod.connects()
    assert traces(pod) == ""


@pytest.mark.parametrize("kind", EVERY)
def test_the_kernel_ends_every_fault_though_its_holder_was_killed(pod: Namespaces, kind: str) -> None:
    holder = start(pod, kind, 3, **EVERY[kind])
    assert in_force(pod)
    holder.kill()
    holder.wait()
    expired(pod)
    assert pod.connects()
    assert "stress" in pod.in_pod("nft", "list", "tables")


@pytest.mark.parametrize("kind", EVERY)
def test_the_kernel_ends_every_fault_though_its_holder_was_stopped(pod: Namespaces, kind: str) -> None:
    holder = start(pod, kind, 3, **EVERY[kind])
    assert in_force(pod)
    holder.send_signal(signal.SIGSTOP)
    expired(pod)
    assert pod.connects()
    holder.send_signal(signal.SIGCONT)
    assert last_event(holder).event == "ended"
    assert traces(pod) == ""


@pytest.mark.parametrize("kind", ["NetworkPartition", "NetworkLoss", "DatabaseUnavailable", "ServiceUnready"])
def test_what_the_kernel_does_alone_stays_when_its_holder_is_killed_before_its_end(
    pod: Namespaces, kind: str
) -> None:
    holder = start(pod, kind, 600, **EVERY[kind])
    holder.kill()
    holder.wait()
    assert not pod.connects()


@pytest.mark.parametrize("kind", ["NetworkLatency", "NetworkBandwidth", "NetworkCorruption", "DatabaseSlow"])
def test_what_its_holder_does_to_packets_is_over_when_that_is_killed(pod: Namespaces, kind: str) -> None:
    holder = start(pod, kind, 600, **EVERY[kind])
    assert not pod.connects()
    holder.kill()
    holder.wait()
    awaited(pod.connects)


@pytest.mark.parametrize("kind", EVERY)
def test_one_whose_rules_somebody_else_takes_away_was_not_in_force_to_its_end(
    pod: Namespaces, kind: str
) -> None:
    holder = start(pod, kind, 600, **EVERY[kind])
    pod.in_pod("nft", "flush", "ruleset")
    said = stopped(holder)
    assert said.event == "refused"
    assert "not there until its end" in (said.message or "")


def test_asked_to_end_it_ends_at_once(pod: Namespaces) -> None:
    holder = start(pod, "NetworkPartition", 600)
    assert not pod.connects()
    assert stopped(holder).event == "aborted"
    assert pod.connects()


def test_other_ports_are_left_alone(pod: Namespaces) -> None:
    holder = start(pod, "NetworkPartition", 600, port=PORT + 1)
    assert pod.connects()
    assert stopped(holder).harmed == 0


@pytest.mark.parametrize(
    ("direction", "sent", "received"), [("to", 0, 100), ("from", 100, 0), ("both", 0, 0)]
)
def test_a_partition_in_one_direction_lets_the_other_pass(
    pod: Namespaces, direction: str, sent: int, received: int
) -> None:
    holder = start(pod, "NetworkPartition", 600, direction=direction, protocol="UDP")
    assert crossing(pod, 100) == (sent, received)
    assert (stopped(holder).harmed or 0) >= 200 - sent - received
    assert crossing(pod, 100) == (100, 100)


def test_who_sends_what_is_lost_is_not_told(pod: Namespaces) -> None:
    holder = start(pod, "NetworkLoss", 600, share=1.0, protocol="UDP")
    pod.in_pod(sys.executable, "-c", SENDING)
    assert stopped(holder).harmed == 100


def test_a_table_of_an_older_try_gives_way(pod: Namespaces) -> None:
    older = start(pod, "NetworkPartition", 600)
    older.kill()
    older.wait()
    assert last_event(start(pod, "NetworkPartition", 2)).event == "ended"
    assert traces(pod) == ""


@pytest.mark.parametrize("kind", [*EVERY, "DatabaseConnectionsCut"])
def test_without_the_capability_each_is_refused_and_says_what_it_takes(pod: Namespaces, kind: str) -> None:
    powerless = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    with pytest.raises(AssertionError, match=r'"refused".*not permitted.*NET_ADMIN'):
        start(pod, kind, 600, within=powerless, **EVERY.get(kind, {}))
    assert traces(pod) == ""


def nft_within(pod: Namespaces, arguments: Sequence[str], script: str = "") -> str:
    target = ["nsenter", "--target", str(pod.pid), "--net", "nft", *arguments]
    done = subprocess.run(target, input=script, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NftError(done.stderr.splitlines()[0])
    return done.stdout


def test_a_rule_for_which_this_kernel_has_no_code_is_refused_as_the_kernels_lack(pod: Namespaces) -> None:
    """nft's own word for a queue: few kernels have it, and no fault uses it."""
    own = partial(nft_within, pod)
    with suppress(NftError):
        own(["--check", "-f", "-"], QUEUED)
        pytest.skip("this kernel has it")
    with pytest.raises(CannotWork, match=r"the node's kernel does not take.* No such file or directory"):
        PacketFault("t", Flow(port=PORT), "counter queue num 1", "packets", own).check()
    assert traces(pod) == ""
