"""Names → addresses. One question at a time for a name, however many users want it; its answer is kept for a while."""

import time
from collections.abc import Callable

import gevent
from gevent import socket

from stresscampaigns.load.http.errors import NameNotResolved

KEPT_SECONDS = 30.0
Address = tuple[str, int] | tuple[str, int, int, int]
"""As sockets take it: of IPv4, or of IPv6."""


def _look_up(host: str, port: int) -> list[Address]:
    return [found[4] for found in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)]


class Resolver:
    """Asks in a thread, so that a slow name server keeps only those waiting who need the name."""

    def __init__(self, look_up: Callable[[str, int], list[Address]] = _look_up) -> None:
        self._look_up = look_up
        self._known: dict[tuple[str, int], tuple[float, list[Address]]] = {}
        self._asked: dict[tuple[str, int], gevent.Greenlet] = {}

    def addresses(self, host: str, port: int) -> list[Address]:
        """All addresses, in the system's order.

        Raises:
            NameNotResolved: there is none.
        """
        key = (host, port)
        until, found = self._known.get(key, (0.0, []))
        if until > time.monotonic():
            return found
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = gevent.spawn(self._ask, key)
        try:
            return list(asked.get())
        except (OSError, UnicodeError) as error:  # one of Unicode's: it can be no name at all
            raise NameNotResolved(f"{host}: {error}; is the name right, does it exist?") from error

    def _ask(self, key: tuple[str, int]) -> list[Address]:
        try:
            found = self._look_up(*key)
            self._known[key] = (time.monotonic() + KEPT_SECONDS, found)
            return found
        finally:
            del self._asked[key]


RESOLVER = Resolver()
"""Of this process."""
