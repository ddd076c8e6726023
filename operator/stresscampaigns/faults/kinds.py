"""Which module makes which type of fault."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from stresscampaigns.api.fault_protocol import FaultOrder
from stresscampaigns.faults import database, network, resolving, service_ports
from stresscampaigns.faults.mesh import proxies
from stresscampaigns.faults.protocol import CannotWork, Fault
from stresscampaigns.faults.within import Within


def _pool_exhausted(order: FaultOrder) -> Fault:
    from stresscampaigns.faults.connections import (
        exhausted,
    )  # its passwords need 4 MB that no other sidecar should

    return exhausted(order)


def _external_api_failing(order: FaultOrder) -> Fault:
    from stresscampaigns.faults.external import failing

    return failing(order)


def _custom(order: FaultOrder) -> Fault:
    from stresscampaigns.faults.custom import custom

    return custom(order)


MAKERS: Mapping[str, Callable[[FaultOrder], Fault]] = {
    **network.MAKERS,
    **database.MAKERS,
    **service_ports.MAKERS,
    **resolving.MAKERS,
    "DatabasePoolExhausted": _pool_exhausted,
    "ExternalApiFailure": _external_api_failing,
    "CpuPressure": lambda order: Within("CPU milliseconds burnt"),
    "MemoryPressure": lambda order: Within("bytes held"),
    "DiskFull": lambda order: Within("bytes written"),
    "Custom": _custom,
    "ServiceCrash": lambda order: Within("processes killed", lasting=False),
}


def made(order: FaultOrder) -> Fault:
    """The fault that an order asks for.

    Raises:
        CannotWork: this image knows no such fault: operator and image are of different versions.
    """
    maker = MAKERS.get(order.type)
    if maker is None:
        raise CannotWork(
            f"this sidecar's image knows no {order.type}: it is older than the operator; see images.fault of the chart"
        )
    if "port" in order.settings:
        order = replace(order, settings={**order.settings, "aside": proxies()})
    return maker(order)
