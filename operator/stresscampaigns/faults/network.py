"""Faults of the network: which packets, and what becomes of them."""

from collections.abc import Callable, Mapping

from stresscampaigns.api.fault_protocol import FaultOrder
from stresscampaigns.faults.dropping import DROP, DroppingFault
from stresscampaigns.faults.duplication import Duplication
from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.protocol import Fault
from stresscampaigns.faults.queued import QueuedFault
from stresscampaigns.faults.treatments import Delay, Flip, Pace

_OF = 1_000_000


def by_chance(share: float) -> str:
    """nftables' words for a share of all packets, never none; empty for all of them."""
    parts = max(1, round(share * _OF))
    return f"numgen random mod {_OF} < {parts}" if parts < _OF else ""


def _partition(order: FaultOrder) -> Fault:
    return DroppingFault(order.id, Flow.of(order.settings, "both"))


def _loss(order: FaultOrder) -> Fault:
    verdict = f"{by_chance(order.settings['share'])} {DROP}".strip()
    return DroppingFault(order.id, Flow.of(order.settings, "to"), verdict)


def latency(order: FaultOrder) -> Fault:
    """Packets are held back."""
    treatment = Delay(order.settings["latency"], order.settings.get("jitter", 0.0))
    return QueuedFault(order.id, Flow.of(order.settings, "to"), treatment)


def _bandwidth(order: FaultOrder) -> Fault:
    return QueuedFault(order.id, Flow.of(order.settings, "to"), Pace(order.settings["rate"] / 8))


def _corruption(order: FaultOrder) -> Fault:
    flow = Flow.of(order.settings, "to")
    return QueuedFault(order.id, flow, Flip(), by_chance(order.settings["share"]))


def _duplication(order: FaultOrder) -> Fault:
    return Duplication(order.id, Flow.of(order.settings, "to"), by_chance(order.settings["share"]))


MAKERS: Mapping[str, Callable[[FaultOrder], Fault]] = {
    "NetworkPartition": _partition,
    "NetworkLoss": _loss,
    "NetworkLatency": latency,
    "NetworkBandwidth": _bandwidth,
    "NetworkCorruption": _corruption,
    "NetworkDuplication": _duplication,
}
