"""A client whose path to the target is longer than it is: what distance alone does to a user, and to the target.

Messages travel for half a round trip each way, and a new connection costs whole ones: one for TCP's handshake, one more
for TLS 1.3's (RFC 8446, section 2). Bandwidth and loss are those of the real path.
"""

import time

import gevent

from stresscampaigns.load.http.client import Client, Counts
from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.http.connection import Connection
from stresscampaigns.load.http.errors import TimedOut
from stresscampaigns.load.http.request import Origin, Prepared
from stresscampaigns.load.http.response import Response


class SlowPathClient(Client):
    """`round_trip` in seconds; everything else as `Client`."""

    def __init__(
        self, round_trip: float, connector: Connector, timeout: float = 10.0, counts: Counts | None = None
    ) -> None:
        super().__init__(connector, timeout, counts)
        self._round_trip = round_trip

    def _connect(self, origin: Origin, deadline: float) -> Connection:
        _travel(self._round_trip * (2 if origin.scheme == "https" else 1), deadline)
        return super()._connect(origin, deadline)

    def _exchange(self, connection: Connection, request: Prepared, deadline: float, keep: bool) -> Response:
        try:
            _travel(self._round_trip / 2, deadline)
        except BaseException:  # it never arrives, and nobody else has the connection
            connection.close()
            raise
        response = super()._exchange(connection, request, deadline, keep)
        _travel(self._round_trip / 2, deadline)
        response.finished = time.perf_counter()
        return response


def _travel(seconds: float, deadline: float) -> None:
    left = deadline - time.perf_counter()
    gevent.sleep(max(0.0, min(seconds, left)))
    if seconds > left:
        raise TimedOut("no whole answer in time")
