"""One connection through the proxy: its requests that are hit get their answer here, all else goes on as it came."""

import select
import socket
import struct
import time
from contextlib import suppress

from stresscampaigns.faults import http1
from stresscampaigns.faults.http1 import Head, NotHttp
from stresscampaigns.faults.passing_answer import PassingAnswer
from stresscampaigns.faults.redirection import MARK, meant
from stresscampaigns.faults.wrongs import Choice, Wrong

_PART = 65_536
_CONNECT = 60.0
_SO_MARK = 36
_RESET = struct.pack("ii", 1, 0)


class Gone(Exception):
    """One end of a connection has gone, or all must."""


class Connection:
    """A client's, and with its first request that is passed on, ours to the API.

    Args:
        ending: an eventfd that can be read from once all connections must end.
        own_port: the proxy's, which no connection can be meant for.
    """

    def __init__(
        self, client: socket.socket, choice: Choice, wrong: Wrong, ending: int, own_port: int
    ) -> None:
        self._client = client
        self._choice, self._wrong = choice, wrong
        self._ending = ending
        self._own_port = own_port
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
        if self._client.fileno() not in _readable(self._client.fileno(), self._ending, *api):
            return False
        data = self._client.recv(_PART)
        self._begun += data
        return bool(data)

    def _exchange(self, head: Head) -> bool:
        """One request and its answer; does the connection go on?"""
        wrong = self._wrong
        if not self._choice.hits(time.time):
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
        watched.register(self._ending, select.POLLIN)
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
        asked, answer = http1.body_of_request(head), PassingAnswer(head.method)
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
        wrong = self._wrong
        if wrong.answers:
            self._choice.pass_over()
        elif self._choice.hits(time.time):
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
        address = meant(self._client)
        if address[1] == self._own_port:
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
