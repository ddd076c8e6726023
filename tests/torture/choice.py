"""What a round does: which faults, in which pods, and who is killed when. The seed and the round's number tell all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from stresscampaigns.api.fault_spec import Fault

Victim = Literal["operator", "sidecar", "coordinator", "kubelet", "API server"]
EVERYWHERE: Mapping[Victim, int] = {"sidecar": 6, "kubelet": 3, "API server": 1}
"""How often: sidecars' death is the one that a fault must survive; an API server takes long to come back."""
_OF_OPERATORS: Mapping[Victim, int] = {"operator": 2, "coordinator": 1}
OF_CAMPAIGNS: Mapping[Victim, int] = {**_OF_OPERATORS, **EVERYWHERE}
"""In each of their rounds at least one of the first two is killed."""
CAMPAIGN_SHARE = 1 / 8
"""Of the rounds, those in which the operator injects: they take three times as long."""
FEW_ROUNDS, FEW_SEED = 3, 485
"""In `make test`: of this seed the first three rounds kill every victim, one of them through the operator."""
SHORTEST, LONGEST = 3.0, 6.0
EARLY, SIDECARS_EARLY, LATE = 1.5, 0.5, 1.0
"""Seconds before the faults' start, and after the longest one's end, between which somebody is killed."""
BEGIN = "6s"
"""When the faults of a campaign begin, after its load."""

Draw = Callable[[Random], dict[str, Any]]
_BOTH = ("agents", "postgres")
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
    "ServiceHang": (("agents",), lambda chance: {}),
    "ServiceUnready": (("agents",), lambda chance: {}),
    "DnsFailure": (("agents",), lambda chance: {"how": chance.choice(("Silent", "NoSuchName"))}),
    "CpuPressure": (("agents", "external-api"), lambda chance: {"amount": f"{chance.randint(40, 120)}%"}),
    "MemoryPressure": (("agents", "external-api"), lambda chance: {"amount": f"{chance.randint(70, 95)}%"}),
    "ServiceCrash": (("agents", "external-api"), lambda chance: {}),
    "PodKill": (("agents",), lambda chance: {}),
}
TYPES = tuple(_FAULTS)
_PORTS = {"postgres": (5432,), "agents": (8080, 5432)}
_WITHOUT_PORT = ("DnsFailure", "CpuPressure", "MemoryPressure", "ServiceCrash", "PodKill")
_OF_ONE_PORT = {
    "ServiceHang": 8080,
    "ServiceUnready": 8080,
    "DatabaseSlow": 5432,
    "DatabaseUnavailable": 5432,
    "DatabaseConnectionsCut": 5432,
}
_KILLS_PODS = ("ServiceCrash", "PodKill")


@dataclass(frozen=True)
class Kill:
    """Who gets SIGKILL, in seconds from the faults' start."""

    victim: Victim
    at: float


@dataclass(frozen=True)
class Round:
    """One round."""

    number: int
    by_operator: bool
    faults: tuple[Fault, ...]
    kills: tuple[Kill, ...]

    @property
    def seconds(self) -> float:
        """From the faults' start to the last one's deadline."""
        return max(lasts(fault) for fault in self.faults)


def chosen(seed: int, number: int) -> Round:
    """The round of this number."""
    chance = Random(f"{seed}/{number}")
    by_operator = chance.random() < CAMPAIGN_SHARE
    faults = tuple(_fault(chance, f"r{number}-{index}") for index in range(chance.choice((1, 2))))
    last = max(lasts(fault) for fault in faults)
    victims = _drawn(chance, _OF_OPERATORS if by_operator else EVERYWHERE, 1)
    victims += _drawn(chance, OF_CAMPAIGNS if by_operator else EVERYWHERE, chance.choice((0, 0, 1, 2)))
    kills = [_kill(chance, victim, last) for victim in victims]
    return Round(number, by_operator, faults, tuple(sorted(kills, key=lambda one: one.at)))


def _drawn(chance: Random, victims: Mapping[Victim, int], count: int) -> list[Victim]:
    return chance.choices(list(victims), list(victims.values()), k=count)


def _kill(chance: Random, victim: Victim, last: float) -> Kill:
    """Sidecars are there to be killed from shortly before their fault to its end; most are left to begin."""
    early, late = (SIDECARS_EARLY, 0.0) if victim == "sidecar" else (EARLY, LATE)
    return Kill(victim, round(chance.uniform(-early, last + late), 2))


def _fault(chance: Random, name: str) -> Fault:
    kind = chance.choice(TYPES)
    apps, draw = _FAULTS[kind]
    app = chance.choice(apps)
    spec: dict[str, Any] = {
        "name": name,
        "type": kind,
        "at": BEGIN,
        "duration": f"{chance.randint(int(SHORTEST * 1000), int(LONGEST * 1000))}ms",
        "target": {"selector": {"matchLabels": {"app": app}}},
        "mode": "one" if kind in _KILLS_PODS else chance.choice(("one", "all")),
        "seed": chance.randint(1, 1000),
        **draw(chance),
    }
    if kind not in _WITHOUT_PORT:
        spec["port"] = _OF_ONE_PORT.get(kind) or chance.choice(_PORTS[app])
    return Fault.model_validate(spec)


def lasts(fault: Fault) -> float:
    """Seconds."""
    return fault.end_seconds - fault.start_seconds


def app_of(fault: Fault) -> str:
    """Its target's label `app`."""
    labels = (fault.target.selector.match_labels if fault.target else None) or {}
    return labels["app"]
