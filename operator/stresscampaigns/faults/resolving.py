"""Names that do not resolve: DnsFailure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stresscampaigns.api.fault_protocol import FaultOrder
from stresscampaigns.faults import dns
from stresscampaigns.faults.dropping import DroppingFault
from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.protocol import Fault
from stresscampaigns.faults.queue import Packet
from stresscampaigns.faults.queued import QueuedFault
from stresscampaigns.faults.treatments import ALL, Treated, Treatment

_PORT = 53
_CODES = {"ServerFailure": dns.SERVER_FAILED, "NoSuchName": dns.NO_SUCH_NAME}
_RESOLVER = Path("/etc/resolv.conf")


def searched(resolver: Path = _RESOLVER) -> tuple[str, ...]:
    """The domains that the pod's resolver puts behind short names."""
    lines = resolver.read_text().splitlines() if resolver.exists() else []
    lists = [line.split()[1:] for line in lines if line.startswith("search")]
    return tuple(lists[-1]) if lists else ()


class Names:
    """Some names: as they are, with a search domain behind, and for `*.one` all below `one`."""

    def __init__(self, names: Iterable[str], search: Iterable[str]) -> None:
        told = [name.lower().rstrip(".") for name in names]
        self._below = tuple(name[1:] for name in told if name.startswith("*."))
        exact = [name for name in told if not name.startswith("*.")]
        self._exact = {*exact, *(f"{name}.{domain.lower()}" for name in exact for domain in search)}

    def __contains__(self, name: str) -> bool:
        return name in self._exact or name.endswith(self._below)


@dataclass
class Unresolved(Treatment):
    """Questions for these names, or for all, get no answer, or by UDP one with a failure's `code`."""

    names: Names | None
    code: int | None
    unit = "questions unanswered"
    copied = ALL

    def treat(self, packet: Packet, now: float) -> Treated:
        """At once."""
        name = dns.asked_name(packet.data)
        if name is None or (self.names is not None and name not in self.names):
            return Treated(now)
        self.harmed += 1
        if self.code is None or dns.transport(packet.data) != dns.UDP:
            return Treated(now, passes=False)
        return Treated(now, data=dns.refused(packet.data, self.code))


def _failure(order: FaultOrder) -> Fault:
    flow = Flow(("udp", "tcp"), _PORT, None, "to")
    names, code = order.settings.get("names"), _CODES.get(order.settings.get("how", "Silent"))
    if names is None and code is None:
        return DroppingFault(order.id, flow)
    chosen = None if names is None else Names(names, searched())
    return QueuedFault(order.id, flow, Unresolved(chosen, code))


MAKERS: Mapping[str, Callable[[FaultOrder], Fault]] = {"DnsFailure": _failure}
