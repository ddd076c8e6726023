"""Names → addresses. One question at a time for a name, however many users want it; its answer is kept for a while.

Each connection begins with the next of several addresses, as connections of many clients do: the pods of a headless
Service would else have their load one after the other, each all of it for as long as an answer is kept.
"""

import time
from collections.abc import Callable, Sequence
from itertools import count

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
        self._turns = count()

    def addresses(self, host: str, port: int) -> list[Address]:
        """All addresses: in turn those of the family that the system names first, then the others.

        Raises:
            NameNotResolved: there is none.
        """
        key = (host, port)
        until, found = self._known.get(key, (0.0, []))
        if until > time.monotonic():
            return self._in_turn(found)
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = gevent.spawn(self._ask, key)
        try:
            return self._in_turn(asked.get())
        except (OSError, UnicodeError) as error:  # one of Unicode's: it can be no name at all
            raise NameNotResolved(f"{host}: {error}; is the name right, does it exist?") from error

    def _in_turn(self, found: Sequence[Address]) -> list[Address]:
        alike = [one for one in found if len(one) == len(found[0])]
        first = next(self._turns) % max(1, len(alike))
        return [*alike[first:], *alike[:first], *(one for one in found if one not in alike)]

    def _ask(self, key: tuple[str, int]) -> list[Address]:
        try:
            found = self._look_up(*key)
            self._known[key] = (time.monotonic() + KEPT_SECONDS, found)
            return found
        finally:
            del self._asked[key]


RESOLVER = Resolver()
"""Of this process."""
