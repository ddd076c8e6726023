"""New connections to others' port go to a port of this pod's loopback instead, while the fault's element is in its set.

How it ends by itself: as in packets.py, the kernel takes the element out; the next connection goes where it was meant
to. The kernel's NAT decides once for a connection: those that were redirected end with who answers them here. Where
that one is stopped, they are reset as soon as their client says something after the deadline. An acknowledgement says
nothing: answers that are under way at the deadline may come.
"""

from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.nft import Nft, nft
from stresscampaigns.faults.packets import PacketFault

MARK = 0x53545253
"""Of packets that are never redirected: those of a proxy of ours, whichever fault it is of."""
FIRST = "tcp flags & (fin | syn | rst | ack) == syn"
"""nftables' words for a connection's first packet."""
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
