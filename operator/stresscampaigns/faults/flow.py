"""Which packets a fault hits, in nftables' words.

One hook a direction. In each, a packet is hit whichever end of it is the pod's: the port may be one that the pod serves
or one that it calls. Loopback is never hit: what a pod says to itself is no network.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_network

from stresscampaigns.api.fault_protocol import Settings

ON = "meta l4proto @on"
"""True for as long as the kernel keeps the fault's element in the set `on`."""


@dataclass(frozen=True)
class Flow:
    """A fault's traffic. No peers: anybody's; no port: every one."""

    protocols: tuple[str, ...] = ("tcp",)
    port: int | None = None
    peers: tuple[str, ...] | None = None
    direction: str = "both"
    served: bool = True
    """Also where the port is one that the pod serves."""
    aside: tuple[int, ...] = ()
    """Users whose calls of the port are left alone."""

    @staticmethod
    def of(settings: Settings, direction: str) -> "Flow":
        """As an order says; `direction` where it says none."""
        protocol, port = settings.get("protocol"), settings.get("port")
        protocols = (protocol.lower(),) if protocol else (("tcp",) if port else ("tcp", "udp"))
        peers = settings.get("peers")
        told = settings.get("direction") or direction
        aside = tuple(settings.get("aside") or ())
        return Flow(protocols, port, None if peers is None else tuple(peers), told, aside=aside)

    def of_calls(self) -> "Flow":
        """Only what the pod asks others for."""
        return replace(self, served=False)

    def of_family(self, version: int) -> "Flow":
        """Of its peers only those whose addresses are of this version of IP."""
        if self.peers is None:
            return self
        return replace(self, peers=tuple(one for one in self.peers if _version(one) == version))

    def hooks(self) -> Iterator[tuple[str, str]]:
        """Hook and the match of one rule in it."""
        if self.direction in ("from", "both"):
            yield from (("input", f'iifname != "lo" {ON}{rest}') for rest in self._rests("saddr"))
        if self.direction in ("to", "both"):
            yield from (("output", f'oifname != "lo" {ON}{rest}') for rest in self._rests("daddr"))

    def _rests(self, side: str) -> Iterator[str]:
        for peers in self._peers(side):
            if self.port is None:
                yield peers
            else:
                if self.served:
                    yield f"{peers} th sport {self.port}"
                yield f"{peers} th dport {self.port}{self._callers(side)}"

    def _callers(self, side: str) -> str:
        if side != "daddr" or not self.aside:
            return ""
        return f" meta skuid != {{ {', '.join(map(str, self.aside))} }}"

    def _peers(self, side: str) -> Iterator[str]:
        if self.peers is None:
            yield ""
            return
        for family, version in (("ip", 4), ("ip6", 6)):
            of_family = [one for one in self.peers if _version(one) == version]
            if of_family:
                yield f" {family} {side} {{ {', '.join(of_family)} }}"


def _version(network: str) -> int:
    return ip_network(network, strict=False).version
