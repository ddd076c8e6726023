"""A path that is longer by a round trip: every message travels, every new connection pays for its handshake."""

import time
from typing import Any

import gevent.event
import pytest

from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.http.errors import TimedOut
from stresscampaigns.load.http.slow_path import SlowPathClient
from tests.unit.load.http.raw_server import answering, ok, read_request, serving

ROUND_TRIP = 0.04


def keeping(sock: Any) -> None:
    while read_request(sock):
        sock.sendall(ok())


def took(client: SlowPathClient, url: str) -> float:
    began = time.perf_counter()
    return client.send(client.prepare("GET", url)).finished - began


def test_a_request_over_a_kept_connection_takes_a_round_trip_more_and_a_new_one_two() -> None:
    with serving(keeping) as url:
        client = SlowPathClient(ROUND_TRIP, Connector())
        first, second = took(client, url), took(client, url)
    assert first >= 2 * ROUND_TRIP
    assert second >= ROUND_TRIP
    assert (client.counts.sent, client.counts.answered) == (2, 2)


def test_a_server_that_does_not_keep_connections_costs_a_handshake_each_time() -> None:
    with serving(answering(ok(b"1", "Connection: close"))) as url:
        client = SlowPathClient(ROUND_TRIP, Connector())
        assert min(took(client, url) for _ in range(3)) >= 2 * ROUND_TRIP


def test_the_way_counts_against_the_timeout() -> None:
    with serving(keeping) as url:
        client = SlowPathClient(0.2, Connector(), timeout=0.05)
        with pytest.raises(TimedOut):
            client.send(client.prepare("GET", url))
    assert client.counts.sent == 0, "it was still on its way"


def test_a_request_that_ends_on_its_way_leaves_no_connection_behind() -> None:
    """The first is answered and keeps its connection; the second has no time left to arrive."""
    closed = gevent.event.Event()

    def watching(sock: Any) -> None:
        keeping(sock)
        closed.set()

    with serving(watching) as url:
        client = SlowPathClient(ROUND_TRIP, Connector())
        client.send(client.prepare("GET", url))
        with pytest.raises(TimedOut):
            client.send(client.prepare("GET", url), timeout=ROUND_TRIP / 8)
        assert closed.wait(timeout=5)
