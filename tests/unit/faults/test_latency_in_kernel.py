"""Packets that are held back between two real network namespaces, measured at the other end."""

import statistics
from collections.abc import Iterator

import pytest

from tests.unit.faults.held_faults import last_event, start, stopped, traces
from tests.unit.faults.namespaces import PORT, Namespaces, lacking
from tests.unit.faults.traffic import Echo, arriving

LACKING = lacking()
pytestmark = pytest.mark.skipif(LACKING is not None, reason=str(LACKING))
FAST = 0.05


@pytest.fixture
def pod() -> Iterator[Namespaces]:
    with Namespaces() as namespaces:
        yield namespaces


@pytest.fixture
def echo(pod: Namespaces) -> Echo:
    server = Echo(pod)
    assert statistics.median(server.round_trips(20)) < FAST
    return server


def within_a_tenth(measured: float, asked: float) -> bool:
    return abs(measured - asked) <= asked / 10


@pytest.mark.parametrize("asked", [0.05, 0.2])
def test_a_round_trip_takes_as_much_longer_as_was_asked(pod: Namespaces, echo: Echo, asked: float) -> None:
    start(pod, "NetworkLatency", 600, latency=asked)
    assert within_a_tenth(statistics.median(echo.round_trips(15)), asked)


def test_both_directions_add_up(pod: Namespaces, echo: Echo) -> None:
    start(pod, "NetworkLatency", 600, latency=0.1, direction="both")
    assert within_a_tenth(statistics.median(echo.round_trips(10)), 0.2)


def test_what_reaches_the_pod_can_be_held_alone(pod: Namespaces, echo: Echo) -> None:
    start(pod, "NetworkLatency", 600, latency=0.1, direction="from")
    assert within_a_tenth(statistics.median(echo.round_trips(10)), 0.1)


def test_jitter_spreads_evenly_around_the_latency(pod: Namespaces, echo: Echo) -> None:
    start(pod, "NetworkLatency", 600, latency=0.05, jitter=0.04)
    trips = echo.round_trips(80)
    low, middle, high = trips[8], statistics.median(trips), trips[-9]
    assert low < 0.035 < middle < 0.065 < high


def test_two_at_once_on_one_connection_add_up(pod: Namespaces, echo: Echo) -> None:
    first = start(pod, "NetworkLatency", 600, "stress-a", latency=0.1)
    start(pod, "DatabaseSlow", 600, "stress-b", latency=0.1)
    assert within_a_tenth(statistics.median(echo.round_trips(10)), 0.2)
    stopped(first)
    assert within_a_tenth(statistics.median(echo.round_trips(10)), 0.1)


def test_other_ports_are_left_alone(pod: Namespaces, echo: Echo) -> None:
    holder = start(pod, "NetworkLatency", 600, latency=0.2, port=PORT + 1)
    assert statistics.median(echo.round_trips(10)) < FAST
    assert stopped(holder).harmed == 0


def test_at_its_end_nothing_is_left_and_what_it_did_is_counted(pod: Namespaces, echo: Echo) -> None:
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


def test_with_its_holder_killed_packets_pass_at_once(pod: Namespaces, echo: Echo) -> None:
    holder = start(pod, "NetworkLatency", 600, latency=0.2)
    holder.kill()
    holder.wait()
    assert statistics.median(echo.round_trips(10)) < FAST


def test_one_that_takes_the_place_of_an_older_try_works_and_leaves_nothing(
    pod: Namespaces, echo: Echo
) -> None:
    older = start(pod, "NetworkLatency", 600, latency=0.4)
    older.kill()
    older.wait()
    holder = start(pod, "NetworkLatency", 600, latency=0.1)
    assert within_a_tenth(statistics.median(echo.round_trips(10)), 0.1)
    stopped(holder)
    assert traces(pod) == ""


def test_a_queue_that_somebody_else_reads_is_left_to_them(pod: Namespaces, echo: Echo) -> None:
    """The same fault twice begins at the same number."""
    start(pod, "NetworkLatency", 600, latency=5.0, port=PORT + 1)
    start(pod, "NetworkLatency", 600, latency=0.1)
    assert within_a_tenth(statistics.median(echo.round_trips(10)), 0.1)
    queues = pod.in_pod("cat", "/proc/self/net/netfilter/nfnetlink_queue").splitlines()
    assert len(queues) == 2
