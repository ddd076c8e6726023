"""The proxy by itself, on loopback: it goes on whatever becomes of one connection."""

import errno
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from stresscampaigns.faults import proxy as proxies
from stresscampaigns.faults.proxy import Proxy, listeners
from stresscampaigns.faults.wrongs import Choice, Wrong


class Fickle(socket.socket):
    """Listens; of its first accepts, each fails in another way."""

    def __init__(self, *failures: int) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self.failures = list(failures)
        self.bind(("127.0.0.1", 0))
        self.listen()

    def accept(self) -> tuple[socket.socket, object]:
        if self.failures:
            raise OSError(self.failures.pop(), "not now")
        return super().accept()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy(Choice(), Wrong(status=503))
    yield made
    made.finish()


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=30)


def answer(proxy: Proxy) -> bytes:
    with connected(proxy) as client:
        client.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        return client.recv(1000)


def ends(proxy: Proxy) -> bool:
    proxy.finish()
    last = time.monotonic() + 30
    while proxy.alive() and time.monotonic() < last:
        time.sleep(0.005)
    return not proxy.alive()


@pytest.mark.parametrize("failure", [errno.ECONNABORTED, errno.EMFILE, errno.ENOBUFS])
def test_a_connection_that_cannot_be_accepted_is_not_the_last(
    monkeypatch: pytest.MonkeyPatch, failure: int
) -> None:
    monkeypatch.setattr(proxies, "listeners", lambda: [Fickle(failure, failure)])
    proxy = Proxy(Choice(), Wrong(status=503))
    proxy.start()
    assert answer(proxy).startswith(b"HTTP/1.1 503")
    assert proxy.accepts()
    assert ends(proxy)


def test_where_no_thread_more_can_be_had_one_client_sees_its_connection_end_and_the_next_is_served(
    monkeypatch: pytest.MonkeyPatch, proxy: Proxy
) -> None:
    proxy.start()
    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", _no_thread)
        with connected(proxy) as client:
            assert client.recv(1) == b""
    assert answer(proxy).startswith(b"HTTP/1.1 503")
    assert proxy.accepts()
    assert ends(proxy)


def _no_thread(thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_it_accepts_from_its_start_to_its_end(proxy: Proxy) -> None:
    assert not proxy.accepts()
    proxy.start()
    assert proxy.accepts()
    proxy.finish()
    assert not proxy.accepts()


def test_one_that_was_never_started_ends_too(proxy: Proxy) -> None:
    assert ends(proxy)


def test_a_port_that_somebody_has_on_one_loopback_is_not_taken_on_the_other() -> None:
    """Else what is redirected by IPv6 would be answered by whoever that is."""
    taken, free = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    port = taken.getsockname()[1]
    try:
        other = socket.create_server(("::1", port), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with other:
        found = listeners(iter((taken, free)).__next__)
    assert {one.getsockname()[1] for one in found} == {free.getsockname()[1]}
    assert len(found) == 2
    assert taken.fileno() == -1
    for one in found:
        one.close()
