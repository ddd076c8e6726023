"""Netlink, the kernel's own wire: messages of attributes, packed and unpacked.

Source: linux/netlink.h, linux/netfilter/nfnetlink.h. It spares the sidecar's image every other library and tool.
"""

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

NETFILTER, SOCK_DIAG = 12, 4
REQUEST, ACK, DUMP = 0x1, 0x4, 0x300
CREATE_LAST = 0xC00
"""A new object, after those that are there."""
_ERROR, _DONE = 2, 3
_NESTED = 0x8000
_HEADER = struct.Struct("=IHHII")
_SOL_NETLINK, _NO_ENOBUFS, _SO_RCVBUFFORCE = 270, 5, 33
LARGEST = 1 << 17
"""Bytes of the longest message: a packet of 64 KiB with its attributes, or a dump's part."""


@dataclass(frozen=True)
class Message:
    """One message; `body` is what follows netlink's own header."""

    kind: int
    body: bytes
    flags: int = REQUEST

    def packed(self, sequence: int = 0) -> bytes:
        """As bytes, filled up to a multiple of four."""
        head = _HEADER.pack(_HEADER.size + len(self.body), self.kind, self.flags, sequence, 0)
        return _aligned(head + self.body)


def netfilter(subsystem: int, kind: int, attributes: bytes, flags: int = REQUEST, **head: int) -> Message:
    """A message to a part of netfilter; `family` and `resource` stand in its own header."""
    own = struct.pack(">BBH", head.get("family", 0), 0, head.get("resource", 0))
    return Message(subsystem << 8 | kind, own + attributes, flags)


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute."""
    return _aligned(struct.pack("=HH", 4 + len(value), kind) + value)


def text(kind: int, value: str) -> bytes:
    """One that holds a string."""
    return attribute(kind, value.encode() + b"\0")


def number(kind: int, value: int) -> bytes:
    """One that holds 32 bits in network order."""
    return attribute(kind, struct.pack(">I", value))


def nested(kind: int, *inner: bytes) -> bytes:
    """One that holds others."""
    return attribute(kind | _NESTED, b"".join(inner))


def attributes(body: bytes, start: int) -> dict[int, bytes]:
    """What a message holds, by kind."""
    found = {}
    while start + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, start)
        if length < 4:
            break
        found[kind & 0x3FFF] = body[start + 4 : start + length]
        start += length + 3 & ~3
    return found


def messages(datagram: bytes) -> Iterator[Message]:
    """Those that one read brought."""
    start = 0
    while start + _HEADER.size <= len(datagram):
        length, kind, flags, _, _ = _HEADER.unpack_from(datagram, start)
        yield Message(kind, datagram[start + _HEADER.size : start + length], flags)
        start += max(length + 3 & ~3, _HEADER.size)


class Wire:
    """A socket to one family of the kernel's services, in the network namespace of who makes it."""

    def __init__(self, family: int) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
        self._socket.bind((0, 0))

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    def close(self) -> None:
        """What was bound to the socket goes with it."""
        self._socket.close()

    def take_bursts(self, size: int) -> None:
        """Room for so many bytes of what the kernel sends unasked; what finds none is lost, and no error."""
        self._socket.setblocking(False)
        self._socket.setsockopt(_SOL_NETLINK, _NO_ENOBUFS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)

    def send(self, *sent: Message) -> None:
        """Several go in one call."""
        self._socket.send(b"".join(one.packed() for one in sent))

    def read(self) -> bytes:
        """One datagram; nothing where none is there."""
        try:
            return self._socket.recv(LARGEST)
        except BlockingIOError:
            return b""

    def ask(self, *sent: Message) -> list[Message]:
        """Send, and read up to the acknowledgement of the last message that asks for one, or a dump's end.

        Raises:
            OSError: the kernel said no; errno says why.
        """
        self.send(*sent)
        waits = sum(1 for one in sent if one.flags & (ACK | DUMP))
        told: list[Message] = []
        while waits:
            for message in messages(self._socket.recv(LARGEST)):
                if message.kind in (_ERROR, _DONE):
                    _raise_for(message)
                    waits -= 1
                else:
                    told.append(message)
        return told


def _raise_for(message: Message) -> None:
    (code,) = struct.unpack_from("=i", message.body) if len(message.body) >= 4 else (0,)
    if code:
        raise OSError(-code, os.strerror(-code))


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
