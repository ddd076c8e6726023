"""Packets that are held back between two real network namespaces, measured at the other end."""

import statistics

import pytest

from tests.unit.faults.held_faults import last_event, start, stopped, traces
from tests.unit.faults.namespaces import PORT, Namespaces, needs_namespaces
from tests.unit.faults.traffic import Echo, arriving

pytestmark = [needs_namespaces, pytest.mark.alone]
FAST = 0.05


class Measured(Echo):
    """A server of which it is known how long a round trip takes without any fault: `own` seconds."""

    def __init__(self, pod: Namespaces) -> None:
        super().__init__(pod)
        self.own = statistics.median(self.round_trips(20))

    def takes_longer_by(self, asked: float, count: int = 10) -> bool:
        """Within a tenth, by the median of so many round trips."""
        longer = statistics.median(self.round_trips(count)) - self.own
        return abs(longer - asked) <= asked / 10


@pytest.fixture
def echo(pod: Namespaces) -> Measured:
    server = Measured(pod)
    assert server.own < FAST
    return server


@pytest.mark.parametrize("asked", [0.05, 0.2])
def test_a_round_trip_takes_as_much_longer_as_was_asked(
    pod: Namespaces, echo: Measured, asked: float
) -> None:
    start(pod, "NetworkLatency", 600, latency=asked)
    assert echo.takes_longer_by(asked, count=15)


def test_both_directions_add_up(pod: Namespaces, echo: Measured) -> None:
    start(pod, "NetworkLatency", 600, latency=0.1, direction="both")
    assert echo.takes_longer_by(0.2)


def test_what_reaches_the_pod_can_be_held_alone(pod: Namespaces, echo: Measured) -> None:
    start(pod, "NetworkLatency", 600, latency=0.1, direction="from")
    assert echo.takes_longer_by(0.1)


def test_jitter_spreads_evenly_around_the_latency(pod: Namespaces, echo: Measured) -> None:
    start(pod, "NetworkLatency", 600, latency=0.05, jitter=0.04)
    trips = echo.round_trips(80)
    low, middle, high = trips[8], statistics.median(trips), trips[-9]
    assert low < 0.035 < middle < 0.065 < high


def test_two_at_once_on_one_connection_add_up(pod: Namespaces, echo: Measured) -> None:
    first = start(pod, "NetworkLatency", 600, "stress-a", latency=0.1)
    start(pod, "DatabaseSlow", 600, "stress-b", latency=0.1)
    assert echo.takes_longer_by(0.2)
    stopped(first)
    assert echo.takes_longer_by(0.1)


def test_other_ports_are_left_alone(pod: Namespaces, echo: Measured) -> None:
    holder = start(pod, "NetworkLatency", 600, latency=0.2, port=PORT + 1)
    assert statistics.median(echo.round_trips(10)) < FAST
    assert stopped(holder).harmed == 0


def test_at_its_end_nothing_is_left_and_what_it_did_is_counted(pod: Namespaces, echo: Measured) -> None:
    holder = start(pod, "NetworkLatency", 1.5, latency=0.1)
    assert statistics.median(echo.round_trips(5)) > 0.09
    said = last_event(holder)
    assert (said.event, said.unit, holder.returncode) == ("ended", "packets held back", 0)
    assert 5 <= (said.harmed or 0) <= 20
    assert statistics.median(echo.round_trips(10)) < FAST
    assert traces(pod) == ""


def test_packets_that_are_held_when_it_ends_go_on_at_once(pod: Namespaces) -> None:
    holder = start(pod, "NetworkLatency", 600, latency=500.0, protocol="UDP")
    assert arriving(pod, 50, then=holder.terminate) == 50
    assert last_event(holder).event == "aborted"


def test_with_its_holder_killed_packets_pass_at_once(pod: Namespaces, echo: Measured) -> None:
    holder = start(pod, "NetworkLatency", 600, latency=0.2)
    holder.kill()
    holder.wait()
    assert statistics.median(echo.round_trips(10)) < FAST


def test_one_that_takes_the_place_of_an_older_try_works_and_leaves_nothing(
    pod: Namespaces, echo: Measured
) -> None:
    older = start(pod, "NetworkLatency", 600, latency=0.4)
    older.kill()
    older.wait()
    holder = start(pod, "NetworkLatency", 600, latency=0.1)
    assert echo.takes_longer_by(0.1)
    stopped(holder)
    assert traces(pod) == ""


def test_a_queue_that_somebody_else_reads_is_left_to_them(pod: Namespaces, echo: Measured) -> None:
    """The same fault twice begins at the same number."""
    start(pod, "NetworkLatency", 600, latency=5.0, port=PORT + 1)
    start(pod, "NetworkLatency", 600, latency=0.1)
    assert echo.takes_longer_by(0.1)
    queues = pod.in_pod("cat", "/proc/self/net/netfilter/nfnetlink_queue").splitlines()
    assert len(queues) == 2
