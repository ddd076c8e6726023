"""Keeps one connection open, and opens another when it is gone. A line each time it goes: when, how.

HOST PORT SECONDS.
"""

import socket
import sys
import time

LOOK = 0.1
PAUSE = 0.2


def main(host: str, port: int, until: float) -> None:
    """Until that time."""
    while time.time() < until:
        try:
            with socket.create_connection((host, port), 1.0) as connection:
                connection.settimeout(LOOK)
                _keep(connection, until)
        except ConnectionResetError:
            print(time.time(), "cut", flush=True)
        except OSError as error:
            print(time.time(), type(error).__name__, flush=True)
        time.sleep(PAUSE)


def _keep(connection: socket.socket, until: float) -> None:
    while time.time() < until:
        try:
            if not connection.recv(1024):
                print(time.time(), "closed", flush=True)
                return
        except TimeoutError:
            continue


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), time.time() + float(sys.argv[3]))
