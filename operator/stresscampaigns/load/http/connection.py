"""One connection: one request at a time, its answer read in gevent's hub as bytes come.

The reading watcher stays on for as long as the connection lives. So waiting for an answer costs one switch, and a
server that closes a kept connection is noticed before the next request is sent into the void.
"""

import ssl
import time
from collections.abc import Callable
from typing import Any

from gevent import get_hub, getcurrent, socket
from gevent.monkey import get_original
from httptools import HttpParserError, HttpResponseParser

from stresscampaigns.load.http.deadlines import DEADLINES, NEVER
from stresscampaigns.load.http.errors import BadResponse, ConnectionLost, HttpError, TimedOut, TooLarge
from stresscampaigns.load.http.request import Prepared
from stresscampaigns.load.http.response import Response, header_lines

READ_BYTES = 65_536
_LONGEST_HEAD = 1024 * 1024
"""Bytes of headers, those of interim answers among them; servers send some hundred."""
MOST_AT_ONCE = 4096
"""Bytes that an idle connection takes: Linux' send buffers begin with 16 KiB (tcp(7), tcp_wmem)."""
_READABLE, _WRITABLE = 1, 2
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_socket = get_original("socket", "socket")
_DELIMITING = frozenset({b"content-length", b"transfer-encoding"})


class Connection:
    """An open connection to one origin. `sock` is a connected gevent socket, plain or TLS."""

    def __init__(self, sock: socket.socket, most_bytes: int, tls: bool = False) -> None:
        sock.settimeout(0.0)
        if not tls:  # nothing of it waits any more: without gevent around it each call is cheaper
            sock = _socket(fileno=sock.detach())
        self.reusable = True
        """May another request go over it?"""
        self._sock = sock
        self._tls = tls
        self._most_bytes = most_bytes
        self._hub = get_hub()
        self._parser: Any = HttpResponseParser(self)
        self._begin(keep_body=False, bodiless=False, deadline=NEVER)
        self._busy = False
        self._waiting: Callable[[Connection], object] | None = None
        self._watcher = self._hub.loop.io(sock.fileno(), _READABLE)
        self._watcher.start(self._on_readable)
        DEADLINES.add(self)

    def exchange(self, request: Prepared, deadline: float, keep_body: bool) -> Response:
        """Send a request and wait for its answer, at most until `deadline` on `time.perf_counter`.

        Raises:
            HttpError: there is no whole answer; the connection is closed then.
        """
        self._begin(keep_body, request.method == "HEAD", deadline)
        try:
            self._send(request.payload)
            if not self._ended:
                self._waiting = getcurrent().switch
                self._hub.switch()
        except BaseException:  # the user is being stopped: its answer may come later, and nobody must take it
            self.close()
            raise
        return self.outcome()

    def begin(self, request: Prepared, deadline: float, on_end: Callable[["Connection"], object]) -> None:
        """In the hub, which must not wait: send a request, at most `MOST_AT_ONCE` bytes.

        `on_end` is called in the hub once `outcome` has something to tell; where sending fails, before this returns.
        """
        self._begin(False, request.method == "HEAD", deadline)
        self._waiting = on_end
        payload = request.payload
        try:
            sent = self._sock.send(payload)
        except OSError as error:
            self._end(self._lost(error))
            return
        if sent < len(payload):  # it cannot have been understood, so it may be sent again
            self._end(self._lost(BlockingIOError("no room to send")))

    def outcome(self) -> Response:
        """The answer of a request that has ended.

        Raises:
            HttpError: there is no whole one; the connection is closed then.
        """
        self._busy = False
        self._waiting = None
        self.deadline = NEVER
        if self._failure is not None:
            self.close()
            raise self._failure
        if not self.reusable:
            self.close()
        return Response(self.status, self._head, self._chunks, self._size, self.finished)

    def release(self) -> bool:
        """Instead of `outcome`, where nobody asks for more than status and time; False: there is more to be told."""
        if self._failure is not None or not self.reusable:
            return False
        self._busy = False
        self.deadline = NEVER
        return True

    def close(self) -> None:
        """Safe to call again."""
        if self._parser is not None:
            self.reusable = False
            self._parser = None
            self._waiting = None
            self._watcher.stop()
            self._watcher.close()
            self._sock.close()
            DEADLINES.discard(self)

    def expire(self) -> None:
        """The request's time is over."""
        self._end(TimedOut("no whole answer in time"))

    def _begin(self, keep_body: bool, bodiless: bool, deadline: float) -> None:
        self._head: list[bytes] = []
        self._chunks: list[bytes] = []
        self._size = self._head_size = 0
        self.status = 0
        """Of the answer; 0: not known yet."""
        self.finished = 0.0
        """When the answer's last byte was read, on `time.perf_counter`."""
        self._keep_body = keep_body
        self._bodiless = bodiless
        self._done = False
        self._failure: HttpError | None = None
        self._busy = True
        self.deadline = deadline

    @property
    def _ended(self) -> bool:
        return self._done or self._failure is not None

    def _send(self, payload: bytes) -> None:
        sent = 0
        while self._failure is None:
            try:
                sent += self._sock.send(memoryview(payload)[sent:] if sent else payload)
            except _NOT_NOW:
                self._await_room()
            except OSError as error:
                self._end(self._lost(error))
                return
            if sent == len(payload):
                return
            if self._done:  # answered before all of it was sent: whoever answers so does not read the rest
                self.reusable = False
                return

    def _await_room(self) -> None:
        """Until more can be sent; an end that comes in between wakes this, too."""
        self._waiting = getcurrent().switch
        watcher = self._hub.loop.io(self._sock.fileno(), _WRITABLE)
        watcher.start(self._wake)
        try:
            self._hub.switch()
        finally:
            self._waiting = None
            watcher.stop()
            watcher.close()

    def _on_readable(self) -> None:
        """In the hub: nothing here may wait."""
        while self._parser is not None:
            try:
                data = self._sock.recv(READ_BYTES)
            except _NOT_NOW:
                return
            except OSError as error:
                self._take_error(error)
                return
            if self._busy and data and not self._done:
                self._feed(data)
            else:
                self._take_unexpected()
            if not self._tls or not self._more_decrypted():
                return

    def _more_decrypted(self) -> bool:
        return self._parser is not None and bool(self._sock.pending())

    def _take_error(self, error: OSError) -> None:
        if self._busy:
            self._end(self._lost(error))
        else:
            self.close()

    def _take_unexpected(self) -> None:
        if not self._busy:
            self.close()  # closed by the server, or it says what nobody asked for
        elif self._done:
            self.reusable = False
        else:
            self._on_end_of_stream()

    def _feed(self, data: bytes) -> None:
        if not self.status:
            self._head.append(data)
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            if not self._done:
                self._end(BadResponse(f"the answer is no HTTP: {error}"))
                return
            self.reusable = False
        if self._size > self._most_bytes:
            self._end(TooLarge(f"the body is longer than {self._most_bytes} bytes"))
        elif self._done:
            self._wake()
        elif not self.status:
            self._await_more_of_the_head(len(data))

    def _await_more_of_the_head(self, read: int) -> None:
        self._head_size += read
        if self._head_size > _LONGEST_HEAD:
            self._end(TooLarge(f"the headers are longer than {_LONGEST_HEAD} bytes"))

    def _on_end_of_stream(self) -> None:
        names = {name.lower() for name, _ in header_lines(self._head)}
        if self.status and not names & _DELIMITING:
            self._complete()  # without a length the body ends where the stream ends (RFC 9112, 6.3)
            self.reusable = False
            self._wake()
        else:
            self._end(self._lost(None))

    def _lost(self, error: OSError | None) -> ConnectionLost:
        lost = ConnectionLost(f"{error or 'closed by the server'} before the answer was whole")
        lost.untouched = not self._head
        return lost

    def _end(self, failure: HttpError) -> None:
        if self._failure is None and not self._done:
            self._failure = failure
        self.reusable = False
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting(self)

    def _complete(self) -> None:
        self._done = True
        self.finished = time.perf_counter()

    # What the parser calls. Headers are parsed when somebody asks for them, which is seldom.

    def on_headers_complete(self) -> None:
        """The status is known."""
        self.status = self._parser.get_status_code()
        if self._bodiless and self.status >= 200:
            self._complete()
            self.reusable = self._parser.should_keep_alive()
            self._parser = HttpResponseParser(
                self
            )  # this one waits for a body that an answer to HEAD has not

    def on_body(self, data: bytes) -> None:
        """Some of the body."""
        self._size += len(data)
        if self._keep_body:
            self._chunks.append(data)

    def on_message_complete(self) -> None:
        """The whole answer is there; an interim one (1xx) is passed over."""
        if self._bodiless:
            return
        if self.status < 200:
            self.status = 0
            return
        self._complete()
        self.reusable = self._parser.should_keep_alive()
