"""Ports that are told before anybody listens there, if ever: nobody else may take them meanwhile."""

import os
import socket
from itertools import count

FIRST, EACH = 20_000, 1_000
"""Below those that the kernel gives to outgoing connections; of each process of one pytest-xdist so many."""
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_asked = count(os.getpid())


def free_port() -> int:
    """A port that nobody listens on, and that no other test is told."""
    while True:
        port = FIRST + EACH * _WORKER + next(_asked) % EACH
        with socket.socket() as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listening.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
