"""Bytes over one connection, as many as go through, but no more than was asked.

send HOST PORT MBIT SECONDS, receive PORT SECONDS: at the end a line for each half second: its begin, bytes that came.
"""

import socket
import sys
import time
from collections import Counter

SLOT = 0.5
EVERY = 0.01
BUFFER = 64 * 1024


def send(host: str, port: int, mbit: float, until: float) -> None:
    """Until that time; what could not be sent is not made up for."""
    data = bytes(int(mbit * 1e6 / 8 * EVERY))
    while time.time() < until:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as out:
                out.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
                out.settimeout(5)
                out.connect((host, port))
                while time.time() < until:
                    out.sendall(data)
                    time.sleep(EVERY)
        except OSError:
            time.sleep(EVERY)


def receive(port: int, until: float) -> None:
    """Until that time."""
    came: Counter[float] = Counter()
    with socket.create_server(("", port)) as server:
        server.settimeout(0.5)
        while time.time() < until:
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(1)
                _drain(connection, came, until)
    for begin, count in sorted(came.items()):
        print(begin, count)


def _drain(connection: socket.socket, came: Counter[float], until: float) -> None:
    while time.time() < until:
        try:
            size = len(connection.recv(65536))
        except TimeoutError:
            continue
        except OSError:
            return
        now = time.time()
        came[now - now % SLOT] += size
        if not size:
            return


if __name__ == "__main__":
    last = time.time() + float(sys.argv[-1])
    if sys.argv[1] == "send":
        send(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), last)
    else:
        receive(int(sys.argv[2]), last)
