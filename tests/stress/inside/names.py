"""Asks the pod's name server for a name, ten times a second. A line each: when, and the answer's code, or `silent`.

NAME SECONDS.
"""

import socket
import struct
import sys
import time

EVERY = 0.1
PATIENCE = 0.4


def question(number: int, name: str) -> bytes:
    """For its IPv4 addresses."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)


def ask(server: str, number: int, name: str) -> str:
    """The answer's code: 0 is found, 3 is no such name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.settimeout(PATIENCE)
        out.connect((server, 53))
        try:
            out.send(question(number, name))
            return str(out.recv(4096)[3] & 0xF)
        except OSError:
            return "silent"


def main(name: str, until: float) -> None:
    """Until that time."""
    with open("/etc/resolv.conf", encoding="ascii") as settings:
        server = next(line.split()[1] for line in settings if line.startswith("nameserver"))
    number = 0
    while time.time() < until:
        number += 1
        began = time.time()
        print(began, ask(server, number % 65536, name), flush=True)
        time.sleep(EVERY)


if __name__ == "__main__":
    main(sys.argv[1], time.time() + float(sys.argv[2]))
