"""Connections that exist, listed and cut by the kernel, and who waits for them (SOCK_DIAG).

Source: linux/inet_diag.h, linux/sock_diag.h.
"""

import errno
import socket
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network

from stresscampaigns.faults.netlink import ACK, DUMP, REQUEST, SOCK_DIAG, Message, Wire
from stresscampaigns.faults.protocol import CannotWork

_LIST, _DESTROY = 20, 21
_TCP = 6
_ESTABLISHED, _CLOSE_WAIT, _LISTENING = 1, 8, 10
_CONNECTED = 1 << _ESTABLISHED | 1 << _CLOSE_WAIT
_REQUEST = struct.Struct("=BBBBI")
_IDENTITY = slice(4, 52)
_USER = 64
_ANY_COOKIE = b"\xff" * 8


@dataclass(frozen=True)
class Connection:
    """One, by the kernel's own identity of its socket."""

    family: int
    port: int
    peer_port: int
    own: IPv4Address | IPv6Address
    peer: IPv4Address | IPv6Address
    identity: bytes

    @property
    def inside(self) -> bool:
        """Is it one of the pod with itself?"""
        return self.peer.is_loopback or self.own == self.peer


def check_cutting() -> None:
    """See that the kernel cuts, by having it end a socket of our own.

    Raises:
        CannotWork: it does not, or we may not.
    """
    with _kernel() as wire, socket.create_server(("127.0.0.1", 0)) as own:
        ends = struct.pack(">HH", own.getsockname()[1], 0) + socket.inet_aton("127.0.0.1")
        wire.ask(_asked(_DESTROY, socket.AF_INET, ends + bytes(32) + _ANY_COOKIE, ACK))


def cut(port: int, peers: tuple[str, ...] | None, served: bool = True) -> int:
    """Cut every connection that has this port at either end, but the pod's with itself; how many they were.

    Args:
        port: whichever end of the connection is the pod's.
        peers: those with these networks alone; None: with anybody.
        served: also those that the pod has accepted.

    Raises:
        CannotWork: the kernel refused.
    """
    networks = None if peers is None else [ip_network(one, strict=False) for one in peers]
    cut = 0
    with _kernel() as wire:
        for one in [*_listed(wire, socket.AF_INET), *_listed(wire, socket.AF_INET6)]:
            of_peer = networks is None or any(one.peer in network for network in networks)
            ports = (one.port, one.peer_port) if served else (one.peer_port,)
            if port in ports and of_peer and not one.inside:
                cut += _destroyed(wire, one)
    return cut


def listeners(ports: Collection[int]) -> set[int]:
    """The users whose programs listen for connections at any of these ports in the pod.

    Raises:
        CannotWork: the kernel does not tell.
    """
    with _kernel() as wire:
        return {
            struct.unpack_from("=I", message.body, _USER)[0]
            for family in (socket.AF_INET, socket.AF_INET6)
            for message in wire.ask(_asked(_LIST, family, bytes(48), DUMP, 1 << _LISTENING))
            if struct.unpack_from(">H", message.body, _IDENTITY.start)[0] in ports
        }


@contextmanager
def _kernel() -> Iterator[Wire]:
    wire = Wire(SOCK_DIAG)
    try:
        yield wire
    except OSError as error:
        raise CannotWork(
            f"connections cannot be cut in this pod ({error.strerror}); it takes the capability NET_ADMIN and a kernel "
            "with CONFIG_INET_DIAG_DESTROY"
        ) from error
    finally:
        wire.close()


def _listed(wire: Wire, family: int) -> Iterator[Connection]:
    for message in wire.ask(_asked(_LIST, family, bytes(48), DUMP)):
        identity = message.body[_IDENTITY]
        port, peer_port = struct.unpack_from(">HH", identity)
        own, peer = (_address(identity[start : start + 16], family) for start in (4, 20))
        yield Connection(family, port, peer_port, own, peer, identity)


def _address(raw: bytes, family: int) -> IPv4Address | IPv6Address:
    """An IPv4 address, too, where a socket of IPv6 speaks with one."""
    if family == socket.AF_INET:
        return IPv4Address(raw[:4])
    address = IPv6Address(raw)
    return address.ipv4_mapped or address


def _destroyed(wire: Wire, one: Connection) -> bool:
    """False where it had ended by itself."""
    try:
        wire.ask(_asked(_DESTROY, one.family, one.identity, ACK))
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
        return False
    return True


def _asked(kind: int, family: int, identity: bytes, flags: int, states: int = _CONNECTED) -> Message:
    return Message(kind, _REQUEST.pack(family, _TCP, 0, 0, states) + identity, REQUEST | flags)
