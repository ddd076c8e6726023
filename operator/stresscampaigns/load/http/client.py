"""Sends prepared requests for one user: keeps connections, follows redirects, sends again where that is safe."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.http.connection import Connection
from stresscampaigns.load.http.errors import BadResponse, ConnectionLost, TimedOut, TooManyRedirects
from stresscampaigns.load.http.request import NO_HEADERS, Origin, Prepared, prepare
from stresscampaigns.load.http.response import Response

MOST_REDIRECTS = 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""Statuses that say where to ask instead."""
_OFTEN_KEPT = 8
"""Idle connections that one user keeps to one origin: more than one only where it asks for things side by side."""
_NOT_PASSED_ON = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass
class Counts:
    """What went out, so that a server's own count can be compared."""

    sent: int = 0
    """Requests put on the wire, redirected and repeated ones among them."""
    answered: int = 0
    """Of these: answered whole."""
    resent: int = 0
    """Of these: sent again because a kept connection turned out to be closed."""


class Client:
    """For one user; `connector` and `counts` are shared by all users of a process."""

    def __init__(self, connector: Connector, timeout: float = 10.0, counts: Counts | None = None) -> None:
        self.timeout = timeout
        self.most_redirects = MOST_REDIRECTS
        """So many are followed, where nobody asks otherwise."""
        self.counts = counts or Counts()
        self._connector = connector
        self._idle: defaultdict[Origin, list[Connection]] = defaultdict(list)

    def prepare(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        usual: Mapping[str, str] = NO_HEADERS,
    ) -> Prepared:
        """The request as bytes, for this client's way out, with the connector's standing headers.

        Args:
            usual: headers that standing ones of the same name take the place of.

        Raises:
            ValueError: method, URL or a header cannot be used.
        """
        connector = self._connector
        through_proxy = connector.proxy is not None and url[:7].lower() == "http://"
        return prepare(method, url, headers, body, through_proxy, usual, connector.standing)

    def send(
        self,
        request: Prepared,
        timeout: float | None = None,
        keep_body: bool = True,
        redirects: int | None = None,
    ) -> Response:
        """The answer, after redirects.

        Args:
            redirects: so many at most, instead of the client's own number; 0: the answer as it comes.
            timeout: seconds for all of it: resolving, connecting, redirects, the body's last byte.
            keep_body: False: the body is read and counted, not kept.

        Raises:
            HttpError: there was no whole answer.
        """
        deadline = time.perf_counter() + (self.timeout if timeout is None else timeout)
        response = self._send_once(request, deadline, keep_body)
        most = self.most_redirects if redirects is None else redirects
        return self._followed(request, response, deadline, keep_body, most)

    def connect(self, request: Prepared) -> None:
        """Have a connection ready for a request.

        Raises:
            HttpError: there is none to be had.
        """
        connection = self._connect(request.origin, time.perf_counter() + self.timeout)
        self._idle[request.origin].append(connection)

    def has_kept(self, request: Prepared) -> bool:
        """Is there a connection over which this request could go at once?"""
        return any(connection.reusable for connection in self._idle[request.origin])

    def kept(self, request: Prepared) -> Connection | None:
        """A connection over which this request can go at once; None: there is none."""
        idle = self._idle[request.origin]
        while idle:
            connection = idle.pop()
            if connection.reusable:
                return connection
        return None

    def begin(
        self, connection: Connection, request: Prepared, at: float, on_end: Callable[[Connection], object]
    ) -> None:
        """In the hub, which must not wait: send. When it has ended, `on_end` is called, and calls `ended`.

        Where sending fails, that is before this returns.

        Args:
            at: now, on `time.perf_counter`.
        """
        self.counts.sent += 1
        connection.begin(request, at + self.timeout, on_end)

    def ended(self, connection: Connection) -> bool:
        """In the hub: was what `begin` sent answered as most requests are? Else `go_on` has to look after it.

        If so, the connection is the caller's: for the next request at once, or for `keep`.
        """
        follows = self.most_redirects and connection.status in REDIRECTS
        if follows or not connection.release():
            return False
        self.counts.answered += 1
        return True

    def keep(self, connection: Connection, request: Prepared) -> None:
        """For the next request to where this one went."""
        self._idle[request.origin].append(connection)

    def go_on(self, request: Prepared, connection: Connection) -> Response:
        """What `send` would give for a request that `begin` has sent and that has ended, in whatever way.

        Raises:
            HttpError: there was no whole answer.
        """
        deadline = connection.deadline
        try:
            response = self._answered(connection, request, connection.outcome())
        except ConnectionLost as lost:
            self._count_resending(lost, request)
            response = self._send_once(request, deadline, keep_body=False)
        return self._followed(request, response, deadline, keep_body=False, redirects=self.most_redirects)

    def close(self) -> None:
        """Close what is idle."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    def _send_once(self, request: Prepared, deadline: float, keep_body: bool) -> Response:
        connection = self.kept(request)
        if connection is not None:
            try:
                return self._exchange(connection, request, deadline, keep_body)
            except ConnectionLost as lost:
                self._count_resending(lost, request)
        connection = self._connect(request.origin, deadline)
        return self._exchange(connection, request, deadline, keep_body)

    def _connect(self, origin: Origin, deadline: float) -> Connection:
        return self._connector.connect(origin, deadline)

    def _count_resending(self, lost: ConnectionLost, request: Prepared) -> None:
        """Where the request may be sent again; else it is lost for good."""
        if not (lost.untouched and request.idempotent):
            raise lost
        self.counts.resent += 1

    def _exchange(self, connection: Connection, request: Prepared, deadline: float, keep: bool) -> Response:
        self.counts.sent += 1
        return self._answered(connection, request, connection.exchange(request, deadline, keep))

    def _answered(self, connection: Connection, request: Prepared, response: Response) -> Response:
        self.counts.answered += 1
        if connection.reusable:
            idle = self._idle[request.origin]
            if len(idle) < _OFTEN_KEPT:
                idle.append(connection)
            else:
                connection.close()
        return response

    def _followed(
        self, request: Prepared, response: Response, deadline: float, keep_body: bool, redirects: int
    ) -> Response:
        if redirects and response.status_code in REDIRECTS:
            return self._follow(request, response, deadline, keep_body, redirects)
        response.url = request.url
        return response

    def _follow(
        self, request: Prepared, response: Response, deadline: float, keep_body: bool, most: int
    ) -> Response:
        history: list[Response] = []
        while response.status_code in REDIRECTS and (location := response.header("Location")):
            response.url = request.url
            history.append(response)
            if len(history) > most:
                raise TooManyRedirects(
                    f"more than {most} redirects, the last from {request.url} to {location}"
                )
            if time.perf_counter() > deadline:
                raise TimedOut(f"{len(history)} redirects and no answer in time")
            request = self._redirected(request, response.status_code, location)
            response = self._send_once(request, deadline, keep_body)
        response.url = request.url
        response.history = tuple(history)
        return response

    def _redirected(self, request: Prepared, status: int, location: str) -> Prepared:
        """What is sent next.

        Raises:
            BadResponse: there is no such place; it was the target that said so.
        """
        try:
            return self._sent_on(request, status, urljoin(request.url, location))
        except ValueError as error:
            raise BadResponse(f"a redirect to {location} leads nowhere: {error}") from error

    def _sent_on(self, request: Prepared, status: int, url: str) -> Prepared:
        """RFC 9110, section 15.4: 303 becomes a GET, and so does a POST after 301 and 302, as every browser does it.

        Another origin gets no credentials; standing headers are those of their own.
        """
        after_post = status in (301, 302) and request.method == "POST"
        becomes_get = after_post or (status == 303 and request.method != "HEAD")
        method, body = ("GET", None) if becomes_get else (request.method, request.body)
        plain = self.prepare(method, url)
        foreign = plain.origin != request.origin
        dropped = (_NOT_PASSED_ON if foreign else frozenset()) | (
            {"content-type"} if becomes_get else frozenset()
        )
        headers, usual = (
            {name: value for name, value in given.items() if name.lower() not in dropped}
            for given in (request.headers, request.usual)
        )
        return self.prepare(method, url, headers, body, usual)
