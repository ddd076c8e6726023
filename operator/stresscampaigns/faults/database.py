"""Faults of a database, seen from its port: in its own pod, or in one of its clients'."""

from collections.abc import Callable, Mapping

from stresscampaigns.api.fault_protocol import FaultOrder
from stresscampaigns.faults.dropping import DroppingFault
from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.network import latency
from stresscampaigns.faults.packets import PacketFault
from stresscampaigns.faults.protocol import Fault
from stresscampaigns.faults.sockets import check_cutting, cut

_REFUSE = "tcp flags & rst == 0 counter reject with tcp reset"
"""Both ends are told, whoever speaks next; what tells them is a packet of the same flow, and must pass."""


def _unavailable(order: FaultOrder) -> Fault:
    flow = Flow.of(order.settings, "both")
    if order.settings.get("how") == "Silent":
        return DroppingFault(order.id, flow)
    return PacketFault(order.id, flow, _REFUSE, "packets refused")


class Cut:
    """Connections that exist are cut at one moment. Nothing is in force after it, so nothing needs to be ended."""

    unit = "connections cut"

    def __init__(self, port: int, peers: tuple[str, ...] | None) -> None:
        self._port = port
        self._peers = peers
        self._cut = 0

    def check(self) -> None:
        """Does the kernel do it?"""
        check_cutting()

    def inject(self, seconds: float) -> None:
        """Both ends are told by a reset; new connections pass."""
        self._cut = cut(self._port, self._peers)

    def evidence(self) -> int:
        """How many they were."""
        return self._cut

    def end(self) -> None:
        """Nothing to do."""

    def gone(self) -> bool:
        """It was, from the moment on."""
        return True


def _cut(order: FaultOrder) -> Fault:
    peers = order.settings.get("peers")
    return Cut(order.settings["port"], None if peers is None else tuple(peers))


MAKERS: Mapping[str, Callable[[FaultOrder], Fault]] = {
    "DatabaseUnavailable": _unavailable,
    "DatabaseSlow": latency,
    "DatabaseConnectionsCut": _cut,
}
