"""The sidecar of one fault: an ephemeral container that knows its own deadline."""

from collections.abc import Sequence
from typing import Any

from stresscampaigns.api.fault_protocol import NODE_ADDRESSES, FaultOrder
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core.injection import container_name
from stresscampaigns.manifests.load import Images
from stresscampaigns.manifests.security import NETWORK_FAULT_SECURITY

END_COMMAND = ["python3", "-m", "stresscampaigns.faults", "end"]
"""Run inside a sidecar, it ends the fault that the sidecar holds."""


def sidecar(
    run_uid: str, fault: Fault, images: Images, start: float, end: float, peers: Sequence[str] | None = None
) -> dict[str, Any]:
    """The ephemeral container: in force from `start` until `end`, epoch seconds, whoever dies.

    Args:
        peers: addresses of the other end, where the fault is for the traffic with some alone.
    """
    name = container_name(run_uid, fault.name)
    settings = fault.settings() | ({} if peers is None else {"peers": list(peers)})
    order = FaultOrder(fault.type, name, round(start, 3), round(end, 3), settings)
    return {
        **_surroundings(fault),
        "name": name,
        "image": images.fault,
        "imagePullPolicy": images.pull_policy,
        "args": ["hold", order.text()],
        "securityContext": NETWORK_FAULT_SECURITY,
        "terminationMessagePolicy": "File",
    }


def _surroundings(fault: Fault) -> dict[str, Any]:
    """What only the node knows when it starts the sidecar."""
    if fault.type != "ServiceUnready":
        return {}
    source = {"fieldRef": {"fieldPath": "status.hostIP"}}
    return {"env": [{"name": NODE_ADDRESSES, "valueFrom": source}]}
