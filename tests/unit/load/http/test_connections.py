"""Connections are kept, their loss is noticed, every wait has an end."""

import errno
import os
import resource
import time
from typing import Any

import gevent
import pytest
from gevent import socket

from stresscampaigns.load.http.client import Client
from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.http.errors import (
    ConnectFailed,
    ConnectionLost,
    HttpError,
    NameNotResolved,
    NoSocketLeft,
    TimedOut,
)
from stresscampaigns.load.http.resolving import Address, Resolver
from tests.unit.load.http.raw_server import answering, ok, read_request, serving


def silent(sock: Any) -> None:
    read_request(sock)
    gevent.sleep(30)


def test_requests_of_one_user_go_over_one_connection() -> None:
    peers = set()

    def handle(sock: Any) -> None:
        peers.add(sock.getpeername())
        while read_request(sock):
            sock.sendall(ok())

    with serving(handle) as url:
        client = Client(Connector())
        for _ in range(5):
            client.send(client.prepare("GET", url))
    assert (len(peers), client.counts.sent, client.counts.resent) == (1, 5, 0)


def test_a_server_that_does_not_keep_the_connection_gets_a_new_one() -> None:
    with serving(answering(ok(b"1", "Connection: close"))) as url:
        client = Client(Connector())
        assert [client.send(client.prepare("POST", url)).content for _ in range(3)] == [b"1"] * 3


def test_a_kept_connection_that_the_server_closes_is_replaced_unnoticed() -> None:
    with serving(answering(ok(b"once"))) as url:
        client = Client(Connector())
        for _ in range(3):
            assert client.send(client.prepare("POST", url)).content == b"once"
            gevent.sleep(0.02)
    assert client.counts.resent == 0


def closing_at_the_second_request(sock: Any) -> None:
    read_request(sock)
    sock.sendall(ok())
    read_request(sock)


def test_a_get_that_met_a_closing_connection_is_sent_again_and_counted() -> None:
    with serving(closing_at_the_second_request) as url:
        client = Client(Connector())
        for _ in range(2):
            assert client.send(client.prepare("GET", url)).status_code == 200
    assert (client.counts.sent, client.counts.resent) == (3, 1)


def test_a_post_that_met_a_closing_connection_is_not_sent_twice() -> None:
    with serving(closing_at_the_second_request) as url:
        client = Client(Connector())
        client.send(client.prepare("POST", url))
        with pytest.raises(ConnectionLost):
            client.send(client.prepare("POST", url))


@pytest.mark.parametrize("timeout", [0.1, 0.3])
def test_a_server_that_never_answers_is_given_up_in_time(timeout: float) -> None:
    with serving(silent) as url:
        client = Client(Connector(), timeout=timeout)
        began = time.perf_counter()
        with pytest.raises(TimedOut):
            client.send(client.prepare("GET", url))
        assert timeout <= time.perf_counter() - began


def test_a_body_that_trickles_is_given_up_in_time() -> None:
    def trickle(sock: Any) -> None:
        read_request(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
        while True:
            sock.sendall(b"x")
            gevent.sleep(0.01)

    with serving(trickle) as url:
        client = Client(Connector(), timeout=0.2)
        with pytest.raises(TimedOut):
            client.send(client.prepare("GET", url))


def test_a_server_that_does_not_read_is_given_up_in_time() -> None:
    with serving(lambda sock: gevent.sleep(30)) as url:
        client = Client(Connector(), timeout=0.2)
        with pytest.raises(TimedOut):
            client.send(client.prepare("POST", url, body=b"x" * 50_000_000))


def test_a_large_body_is_sent_whole() -> None:
    seen: list[int] = []

    def handle(sock: Any) -> None:
        seen.append(len(read_request(sock).partition(b"\r\n\r\n")[2]))
        sock.sendall(ok())

    with serving(handle) as url:
        client = Client(Connector())
        client.send(client.prepare("POST", url, body=b"x" * 5_000_000))
    assert seen == [5_000_000]


def test_a_closed_port_is_told() -> None:
    client = Client(Connector())
    with pytest.raises(ConnectFailed, match="refused"):
        client.send(client.prepare("GET", "http://127.0.0.1:1"))


def test_a_name_without_address_is_told() -> None:
    def nothing(host: str, port: int) -> list[Address]:
        raise OSError("Name or service not known")

    client = Client(Connector(resolver=Resolver(nothing)))
    with pytest.raises(NameNotResolved, match="does it exist"):
        client.send(client.prepare("GET", "http://nowhere.test"))


def test_connections_begin_with_the_addresses_of_a_name_in_turn() -> None:
    pods = [(f"10.0.0.{number}", 80) for number in (1, 2, 3)]
    resolver = Resolver(lambda *_: [*pods, ("fd00::1", 80, 0, 0)])
    found = [resolver.addresses("agents", 80) for _ in range(4)]
    assert [one[0] for one in found] == [*pods, pods[0]]
    assert all(one[-1] == ("fd00::1", 80, 0, 0) and len(one) == 4 for one in found)


@pytest.mark.parametrize(
    ("lacking", "kind"), [(errno.EADDRNOTAVAIL, NoSocketLeft), (errno.EHOSTUNREACH, ConnectFailed)]
)
def test_what_this_side_has_not_is_told_from_what_the_target_refuses(
    monkeypatch: pytest.MonkeyPatch, lacking: int, kind: type[HttpError]
) -> None:
    def connect(*_: object) -> None:
        raise OSError(lacking, os.strerror(lacking))

    monkeypatch.setattr(socket.socket, "connect", connect)
    client = Client(Connector())
    with pytest.raises(kind):
        client.send(client.prepare("GET", "http://127.0.0.1:1"))


def test_where_no_file_descriptor_is_left_the_request_has_failed_and_the_user_goes_on() -> None:
    client = Client(Connector())
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        with pytest.raises(NoSocketLeft):
            client.send(client.prepare("GET", "http://127.0.0.1:1"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_slow_name_server_is_asked_once_for_all_and_keeps_to_the_deadline() -> None:
    asked: list[str] = []

    def slow(host: str, port: int) -> list[Address]:
        asked.append(host)
        gevent.sleep(0.3)
        raise OSError("too late to matter")

    connector = Connector(resolver=Resolver(slow))

    def one_user() -> str:
        client = Client(connector, timeout=0.1)
        try:
            client.send(client.prepare("GET", "http://slow.test"))
        except TimedOut:
            return "timed out"
        return "answered"

    users = [gevent.spawn(one_user) for _ in range(20)]
    gevent.joinall(users)
    assert ({user.value for user in users}, asked) == ({"timed out"}, ["slow.test"])


def test_a_user_that_is_stopped_leaves_its_connection_closed() -> None:
    closed = gevent.event.Event()

    def handle(sock: Any) -> None:
        read_request(sock)
        if not sock.recv(1):
            closed.set()

    with serving(handle) as url:
        client = Client(Connector())
        user = gevent.spawn(client.send, client.prepare("GET", url))
        gevent.sleep(0.05)
        user.kill()
        assert closed.wait(5)
