"""Five runs that hold every fault between them, one after the other where they would mix, with probes that look on."""

from collections.abc import Mapping, Sequence
from typing import Any

from demo.kubectl import run
from tests.e2e.campaigns import NAMESPACE, campaign
from tests.stress.probing import SCRATCH, Observed, Probe, address, observe

API = {"selector": {"matchLabels": {"app": "external-api"}}}
DATABASE = {"selector": {"matchLabels": {"app": "postgres"}}}
BESIDE = {"selector": {"matchLabels": {"app": "probe"}}}
FIRST = 14.0
"""Seconds: sidecars are put in 8 s ahead, and the service must be seen to be well for 5 s."""
DATAGRAMS, STREAM = 9001, 9002
AGENTS = {"name": "agent-workflow", "parameters": {"thinkTime": "200ms", "timeout": "4s"}}
WRITERS = {"name": "set-writes", "parameters": {"thinkTime": "200ms", "readBack": "list", "timeout": "4s"}}
HOLDERS = {"name": "database-pool", "parameters": {"hold": "400ms", "timeout": "4s"}}
NEIGHBOURS = [
    {"name": "database", **DATABASE},
    {"name": "external-api", **API},
    {"name": "probe", **BESIDE},
]
RECOVERS: dict[str, Any] = {"name": "recovers", "recovery": {"fault": "*"}, "max": "30s"}
CONTAINED: dict[str, Any] = {"name": "contained", "containment": {"fault": "*"}, "max": 0}
NO_RESTART: dict[str, Any] = {"name": "no-restart", "restarts": {"fault": "*"}, "max": 0}


def in_turn(faults: Sequence[tuple[dict[str, Any], float]], gap: float) -> tuple[list[dict[str, Any]], float]:
    """Faults with their lengths, one after the other; and when all is over."""
    placed, at = [], FIRST
    for fault, length in faults:
        placed.append({"at": f"{at:g}s", "duration": f"{length:g}s", **fault})
        at += length + gap
    return placed, at


def load(users: int, seconds: float, *scenarios: dict[str, Any]) -> dict[str, Any]:
    """So many users of these scenarios."""
    stages = [{"name": "only", "users": users, "duration": f"{seconds:g}s"}]
    return {"workers": 1, "stages": stages, "scenarios": list(scenarios)}


def _run(
    name: str, what: dict[str, Any], faults: Any, checks: Sequence[Any], probes: Mapping[str, Probe]
) -> Observed:
    asked = campaign(name, load=what, faults=faults, checks=list(checks), neighbours=NEIGHBOURS)
    return observe(asked, probes)


def networks() -> Observed:
    """Faults of packets in the external API's pod: every workflow asks it twice."""
    faults, seconds = in_turn(
        [
            (
                {
                    "name": "narrow",
                    "type": "NetworkBandwidth",
                    "port": STREAM,
                    "rate": "4mbit",
                    "target": API,
                },
                8,
            ),
            ({"name": "far", "type": "NetworkLatency", "port": 8080, "latency": "100ms", "target": API}, 8),
            ({"name": "lossy", "type": "NetworkLoss", "share": "20%", "target": API}, 9),
            ({"name": "twice", "type": "NetworkDuplication", "share": "20%", "target": API}, 9),
            ({"name": "noisy", "type": "NetworkCorruption", "share": "20%", "target": API}, 9),
            ({"name": "apart", "type": "NetworkPartition", "port": 8080, "target": API}, 6),
            ({"name": "unheard", "type": "NetworkPartition", "peers": BESIDE, "target": API}, 5),
        ],
        gap=7,
    )
    api, beside = address("external-api"), address("probe")
    probes = {
        "asks": Probe("probe", "connects", (api, 8080, "/healthz")),
        "came": Probe("probe", "datagrams", ("receive", DATAGRAMS)),
        "sent": Probe("deploy/external-api", "datagrams", ("send", beside, DATAGRAMS)),
        "bytes": Probe("probe", "stream", ("receive", STREAM)),
        "stream": Probe("deploy/external-api", "stream", ("send", beside, STREAM, 10)),
    }
    return _run("chaos-network", load(4, seconds, AGENTS), faults, (RECOVERS, CONTAINED, NO_RESTART), probes)


CUT_UNNOTICED: dict[str, Any] = {
    "name": "cut-goes-unnoticed",
    "errorRate": {"scenario": "database-pool"},
    "during": "cut",
    "max": "0%",
}
"""Of a service that tries again; the staging system does not."""
NO_LOSS: dict[str, Any] = {"name": "no-loss", "dataLoss": {}, "max": 0}


def databases() -> Observed:
    """Faults of the database, and of names."""
    at_database = {"port": 5432, "target": DATABASE}
    no_name = {"how": "NoSuchName", "names": ["external-api"]}
    faults, seconds = in_turn(
        [
            # First: in a database that is away PostgreSQL's own end of a connection dies alone, when it looks whether
            # the other is still there; and after 60 s it cuts off whoever does not log in.
            ({"name": "cut", "type": "DatabaseConnectionsCut", **at_database}, 3),
            ({"name": "refused", "type": "DatabaseUnavailable", **at_database}, 6),
            ({"name": "silent", "type": "DatabaseUnavailable", "how": "Silent", **at_database}, 6),
            ({"name": "slow", "type": "DatabaseSlow", "latency": "150ms", **at_database}, 7),
            ({"name": "no-such-name", "type": "DnsFailure", **no_name, "target": API}, 5),
            ({"name": "no-names", "type": "DnsFailure", "target": API}, 5),
        ],
        gap=9,
    )
    database, name = address("postgres"), f"external-api.{NAMESPACE}.svc.cluster.local"
    probes = {
        "asks": Probe("probe", "connects", (database, 5432, "-")),
        "held": Probe("probe", "held", (database, 5432)),
        "names": Probe("deploy/external-api", "names", (name,)),
        "other-names": Probe("deploy/external-api", "names", (f"postgres.{NAMESPACE}.svc.cluster.local",)),
    }
    what = load(9, seconds, AGENTS, WRITERS, HOLDERS)
    checks = (RECOVERS, CONTAINED, NO_RESTART, NO_LOSS, CUT_UNNOTICED)
    return _run("chaos-database", what, faults, checks, probes)


def pressures() -> Observed:
    """What takes the external API's place to breathe: it hangs, is taken out of service, has no CPU, no memory."""
    pressed = {"type": "MemoryPressure", "amount": "80%", "target": API}
    faults, seconds = in_turn(
        [
            ({"name": "hung", "type": "ServiceHang", "port": 8080, "target": API}, 6),
            ({"name": "unready", "type": "ServiceUnready", "port": 8080, "target": API}, 24),
            ({"name": "busy", "type": "CpuPressure", "amount": "60%", "target": API}, 8),
            ({"name": "saturated", "type": "CpuPressure", "amount": "200%", "target": API}, 8),
            ({"name": "pressed", **pressed}, 8),
        ],
        gap=9,
    )
    pressed_at = faults[-1]["at"]
    disk = {"name": "full", "type": "DiskFull", "amount": "100%", "path": SCRATCH, "target": BESIDE}
    faults.append({**disk, "at": pressed_at, "duration": "8s"})
    probes = {
        "asks": Probe("probe", "connects", (address("external-api"), 8080, "/healthz")),
        "through": Probe("probe", "connects", ("external-api", 8080, "/healthz")),
        "usage": Probe("deploy/external-api", "usage", ()),
        "writes": Probe("probe", "writes", (SCRATCH,)),
    }
    what = load(4, seconds, AGENTS)
    return _run("chaos-pressure", what, faults, (RECOVERS, NO_RESTART), probes)


LIMIT = 5
GARBAGE = '{"text": '


def outward() -> Observed:
    """An external API as its client in the probe's pod sees it, and a database that has no connection left."""
    failing: dict[str, Any] = {"type": "ExternalApiFailure", "port": 8080, "peers": API, "target": BESIDE}
    login = {"port": 5432, "credentials": {"secret": "postgres"}, "target": DATABASE}
    faults, seconds = in_turn(
        [
            ({"name": "errors", **failing, "status": 503, "share": "50%"}, 10),
            ({"name": "limited", **failing, "status": 429, "limit": LIMIT, "retryAfter": "2s"}, 6),
            ({"name": "garbage", **failing, "body": GARBAGE}, 4),
            ({"name": "late", **failing, "latency": "200ms"}, 6),
            ({"name": "hangs", **failing, "how": "Silent"}, 5),
            ({"name": "refuses", **failing, "how": "Refused"}, 4),
            ({"name": "none-left", "type": "DatabasePoolExhausted", **login}, 8),
        ],
        gap=7,
    )
    probes = {
        "answers": Probe("probe", "answers", (address("external-api"), 8080, "/healthz")),
        "logins": Probe("probe", "logins", (address("postgres"), 5432)),
    }
    return _run("chaos-outward", load(4, seconds, AGENTS), faults, (RECOVERS, NO_RESTART), probes)


def fresh(*deployments: str) -> None:
    """Pods that have never been ended."""
    for name in deployments:
        run("kubectl", "-n", NAMESPACE, "rollout", "restart", f"deployment/{name}")
        run("kubectl", "-n", NAMESPACE, "rollout", "status", f"deployment/{name}", "--timeout=120s")


def kills() -> Observed:
    """A pod, a process, a container end; fresh ones, for Kubernetes lets those that were ended before wait."""
    fresh("agents", "external-api")
    faults, seconds = in_turn(
        [
            ({"name": "killed", "type": "PodKill"}, 4),
            ({"name": "crashed", "type": "ServiceCrash"}, 4),
            ({"name": "out-of-memory", "type": "MemoryPressure", "amount": "200%", "target": API}, 6),
        ],
        gap=16,
    )
    ready = {"name": "ready-again", "podsReady": {"fault": "*"}, "max": "60s"}
    what = load(6, seconds + 4, AGENTS, WRITERS)
    return _run("chaos-kills", what, faults, (RECOVERS, CONTAINED, NO_LOSS, ready), {})
