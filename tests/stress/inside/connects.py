"""Opens a connection every 50 ms and asks over it.

A line each: when, what came of it, seconds until it was connected, seconds until all was over.

HOST PORT PATH SECONDS; the path `-` asks nothing.
"""

import socket
import sys
import time

PATIENCE = 0.8
"""Seconds; shorter than the second after which TCP asks again, when a fault may be over."""
EVERY = 0.05


def main(host: str, port: int, path: str, until: float) -> None:
    """Until that time."""
    while time.time() < until:
        began = time.time()
        connected = 0.0
        outcome = "unreachable"
        try:
            with socket.create_connection((host, port), PATIENCE) as connection:
                connected = time.time() - began
                outcome = "connected" if path == "-" else _asked(connection, path)
        except ConnectionRefusedError:
            outcome = "refused"
        except TimeoutError:
            outcome = "hangs" if connected else "silent"
        except OSError as error:
            outcome = type(error).__name__
        print(began, outcome, connected, time.time() - began, flush=True)
        time.sleep(EVERY)


def _asked(connection: socket.socket, path: str) -> str:
    connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    return "answered" if connection.recv(1) else "closed"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], time.time() + float(sys.argv[4]))
