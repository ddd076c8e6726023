"""Which faults there are, and which of a fault's fields each of them takes."""

from dataclasses import dataclass
from typing import Literal

from pydantic.config import JsonDict

from stresscampaigns.api.base import cel

FaultType = Literal[
    "NetworkPartition",
    "NetworkLatency",
    "NetworkLoss",
    "NetworkBandwidth",
    "NetworkDuplication",
    "NetworkCorruption",
    "DatabaseUnavailable",
    "DatabaseSlow",
    "DatabaseConnectionsCut",
    "DatabasePoolExhausted",
    "ServiceHang",
    "ServiceUnready",
    "DnsFailure",
    "ExternalApiFailure",
    "CpuPressure",
    "MemoryPressure",
    "DiskFull",
    "ServiceCrash",
    "PodKill",
    "Custom",
    "BadRollout",
]
How = Literal["Refused", "Silent", "NoSuchName", "ServerFailure"]
Place = Literal["network", "server", "container", "cluster", "sidecar"]
"""Where it is broken: in the pod's network; at its server, by one of its clients; by a process within the target's
container; by the operator itself; by a user's own program beside the target."""


@dataclass(frozen=True)
class Takes:
    """Fields by their wire names: `needs` must be there, `may` can be; no other of `FIELDS` can."""

    what: str
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    """At least one of these, or its `how`, must be there, too; they need not be repeated in `may`."""
    hows: tuple[How, ...] = ()
    """What its `how` can be; the default first, unless it can be left out for `one_of`."""
    place: Place = "network"

    @property
    def fields(self) -> tuple[str, ...]:
        """All that it takes."""
        return (*self.needs, *self.may, *self.one_of, *(("how",) if self.hows else ()))


_FLOW = ("protocol", "direction")
_WHERE = ("port", "peers")
TYPES: dict[FaultType, Takes] = {
    "NetworkPartition": Takes("packets are dropped", may=_FLOW, one_of=_WHERE),
    "NetworkLatency": Takes(
        "packets are held back for `latency`, give or take `jitter`",
        ("latency",),
        ("jitter", *_FLOW, *_WHERE),
    ),
    "NetworkLoss": Takes("a `share` of packets is dropped", ("share",), (*_FLOW, *_WHERE)),
    "NetworkBandwidth": Takes("packets pass at no more than `rate`", ("rate",), (*_FLOW, *_WHERE)),
    "NetworkDuplication": Takes(
        "a `share` of the packets that leave the pod goes out twice", ("share",), ("protocol", *_WHERE)
    ),
    "NetworkCorruption": Takes(
        "in a `share` of packets one bit is wrong, which their receiver notices",
        ("share",),
        (*_FLOW, *_WHERE),
    ),
    "DatabaseUnavailable": Takes(
        "connections at its `port`, old and new, are refused, or get no answer",
        ("port",),
        ("peers",),
        hows=("Refused", "Silent"),
    ),
    "DatabaseSlow": Takes(
        "what leaves the pod on its `port` is held back for `latency`",
        ("port", "latency"),
        ("jitter", "peers"),
    ),
    "DatabaseConnectionsCut": Takes(
        "connections that exist at its `port` are cut, once; new ones pass", ("port",), ("peers",)
    ),
    "DatabasePoolExhausted": Takes(
        "connections of the PostgreSQL server at `port` of the pod are taken, all but `leave`",
        ("port", "credentials"),
        ("leave",),
        place="server",
    ),
    "ServiceHang": Takes("connections at `port` are accepted, and no data pass", ("port",), ("peers",)),
    "ServiceUnready": Takes("the kubelet's probes at `port` get no answer", ("port",)),
    "DnsFailure": Takes(
        "`names`, by default all, do not resolve",
        may=("names",),
        hows=("Silent", "NoSuchName", "ServerFailure"),
    ),
    "ExternalApiFailure": Takes(
        "requests of the pod to an API's `port`, a `share` of them, or those beyond `limit` a second, are answered "
        "with `status` and `body`, or late, or never, or its connections are refused",
        ("port",),
        ("peers", "share", "limit", "retryAfter"),
        one_of=("status", "body", "latency"),
        hows=("Refused", "Silent"),
    ),
    "CpuPressure": Takes(
        "`amount` of the container's CPU limit is used up, or of one core where it has none",
        ("amount",),
        place="container",
    ),
    "MemoryPressure": Takes(
        "the container uses `amount` of its memory limit; more than 100%: an OOM kill",
        ("amount",),
        place="container",
    ),
    "DiskFull": Takes(
        "`amount` of the free space of the volume that is mounted at `path`",
        ("amount", "path"),
        place="container",
    ),
    "ServiceCrash": Takes("the container's main process is killed", place="container"),
    "PodKill": Takes("the pod is deleted, without grace", place="cluster"),
    "Custom": Takes(
        "what `command`, a program of your own in `image`, breaks",
        ("image", "command"),
        ("parameters", "capabilities"),
        place="sidecar",
    ),
    "BadRollout": Takes(
        "a bad revision of `deployment` is rolled out, its container with other `env` or another `image`, and rolled "
        "back",
        ("deployment",),
        one_of=("env", "image"),
        place="cluster",
    ),
}
FIELDS = sorted({field for one in TYPES.values() for field in one.fields})


def type_rules() -> list[JsonDict]:
    """What each type needs, and where each field belongs."""
    return [*_needs(), *_one_of(), *(_belongs(field) for field in FIELDS), *_hows()]


def _needs() -> list[JsonDict]:
    return [
        cel(f"self.type != '{kind}' || has(self.{field})", f"{kind} needs {field}", f".{field}")
        for kind, takes in TYPES.items()
        for field in takes.needs
    ]


def _one_of() -> list[JsonDict]:
    return [
        cel(
            f"self.type != '{kind}' || " + " || ".join(f"has(self.{field})" for field in choice),
            f"{kind} needs {' or '.join(choice)}",
        )
        for kind, takes in TYPES.items()
        if takes.one_of and (choice := (*takes.one_of, *(("how",) if takes.hows else ())))
    ]


def _belongs(field: str) -> JsonDict:
    kinds = [kind for kind, one in TYPES.items() if field in one.fields]
    return cel(
        f"!has(self.{field}) || self.type in {kinds}",
        f"{field} belongs to {', '.join(kinds)}",
        f".{field}",
    )


def _hows() -> list[JsonDict]:
    return [
        cel(
            f"self.type != '{kind}' || !has(self.how) || self.how in {list(takes.hows)}",
            f"how of {kind} is {' or '.join(takes.hows)}",
            ".how",
        )
        for kind, takes in TYPES.items()
        if takes.hows
    ]


def described() -> str:
    """All of them, as one text for `kubectl explain`."""
    return "; ".join(f"{kind}: {takes.what}" for kind, takes in TYPES.items())
