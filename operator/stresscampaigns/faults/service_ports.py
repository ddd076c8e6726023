"""Services that listen and do not serve: ServiceHang, ServiceUnready."""

import os
import socket
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path

from stresscampaigns.api.fault_protocol import NODE_ADDRESSES, FaultOrder
from stresscampaigns.faults.dropping import DROP, DroppingFault
from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.protocol import CannotWork, Fault

_LONGEST_EMPTY = 100
"""Bytes of the longest packet without data: IPv6's header and TCP's with all its options."""
_DATA = f"chain data {{ tcp flags & psh != 0 {DROP}; meta length > {_LONGEST_EMPTY} {DROP}; }}"
_ROUTES, _ROUTES_IPV6 = Path("/proc/self/net/route"), Path("/proc/self/net/ipv6_route")


def _hang(order: FaultOrder) -> Fault:
    """Handshakes, acknowledgements and ends pass; data of either side do not."""
    flow = Flow.of(order.settings, "both")
    return DroppingFault(order.id, flow, "jump data", _DATA)


def node_addresses() -> tuple[str, ...]:
    """From where the node's agent asks: the node's own addresses, and the pod's gateways, which may be the node's."""
    told = os.environ.get(NODE_ADDRESSES, "").split(",")
    found = {one.strip() for one in told if one.strip()} | _gateways() | _gateways_ipv6()
    return tuple(sorted(found))


def _gateways() -> set[str]:
    if not _ROUTES.exists():
        return set()
    lines = [line.split() for line in _ROUTES.read_text().splitlines()[1:]]
    raw = [int(line[2], 16).to_bytes(4, "little") for line in lines if int(line[2], 16)]
    return {socket.inet_ntoa(one) for one in raw}


def _gateways_ipv6() -> set[str]:
    if not _ROUTES_IPV6.exists():
        return set()
    raw = [bytes.fromhex(line.split()[4]) for line in _ROUTES_IPV6.read_text().splitlines()]
    return {str(ip_address(one)) for one in raw if any(one)}


def _unready(order: FaultOrder) -> Fault:
    nodes = node_addresses()
    if not nodes:
        raise CannotWork(
            "from where the node asks whether the pod is ready is not known: no gateway, no address"
        )
    flow = Flow.of({**order.settings, "peers": nodes}, "both")
    return DroppingFault(order.id, flow)


MAKERS: Mapping[str, Callable[[FaultOrder], Fault]] = {"ServiceHang": _hang, "ServiceUnready": _unready}
