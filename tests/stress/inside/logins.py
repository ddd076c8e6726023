"""Begins to log in to PostgreSQL, ten times a second. A line each: when, `asked` (for the password) or the SQLSTATE.

HOST PORT SECONDS. Source: PostgreSQL, Frontend/Backend Protocol, Start-up and Error and Notice Message Fields.
"""

import socket
import struct
import sys
import time

EVERY = 0.1
PATIENCE = 1.0
VERSION = 196_608


def start(user: str) -> bytes:
    """The first message."""
    words = b"".join(part + b"\0" for part in (b"user", user.encode(), b"database", b"postgres")) + b"\0"
    return struct.pack("!II", 8 + len(words), VERSION) + words


def log_in(host: str, port: int) -> str:
    """What came of it."""
    try:
        with socket.create_connection((host, port), PATIENCE) as connection:
            connection.sendall(start("agents"))
            answer = connection.recv(4096)
    except OSError as error:
        return type(error).__name__
    if answer[:1] == b"R":
        return "asked"
    codes = [field[1:].decode() for field in answer[5:].split(b"\0") if field[:1] == b"C"]
    return codes[0] if codes else "closed"


def main(host: str, port: int, until: float) -> None:
    """Until that time."""
    while time.time() < until:
        print(time.time(), log_in(host, port), flush=True)
        time.sleep(EVERY)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), time.time() + float(sys.argv[3]))
