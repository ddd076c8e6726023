"""Packets that leave the pod twice: the kernel sends the copies.

nftables has this word for each family of addresses alone, so there is a table for each.
"""

from pathlib import Path
from typing import Literal

from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.nft import Nft, nft
from stresscampaigns.faults.packets import PacketFault

_FAMILIES: dict[Literal["ip", "ip6"], int] = {"ip": 4, "ip6": 6}
_ADDRESSES = Path("/proc/self/net/if_inet6")
_FIRST = "meta skuid >= 0"
"""A copy belongs to no socket: it comes by here, too, and must not be copied again."""


class Duplication:
    """Of the flow's packets that leave the pod, those that `picked` (nftables' words) picks go out twice."""

    unit = "packets sent twice"

    def __init__(self, table: str, flow: Flow, picked: str, run_nft: Nft = nft) -> None:
        self._parts = [
            PacketFault(
                table,
                flow.of_family(version),
                f"{_FIRST} {picked}".rstrip() + f" counter dup to {family} daddr",
                self.unit,
                run_nft,
                family=family,
            )
            for family, version in _FAMILIES.items()
            if version == 4 or (_ADDRESSES.exists() and _ADDRESSES.read_text())
        ]

    def check(self) -> None:
        """Has the kernel such rules?"""
        for part in self._parts:
            part.check()

    def inject(self, seconds: float) -> None:
        """One transaction for each family."""
        for part in self._parts:
            part.inject(seconds)

    def evidence(self) -> int:
        """The rules' own counters."""
        return sum(part.evidence() for part in self._parts)

    def end(self) -> None:
        """Take the tables away."""
        for part in self._parts:
            part.end()

    def gone(self) -> bool:
        """Is none of them left?"""
        return all(part.gone() for part in self._parts)
