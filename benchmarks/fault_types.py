"""How soon each type of fault is in force, and gone, by its sidecar's own word: what the target feels is seen of one.

All but four: what is in force at its time or never (ServiceCrash, PodKill), what has no sidecar (BadRollout), and
what is as fast as its author made it (Custom).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.figure import Figure, quantile
from tests.e2e.campaigns import campaign, delete, finished, start
from tests.stress.fault_runs import fresh
from tests.stress.probing import PROBE, SCRATCH, put_probe, take_probe

_LEAD, _LASTS, _APART, _ROUNDS = 10, 2, 4, 2


def _of(app: str) -> dict[str, Any]:
    return {"selector": {"matchLabels": {"app": app}}}


_DATABASE: dict[str, Any] = {"port": 5432, "target": _of("postgres")}
_AT_ONCE: Mapping[str, dict[str, Any]] = {
    "NetworkPartition": {"port": 8080},
    "NetworkLatency": {"port": 8080, "latency": "100ms"},
    "NetworkLoss": {"share": "20%"},
    "NetworkBandwidth": {"port": 8080, "rate": "4mbit"},
    "NetworkCorruption": {"share": "20%"},
    "NetworkDuplication": {"share": "20%"},
    "DatabaseUnavailable": {**_DATABASE},
    "DatabaseSlow": {**_DATABASE, "latency": "100ms"},
    "DatabaseConnectionsCut": {**_DATABASE},
    "DnsFailure": {},
    "ExternalApiFailure": {"port": 8080, "peers": _of("external-api"), "status": 503},
    "ServiceHang": {"port": 8080},
    "ServiceUnready": {"port": 8080},
    "CpuPressure": {"amount": "60%"},
}
_BY_AND_BY: Mapping[str, dict[str, Any]] = {
    "DatabasePoolExhausted": {**_DATABASE, "credentials": {"secret": "postgres"}},
    "MemoryPressure": {"amount": "80%"},
    "DiskFull": {"amount": "100%", "path": SCRATCH, "target": _of(PROBE)},
}
"""Something has to be taken first: as much of it as there is."""


@dataclass(frozen=True)
class _Sample:
    """One fault in one pod: seconds from its time to its being in force, and from its end to its being gone."""

    type: str
    began: float
    gone: float


def measure() -> list[Figure]:
    """In all pods of their targets, one after the other."""
    fresh("agents")
    put_probe()
    try:
        at_once = [one for number in range(_ROUNDS) for one in _samples(f"at-once-{number}", _AT_ONCE)]
        taking = [one for number in range(_ROUNDS) for one in _samples(f"taking-{number}", _BY_AND_BY)]
    finally:
        take_probe()
    return [
        _figure(f"{len(_AT_ONCE)} types: scheduled → in force, warm, p99", "began", 0.99, at_once, 0.3),
        _figure("what is taken first: scheduled → all of it taken", "began", 1, taking, 2.0),
        _figure("all of these: deadline → gone", "gone", 1, [*at_once, *taking], 0.5),
    ]


def _figure(name: str, which: str, q: float, samples: list[_Sample], limit: float) -> Figure:
    values = sorted(((getattr(one, which), one.type) for one in samples), reverse=True)
    slowest = dict[str, float]()
    for seconds, kind in values:
        slowest.setdefault(kind, seconds)
    told = ", ".join(f"{kind} {seconds:.3f}" for kind, seconds in [*slowest.items()][:4])
    worst = f"{len(values)} faults, by their sidecars' word; the slowest of a type: {told}"
    return Figure(f"fault, {name}", quantile([seconds for seconds, _ in values], q), limit, "s", worst)


def _samples(name: str, types: Mapping[str, dict[str, Any]]) -> Iterator[_Sample]:
    faults = [
        {
            "name": f"no-{number}",
            "type": kind,
            "at": f"{_LEAD + number * _APART}s",
            "duration": f"{_LASTS}s",
            "mode": "all",
            "whenNotSteady": "Inject",
            **fields,
        }
        for number, (kind, fields) in enumerate(types.items())
    ]
    seconds = _LEAD + len(faults) * _APART
    load = {
        "workers": 1,
        "stages": [{"name": "only", "users": 1, "duration": f"{seconds}s"}],
        "scenarios": [{"name": "agent-workflow"}],
    }
    name = f"bench-fault-{name}"
    status = finished(start(campaign(name, load=load, faults=faults)), seconds + 120)
    delete(name)
    for fault, kind in zip(status["faults"], types, strict=True):
        for pod in fault["pods"]:
            yield _Sample(kind, pod["injectedAt"] - fault["startsAt"], pod["endedAt"] - fault["endsAt"])
