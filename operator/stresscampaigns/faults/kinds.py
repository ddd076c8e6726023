"""Which module makes which type of fault."""

from collections.abc import Callable

from stresscampaigns.api.fault_protocol import FaultOrder
from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.packets import PacketFault
from stresscampaigns.faults.protocol import CannotWork, Fault
from stresscampaigns.faults.within import Within

_OF_TEN_THOUSAND = 10_000


def made(order: FaultOrder) -> Fault:
    """The fault that an order asks for.

    Raises:
        CannotWork: this image knows no such fault: operator and image are of different versions.
    """
    maker = _MAKERS.get(order.type)
    if maker is None:
        raise CannotWork(
            f"this sidecar's image knows no {order.type}: it is older than the operator; see images.fault of the chart"
        )
    return maker(order)


def _partition(order: FaultOrder) -> Fault:
    return PacketFault(order.id, Flow.of(order.settings, "both"), "counter drop", "packets dropped")


def _loss(order: FaultOrder) -> Fault:
    threshold = round(order.settings["share"] * _OF_TEN_THOUSAND)
    verdict = f"numgen random mod {_OF_TEN_THOUSAND} < {threshold} counter drop"
    return PacketFault(order.id, Flow.of(order.settings, "to"), verdict, "packets dropped")


_MAKERS: dict[str, Callable[[FaultOrder], Fault]] = {
    "NetworkPartition": _partition,
    "NetworkLoss": _loss,
    "CpuPressure": lambda order: Within("CPU milliseconds burnt"),
    "MemoryPressure": lambda order: Within("bytes held"),
    "DiskFull": lambda order: Within("bytes written"),
    "ServiceCrash": lambda order: Within("processes killed", lasting=False),
}
