"""Stands between the pod and an API: answers what is hit, passes everything else on as it came.

One thread a connection. It ends with its sockets: who is still connected sees the connection end.
"""

import os
import resource
import select
import socket
import struct
import threading
import time
from contextlib import suppress

from stresscampaigns.faults import http1
from stresscampaigns.faults.http1 import Head, NotHttp
from stresscampaigns.faults.patience import comes_true
from stresscampaigns.faults.redirection import MARK
from stresscampaigns.faults.wrongs import Choice, Wrong

_MOST = 2000
"""Connections at a time; more wait to be accepted."""
_PART = 65_536
_CONNECT = 60.0
_GRACE = 0.25
"""Seconds that answers under way may still take at the end."""
_SO_MARK, _ORIGINAL = 36, 80
_LEVELS = {socket.AF_INET: (0, 16), socket.AF_INET6: (41, 28)}
_SOON = 0.01
"""Seconds after which it is tried again to accept a connection."""
_RESET = struct.pack("ii", 1, 0)


class Gone(Exception):
    """One end of a connection has gone, or all must."""


class Proxy:
    """Listens on loopback; `port` is where."""

    def __init__(self, choice: Choice, wrong: Wrong) -> None:
        self.choice, self.wrong = choice, wrong
        self.ending = os.eventfd(0)
        self._over = False
        self._room = threading.BoundedSemaphore(_MOST)
        self._live: set[Connection] = set()
        self._listening = _listeners()
        self.port: int = self._listening[0].getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, args=(one,)) for one in self._listening]

    def start(self) -> None:
        """Accept connections."""
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        for one in self._threads:
            one.daemon = True
            one.start()

    def _accept(self, listening: socket.socket) -> None:
        while not self._over:
            self._room.acquire()
            try:
                accepted, _ = listening.accept()
            except (
                OSError
            ):  # that client has gone again, or for a moment there is no file left; or the end has come
                self._room.release()
                time.sleep(_SOON)
                continue
            self._begin(Connection(self, accepted))

    def _begin(self, connection: "Connection") -> None:
        self._live.add(connection)
        try:
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except RuntimeError:  # the pod may have no more threads: the client sees its connection end
            self._forget(connection)

    def _serve(self, connection: "Connection") -> None:
        try:
            with suppress(Gone, OSError, NotHttp):
                connection.serve()
        finally:
            self._forget(connection)

    def _forget(self, connection: "Connection") -> None:
        connection.close()
        self._live.discard(connection)
        self._room.release()

    def finish(self) -> None:
        """No connection is accepted; idle and held ones end at once, answers under way soon."""
        self._over = True
        os.eventfd_write(self.ending, 1)
        for one in self._listening:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        comes_true(lambda: not self._live, _GRACE)
        for connection in list(self._live):
            connection.cut()

    def accepts(self) -> bool:
        """Is there somebody to answer who comes?"""
        return not self._over and all(one.is_alive() for one in self._threads)

    def alive(self) -> bool:
        """Is anything of it left?"""
        return bool(self._live) or any(one.is_alive() for one in self._threads)


class Connection:
    """A client's, and with its first request that is passed on, ours to the API."""

    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._api: socket.socket | None = None
        self._begun = b""

    def serve(self) -> None:
        """Until either end has enough."""
        self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while self._begun or self._more():
            head = self._head()
            if head is None:
                self._opaque()
                return
            if not self._exchange(head):
                return

    def _head(self) -> Head | None:
        """The next request's; None where it is no HTTP/1."""
        with suppress(NotHttp):
            while http1.may_be_request(self._begun):
                if head := http1.head_of(self._begun):
                    if not http1.is_request(head):
                        return None
                    self._begun = self._begun[len(head.raw) :]
                    return head
                if not self._more():
                    raise Gone
        return None

    def _more(self) -> bool:
        """What the client says next; False where it or the API has gone, or all must."""
        api = () if self._api is None else (self._api.fileno(),)
        if self._client.fileno() not in _readable(self._client.fileno(), self._proxy.ending, *api):
            return False
        data = self._client.recv(_PART)
        self._begun += data
        return bool(data)

    def _exchange(self, head: Head) -> bool:
        """One request and its answer; does the connection go on?"""
        wrong = self._proxy.wrong
        if not self._proxy.choice.hits(time.time):
            return self._pass_on(head)
        due = time.monotonic() + wrong.latency
        if wrong.silent:
            self._wait(None)
        if not wrong.answers:
            self._wait(due)
            return self._pass_on(head)
        persists = head.persists and b"expect" not in head.fields
        if persists:
            self._drop_body(head)
        self._wait(due)
        self._client.sendall(wrong.answer(head, persists))
        return persists

    def _wait(self, until: float | None) -> None:
        """Until this moment, if at all; the client's going ends it."""
        watched = select.poll()
        watched.register(self._client, select.POLLRDHUP)
        watched.register(self._proxy.ending, select.POLLIN)
        left = None if until is None else max(0.0, until - time.monotonic()) * 1000
        if watched.poll(left):
            raise Gone

    def _drop_body(self, head: Head) -> None:
        body = http1.body_of_request(head)
        while True:
            self._begun = self._begun[body.feed(self._begun) :]
            if body.done:
                return
            if not self._more():
                raise Gone

    def _pass_on(self, head: Head) -> bool:
        api = self._connected()
        api.sendall(head.raw)
        try:
            return self._relay(api, head)
        except NotHttp:
            self._tunnel(api)
            return False

    def _relay(self, api: socket.socket, head: Head) -> bool:
        """The request's body one way, its answer the other, whichever comes; does the connection go on?"""
        asked, answer = http1.body_of_request(head), _Answer(head.method)
        self._send_body(api, asked)
        while not answer.done:
            ready = _readable(api.fileno(), *(() if asked.done else (self._client.fileno(),)))
            if self._client.fileno() in ready:
                self._begun += _received(self._client)
                self._send_body(api, asked)
            if api.fileno() in ready:
                data = _received(api)
                self._client.sendall(data)
                answer.feed(data)
        if answer.switches:
            self._tunnel(api)
        return asked.done and head.persists and answer.persists

    def _send_body(self, api: socket.socket, body: http1.Body) -> None:
        taken = body.feed(self._begun)
        api.sendall(self._begun[:taken])
        self._begun = self._begun[taken:]

    def _opaque(self) -> None:
        """What is no HTTP/1 can be held back or left without an answer, as a whole."""
        wrong = self._proxy.wrong
        if wrong.answers:
            self._proxy.choice.pass_over()
        elif self._proxy.choice.hits(time.time):
            self._wait(None if wrong.silent else time.monotonic() + wrong.latency)
        self._tunnel(self._connected())

    def _tunnel(self, api: socket.socket) -> None:
        """All that comes goes on, both ways, until both ends have had enough."""
        api.sendall(self._begun)
        others = {self._client.fileno(): (self._client, api), api.fileno(): (api, self._client)}
        while others:
            for number in _readable(*others):
                one, other = others[number]
                if data := one.recv(_PART):
                    other.sendall(data)
                else:
                    del others[number]
                    other.shutdown(socket.SHUT_WR)

    def _connected(self) -> socket.socket:
        """To where the client meant to go; as it is away, so are we."""
        if self._api is not None:
            return self._api
        address = _meant(self._client)
        if address[1] == self._proxy.port:
            raise Gone  # somebody in the pod looks at our own port
        self._api = socket.socket(self._client.family, socket.SOCK_STREAM)
        try:
            self._api.setsockopt(socket.SOL_SOCKET, _SO_MARK, MARK)
            self._api.settimeout(_CONNECT)
            self._api.connect(address)
        except OSError:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            raise
        self._api.settimeout(None)
        self._api.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._api

    def cut(self) -> None:
        """Whatever its thread waits for, it waits no more."""
        for one in (self._client, self._api):
            if one is not None:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Both ends."""
        self._client.close()
        if self._api is not None:
            self._api.close()


class _Answer:
    """The answer to one request, as it comes by: interim heads, its own head, its body."""

    def __init__(self, method: bytes) -> None:
        self._method = method
        self._begun = b""
        self._body: http1.Body | None = None
        self.persists = True
        self.switches = False

    @property
    def done(self) -> bool:
        """Has it ended?"""
        return self.switches or (self._body is not None and self._body.done)

    def feed(self, data: bytes) -> None:
        """Take what has come."""
        if self._body is not None:
            self._body.feed(data)
            return
        self._begun += data
        while self._body is None and (head := http1.head_of(self._begun)):
            self._begun = self._begun[len(head.raw) :]
            self.switches = head.status == 101
            if head.status >= 200 or self.switches:
                self._body = http1.body_of_answer(head, self._method)
                self._body.feed(self._begun)
                self.persists = head.persists


def _received(end: socket.socket) -> bytes:
    data = end.recv(_PART)
    if not data:
        raise Gone
    return data


def _readable(*numbers: int) -> set[int]:
    watched = select.poll()
    for one in numbers:
        watched.register(one, select.POLLIN)
    return {number for number, _ in watched.poll()}


def _listeners() -> list[socket.socket]:
    """On both loopbacks, where there are both, with the same port."""
    first = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = first.getsockname()[1]
    with suppress(OSError):
        return [first, socket.create_server(("::1", port), family=socket.AF_INET6, backlog=1024)]
    return [first]


def _meant(client: socket.socket) -> tuple[str, int]:
    """Where a redirected connection was to go. Source: linux/netfilter_ipv4.h, linux/netfilter_ipv6/ip6_tables.h."""
    level, size = _LEVELS[client.family]
    raw = client.getsockopt(level, _ORIGINAL, size)
    (port,) = struct.unpack_from(">H", raw, 2)
    packed = raw[4:8] if client.family == socket.AF_INET else raw[8:24]
    return socket.inet_ntop(client.family, packed), port
