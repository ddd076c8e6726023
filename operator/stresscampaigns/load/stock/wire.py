"""What Locust's own HTTP clients put on the wire, to be compared with the target's own count.

Each redirect that is followed, and each time that a request is sent again, the target may count once more; what found
no connection it never saw.
"""

from collections.abc import Callable
from typing import Any

from geventhttpclient import HTTPClient
from locust.clients import HttpSession
from locust.contrib.fasthttp import LocustUserAgent
from requests import PreparedRequest
from requests.exceptions import ConnectionError as NoAnswer
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import NewConnectionError

from stresscampaigns.load.http.client import Counts


def count_what_goes_out(wire: Counts) -> None:
    """From now on."""
    _count_http_session(wire)
    _count_fast_http_session(wire)


def _count_http_session(wire: Counts) -> None:
    """Of requests, `send` is called once for each hop, the first one around all others."""
    session: Any = HttpSession
    send = session.send

    def counted(self: HttpSession, request: PreparedRequest, **options: object) -> object:
        wire.sent += 1
        try:
            return send(self, request, **options)
        except NoAnswer as error:
            if error.request is request and _never_connected(error):
                wire.sent -= 1
            raise

    session.send = counted


def _never_connected(error: NoAnswer) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, ConnectTimeout) or isinstance(reason, NewConnectionError)


def _count_fast_http_session(wire: Counts) -> None:
    """Of geventhttpclient, a connection is taken for each time that a request is sent, also for the second."""
    agent: Any = LocustUserAgent
    begin = agent.__init__

    def watched(self: Any, *args: object, **options: object) -> None:
        begin(self, *args, **options)
        if "get_client" not in vars(self.clientpool):  # several users may share one
            self.clientpool.get_client = _watching(self.clientpool.get_client, wire)

    agent.__init__ = watched


def _watching(get_client: Callable[[object], HTTPClient], wire: Counts) -> Callable[[object], HTTPClient]:
    def watched(url: object) -> HTTPClient:
        client = get_client(url)
        pool: Any = client._connection_pool
        if "get_socket" not in pool.__dict__:
            pool.get_socket = _counting(pool.get_socket, wire)
        return client

    return watched


def _counting(take: Callable[[], object], wire: Counts) -> Callable[[], object]:
    def get_socket() -> object:
        connection = take()
        wire.sent += 1
        return connection

    return get_socket
