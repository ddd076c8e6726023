"""Which faults a round draws: of every type of the API, each with settings and pods in which it can be seen to work."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from stresscampaigns.api.fault_pairs import ALONE, KILLERS
from stresscampaigns.api.fault_spec import Fault
from tests.torture.inside.volumes import PATH

SHORTEST, LONGEST = 3.0, 6.0
"""Seconds."""
BEGIN = "6s"
"""When the faults of a campaign begin, after its load."""
SCRATCH = "torture-scratch"
"""The pods with a volume to be filled: that of the database is a folder on the node's own disk."""
OWN_IMAGE = "stresscampaigns/torture-fault:test"
"""Built from the fault image, with the programs in `own`."""

Draw = Callable[[Random], dict[str, Any]]
_BOTH = ("agents", "postgres")
_API = {"selector": {"matchLabels": {"app": "external-api"}}}


def _pool(chance: Random) -> dict[str, Any]:
    leave = chance.choice((None, chance.randint(1, 20)))
    return {"credentials": {"secret": "postgres"}, **({"leave": leave} if leave else {})}


def _api_failure(chance: Random) -> dict[str, Any]:
    wrongs: tuple[dict[str, Any], ...] = (
        {"status": 503, "share": f"{chance.randint(30, 100)}%"},
        {"status": 429, "limit": chance.randint(1, 5), "retryAfter": "1s"},
        {"body": '{"text": '},
        {"latency": f"{chance.randint(500, 2000)}ms"},
        {"how": "Silent"},
        {"how": "Refused", "share": f"{chance.randint(30, 100)}%"},
    )
    return {"peers": _API, **chance.choice(wrongs)}


def _own(chance: Random) -> dict[str, Any]:
    """By its NAME, which its table and its processes bear, each is told from all others."""
    name = {"NAME": f"stress_own_{chance.randint(1, 10**9)}"}
    rule = {
        "command": ["/refuse.sh"],
        "capabilities": ["NET_ADMIN"],
        "parameters": {"PORT": 8080, **name},
    }
    process = {"command": ["/squat.sh"], "parameters": {"PORT": chance.randint(20_000, 29_999), **name}}
    return {"image": OWN_IMAGE, **chance.choice((rule, process))}


_FAULTS: Mapping[str, tuple[tuple[str, ...], Draw]] = {
    "NetworkPartition": (_BOTH, lambda chance: {}),
    "NetworkLatency": (
        _BOTH,
        lambda chance: {"latency": f"{chance.randint(150, 900)}ms", "direction": "both"},
    ),
    "NetworkLoss": (_BOTH, lambda chance: {"share": f"{chance.randint(30, 90)}%"}),
    "NetworkBandwidth": (_BOTH, lambda chance: {"rate": f"{chance.randint(20, 900)}kbit"}),
    "NetworkDuplication": (_BOTH, lambda chance: {"share": f"{chance.randint(10, 90)}%"}),
    "NetworkCorruption": (_BOTH, lambda chance: {"share": f"{chance.randint(10, 60)}%"}),
    "DatabaseSlow": (_BOTH, lambda chance: {"latency": f"{chance.randint(150, 900)}ms"}),
    "DatabaseUnavailable": (_BOTH, lambda chance: {"how": chance.choice(("Refused", "Silent"))}),
    "DatabaseConnectionsCut": (_BOTH, lambda chance: {}),
    "DatabasePoolExhausted": (("postgres",), _pool),
    "ServiceHang": (("agents",), lambda chance: {}),
    "ServiceUnready": (("agents",), lambda chance: {}),
    "DnsFailure": (("agents",), lambda chance: {"how": chance.choice(("Silent", "NoSuchName"))}),
    "ExternalApiFailure": (("agents",), _api_failure),
    "CpuPressure": (("agents", "external-api"), lambda chance: {"amount": f"{chance.randint(40, 120)}%"}),
    "MemoryPressure": (("agents", "external-api"), lambda chance: {"amount": f"{chance.randint(70, 95)}%"}),
    "DiskFull": ((SCRATCH,), lambda chance: {"amount": f"{chance.randint(50, 100)}%", "path": PATH}),
    "ServiceCrash": (("agents", "external-api"), lambda chance: {}),
    "PodKill": (("agents",), lambda chance: {}),
    "Custom": (("agents",), _own),
}
ANYWHERE = tuple(_FAULTS)
ROLLOUT = "BadRollout"
"""An operator ends it, and nobody else: it is for rounds through the operator alone."""
ROLLOUT_WEIGHT = 4
"""So many times as often there as another type, for those rounds are few."""
TYPES = (*ANYWHERE, ROLLOUT)
NOT_DRAWN: Mapping[str, str] = {}
"""Types of the API that no round draws, each with the reason. There is none."""
_PORTS = {"postgres": (5432,), "agents": (8080, 5432)}
_OF_NO_PORT = ("DnsFailure", "CpuPressure", "MemoryPressure", "DiskFull", "ServiceCrash", "PodKill", "Custom")
_OF_ONE_PORT = {
    "ServiceHang": 8080,
    "ServiceUnready": 8080,
    "ExternalApiFailure": 8080,
    "DatabaseSlow": 5432,
    "DatabaseUnavailable": 5432,
    "DatabaseConnectionsCut": 5432,
    "DatabasePoolExhausted": 5432,
}


def drawn(chance: Random, name: str, by_operator: bool) -> Fault:
    """One fault."""
    kind = chance.choice((*ANYWHERE, *[ROLLOUT] * (ROLLOUT_WEIGHT if by_operator else 0)))
    lasts = f"{chance.randint(int(SHORTEST * 1000), int(LONGEST * 1000))}ms"
    # Whoever kills the load, and the operator, does not ask how the service is.
    spec = {"name": name, "type": kind, "at": BEGIN, "duration": lasts, "whenNotSteady": "Inject"}
    return Fault.model_validate(spec | (_ROLLOUT if kind == ROLLOUT else _in_pods(chance, kind)))


_ROLLOUT = {"deployment": "agents", "env": {"EXTERNAL_URL": "http://nowhere:8080"}}
"""The service turns ready with it, and its requests fail."""


def _in_pods(chance: Random, kind: str) -> dict[str, Any]:
    apps, draw = _FAULTS[kind]
    app = chance.choice(apps)
    spec: dict[str, Any] = {
        "target": {"selector": {"matchLabels": {"app": app}}},
        "mode": "one" if kind in KILLERS else chance.choice(("one", "all")),
        "seed": chance.randint(1, 1000),
        **draw(chance),
    }
    if kind not in _OF_NO_PORT:
        spec["port"] = _OF_ONE_PORT.get(kind) or chance.choice(_PORTS[app])
    return spec


def undo_each_other(one: Fault, other: Fault) -> bool:
    """Two of one type, of which one has all that the other one wants: a campaign with both is refused."""
    if one.type != other.type or one.target != other.target:
        return False
    field = ALONE.get(one.type)
    return field is not None and (not field or getattr(one, field) == getattr(other, field))


def loses(one: Fault, other: Fault) -> bool:
    """Does one of them end the other in all of its pods? A campaign with both is refused."""
    return one.target == other.target and any(
        first.type in KILLERS and second.type not in KILLERS and second.mode == "all"
        for first, second in ((one, other), (other, one))
    )
