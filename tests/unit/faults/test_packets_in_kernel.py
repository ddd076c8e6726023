"""Faults of packets between two real network namespaces: what the kernel does."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from stresscampaigns.api.fault_protocol import FaultEvent, FaultOrder, parse_fault_events
from tests.unit.faults.namespaces import PORT, Namespaces, lacking

LACKING = lacking()
pytestmark = pytest.mark.skipif(LACKING is not None, reason=str(LACKING))


@pytest.fixture
def pod() -> Iterator[Namespaces]:
    """A pod whose server can be reached."""
    with Namespaces() as namespaces:
        namespaces.serve()
        assert namespaces.connects()
        yield namespaces


def partition(pod: Namespaces, seconds: float, port: int = PORT) -> subprocess.Popen[str]:
    """The holder of a fault that is in force."""
    now = time.time()
    order = FaultOrder("NetworkPartition", "stress-f", now, now + seconds, {"port": port})
    holder = pod.start_in_pod(sys.executable, "-m", "stresscampaigns.faults", "hold", order.text())
    assert holder.stdout
    for line in holder.stdout:
        if any(event.event == "injected" for event in parse_fault_events(line)):
            return holder
    raise AssertionError(f"never injected: {holder.stderr.read() if holder.stderr else ''}")


def last_event(holder: subprocess.Popen[str]) -> FaultEvent:
    out, _ = holder.communicate()
    return parse_fault_events(out)[-1]


def test_packets_are_dropped_until_the_faults_end_and_counted(pod: Namespaces) -> None:
    holder = partition(pod, seconds=1.5)
    assert not pod.connects()
    said = last_event(holder)
    assert (said.event, holder.returncode) == ("ended", 0)
    assert said.harmed
    assert pod.connects()
    assert "stress" not in pod.in_pod("nft", "list", "tables")


def test_the_kernel_ends_the_fault_though_its_holder_was_killed(pod: Namespaces) -> None:
    holder = partition(pod, seconds=2)
    holder.kill()
    holder.wait()
    assert not pod.connects()
    assert any(pod.connects() for _ in range(50))
    assert "stress" in pod.in_pod("nft", "list", "tables")


def test_asked_to_end_it_ends_at_once(pod: Namespaces) -> None:
    holder = partition(pod, seconds=600)
    assert not pod.connects()
    holder.terminate()
    assert last_event(holder).event == "aborted"
    assert pod.connects()


def test_other_ports_are_left_alone(pod: Namespaces) -> None:
    holder = partition(pod, seconds=600, port=PORT + 1)
    assert pod.connects()
    holder.terminate()
    assert last_event(holder).harmed == 0
