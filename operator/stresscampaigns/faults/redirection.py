"""New connections to others' port go to a port of this pod's loopback instead, while the fault's element is in its set.

How it ends by itself: as in packets.py, the kernel takes the element out; the next connection goes where it was meant
to. The kernel's NAT decides once for a connection: those that were redirected end with who answers them here. Where
that one is stopped, they are reset as soon as their client says something after the deadline. An acknowledgement says
nothing: answers that are under way at the deadline may come.

Where a redirected connection was meant to go, the kernel still knows.
"""

import socket
import struct

from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.nft import Nft, nft
from stresscampaigns.faults.packets import PacketFault

MARK = 0x53545253
"""Of packets that are never redirected: those of a proxy of ours, whichever fault it is of."""
FIRST = "tcp flags & (fin | syn | rst | ack) == syn"
"""nftables' words for a connection's first packet."""
_ORIGINAL = 80
_LEVELS = {socket.AF_INET: (0, 16), socket.AF_INET6: (41, 28)}
_SAYS = "tcp flags & psh == psh"
"""Of a packet that ends what an application had to say: TCP pushes it, and no bare acknowledgement."""


class Redirection(PacketFault):
    """Connections of the flow go to `port`."""

    kind = "nat"
    priority = -101
    """Before others' own redirections: nothing is redirected twice."""

    def __init__(self, table: str, flow: Flow, port: int, run_nft: Nft = nft) -> None:
        verdict = f"{FIRST} meta mark != {MARK:#x} counter redirect to :{port}"
        over = (
            "chain over {\n    type filter hook output priority 0; policy accept;\n"
            f"    tcp dport {port} ct status dnat {_SAYS} meta l4proto != @on reject with tcp reset\n  }}"
        )
        super().__init__(table, flow, verdict, "connections redirected", run_nft, over)


def meant(client: socket.socket) -> tuple[str, int]:
    """Where a redirected connection was to go. Source: linux/netfilter_ipv4.h, linux/netfilter_ipv6/ip6_tables.h."""
    level, size = _LEVELS[client.family]
    raw = client.getsockopt(level, _ORIGINAL, size)
    (port,) = struct.unpack_from(">H", raw, 2)
    packed = raw[4:8] if client.family == socket.AF_INET else raw[8:24]
    return socket.inet_ntop(client.family, packed), port
