"""Stands between the pod and an API: accepts the connections that are sent here, and ends them all in the end.

One thread a connection. It ends with its sockets: who is still connected sees the connection end.
"""

import errno
import os
import resource
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from stresscampaigns.faults.http1 import NotHttp
from stresscampaigns.faults.patience import comes_true
from stresscampaigns.faults.protocol import CannotWork
from stresscampaigns.faults.proxied_connection import Connection, Gone
from stresscampaigns.faults.wrongs import Choice, Wrong

_MOST = 2000
"""Connections at a time; more wait to be accepted."""
_GRACE = 0.25
"""Seconds that answers under way may still take at the end."""
_TRIES = 64
_SOON = 0.01
"""Seconds after which it is tried again to accept a connection."""


class Proxy:
    """Listens on loopback; `port` is where."""

    def __init__(self, choice: Choice, wrong: Wrong) -> None:
        self.wrong = wrong
        self._choice = choice
        self._ending = os.eventfd(0)
        self._over = False
        self._room = threading.BoundedSemaphore(_MOST)
        self._live: set[Connection] = set()
        self._listening = listeners()
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
            self._begin(Connection(accepted, self._choice, self.wrong, self._ending, self.port))

    def _begin(self, connection: Connection) -> None:
        self._live.add(connection)
        try:
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except RuntimeError:  # the pod may have no more threads: the client sees its connection end
            self._forget(connection)

    def _serve(self, connection: Connection) -> None:
        try:
            with suppress(Gone, OSError, NotHttp):
                connection.serve()
        finally:
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        connection.close()
        self._live.discard(connection)
        self._room.release()

    def finish(self) -> None:
        """No connection is accepted; idle and held ones end at once, answers under way soon."""
        self._over = True
        os.eventfd_write(self._ending, 1)
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


def _on_ipv4() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=1024)


def listeners(fresh: Callable[[], socket.socket] = _on_ipv4) -> list[socket.socket]:
    """On both loopbacks, where there are both, with the same port.

    One that somebody has on the other loopback is no use: he would be sent what was meant for the API.
    """
    for _ in range(_TRIES):
        first = fresh()
        port = first.getsockname()[1]
        try:
            return [first, socket.create_server(("::1", port), family=socket.AF_INET6, backlog=1024)]
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return [first]
        first.close()
    raise CannotWork("no port is free for the proxy on both loopbacks of this pod")
