"""Datagrams, a thousand a second, each with its number and the time at which it was sent.

send HOST PORT SECONDS, receive PORT SECONDS. At the end a line for each half second of sending: its begin, how many
were sent; or how many of them came, and how many came once more.
"""

import socket
import struct
import sys
import time
from collections import Counter

FORM = struct.Struct("!qd")
BURST, EVERY = 10, 0.01
SLOT = 0.5


def slot(moment: float) -> float:
    """The begin of its half second."""
    return moment - moment % SLOT


def send(host: str, port: int, until: float) -> None:
    """Until that time."""
    sent: Counter[float] = Counter()
    number = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        while time.time() < until:
            for _ in range(BURST):
                now = time.time()
                number += 1
                sent[slot(now)] += 1
                _put(out, FORM.pack(number, now), (host, port))
            time.sleep(EVERY)
    for begin, count in sorted(sent.items()):
        print(begin, count)


def _put(out: socket.socket, data: bytes, to: tuple[str, int]) -> None:
    try:
        out.sendto(data, to)
    except OSError:
        return  # dropped on its way out: to who sends by UDP that is an error


def receive(port: int, until: float) -> None:
    """Until that time."""
    came: Counter[float] = Counter()
    again: Counter[float] = Counter()
    seen: set[int] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as incoming:
        incoming.bind(("", port))
        incoming.settimeout(0.2)
        while time.time() < until:
            try:
                number, sent_at = FORM.unpack(incoming.recv(FORM.size))
            except TimeoutError:
                continue
            (again if number in seen else came)[slot(sent_at)] += 1
            seen.add(number)
    for begin in sorted(came):
        print(begin, came[begin], again[begin])


if __name__ == "__main__":
    last = time.time() + float(sys.argv[-1])
    if sys.argv[1] == "send":
        send(sys.argv[2], int(sys.argv[3]), last)
    else:
        receive(int(sys.argv[2]), last)
