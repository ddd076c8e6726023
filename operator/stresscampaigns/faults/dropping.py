"""Packets that vanish: whoever sends one is not told.

A plain `drop` of a packet that leaves the pod is told to its sender: UDP's gets an error, and TCP does not count the
packet as lost. So it goes into a queue that nobody reads: the kernel throws it away there, and nobody hears of it.
"""

from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.nft import Nft, nft
from stresscampaigns.faults.packets import PacketFault
from stresscampaigns.faults.queue import UNREAD, check_queueing, send_to_queue

_CHAIN = "vanish"
DROP = f"counter jump {_CHAIN}"
"""nftables' words for it."""


class DroppingFault(PacketFault):
    """Some of a flow's packets vanish.

    Args:
        verdict: ends in `DROP` for those packets, or jumps to `chains` of which one does.
    """

    def __init__(
        self, table: str, flow: Flow, verdict: str = DROP, chains: str = "", run_nft: Nft = nft
    ) -> None:
        every = f"chain {_CHAIN} {{ }}\n  {chains}".rstrip()
        super().__init__(table, flow, verdict, "packets dropped", run_nft, every)

    def check(self) -> None:
        """Are nftables and its queues there?"""
        check_queueing()
        super().check()

    def inject(self, seconds: float) -> None:
        """The rules; then where packets vanish."""
        super().inject(seconds)
        send_to_queue(self.table, _CHAIN, UNREAD, bypass=False)
