"""The sidecar of one fault: an ephemeral container that knows its own deadline."""

from collections.abc import Sequence

from stresscampaigns.api.fault_parts import Credentials
from stresscampaigns.api.fault_protocol import (
    BOARD,
    BURN,
    DATABASE_PASSWORD,
    DATABASE_USER,
    NODE_ADDRESSES,
    FaultOrder,
)
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core.observation import Container
from stresscampaigns.core.within import amount, kills, place
from stresscampaigns.manifests.load import Images
from stresscampaigns.manifests.manifest import Part
from stresscampaigns.manifests.names import container_name
from stresscampaigns.manifests.security import (
    CONTAINER_SECURITY,
    NETWORK_FAULT_SECURITY,
    as_target,
    with_capabilities,
)

FAULTS_COMMAND = ["/usr/bin/python3", "-I", "-m", "stresscampaigns.faults"]
"""Our program in a sidecar's image; in a user's own, too, whatever entry point, environment and folder that one has."""
END_COMMAND = [*FAULTS_COMMAND, "end"]
"""Run inside a sidecar, it ends the fault that the sidecar holds."""


def sidecar(
    run_uid: str,
    fault: Fault,
    images: Images,
    start: float,
    end: float,
    peers: Sequence[str] | None = None,
    into: Container | None = None,
) -> Part:
    """The ephemeral container: in force from `start` until `end`, epoch seconds, whoever dies.

    Args:
        peers: addresses of the other end, where the fault is for the traffic with some alone.
        into: the container that is broken from within; None: it is the pod's network.
    """
    name = container_name(run_uid, fault.name)
    settings = fault.settings() | ({} if peers is None else {"peers": list(peers)})
    order = FaultOrder(fault.type, name, round(start, 3), round(end, 3), settings)
    return {
        **_surroundings(fault),
        "name": name,
        "imagePullPolicy": images.pull_policy,
        **_image(fault, images),
        "args": ["hold", order.text()],
        "terminationMessagePolicy": "File",
        **_inside(fault, into),
    }


def _image(fault: Fault, images: Images) -> Part:
    return {"image": fault.image, "command": FAULTS_COMMAND} if fault.image else {"image": images.fault}


def _surroundings(fault: Fault) -> Part:
    """What only the node knows when it starts the sidecar."""
    if fault.credentials:
        return {"env": _login(fault.credentials)}
    if fault.type != "ServiceUnready":
        return {}
    source = {"fieldRef": {"fieldPath": "status.hostIP"}}
    return {"env": [{"name": NODE_ADDRESSES, "valueFrom": source}]}


def _login(credentials: Credentials) -> list[Part]:
    keys = {DATABASE_USER: credentials.username_key, DATABASE_PASSWORD: credentials.password_key}
    return [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": credentials.secret, "key": key}}}
        for name, key in keys.items()
    ]


def _inside(fault: Fault, into: Container | None) -> Part:
    if place(fault) == "server":
        return {"securityContext": CONTAINER_SECURITY}
    if place(fault) == "sidecar":
        return {"securityContext": with_capabilities(*(fault.capabilities or ()))}
    if into is None:
        return {"securityContext": NETWORK_FAULT_SECURITY}
    return {"securityContext": as_target(into.user, into.group), "targetContainerName": into.name}


def burn_command(fault: Fault, into: Container, pid: int, start: float, end: float) -> list[str]:
    """What is run in the target's container: a program out of the sidecar, by the sidecar's folder in /proc."""
    sidecar_of = f"/proc/{pid}"
    files = [f"{sidecar_of}/root{BURN}", f"{sidecar_of}/fd/{BOARD}", f"{sidecar_of}/fd/1"]
    return [*files, f"{start:.3f}", f"{end:.3f}", *_what(fault, into)]


def _what(fault: Fault, into: Container) -> list[str]:
    share = amount(fault)
    match fault.type:
        case "CpuPressure":
            return ["cpu", f"{share * (into.cpu_limit or 1.0):.3f}"]
        case "MemoryPressure":
            return [
                "memory",
                str(round(share * (into.memory_limit or 0))),
                "others" if kills(fault) else "self",
            ]
        case "DiskFull":
            path = (fault.path or "").rstrip("/")
            subpath = ["subpath"] if path in into.subpaths else []
            return ["disk", path, f"{share:.4f}", *subpath]
        case "ServiceCrash":
            return ["crash"]
        case _:
            raise AssertionError(f"{fault.type} breaks no container from within")
