"""The sidecar of one fault: an ephemeral container that knows its own deadline."""

from typing import Any

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core.injection import container_name
from stresscampaigns.manifests.load import Images
from stresscampaigns.manifests.security import NETWORK_FAULT_SECURITY

END_COMMAND = ["python3", "-m", "stresscampaigns.faults", "end"]
"""Run inside a sidecar, it ends the fault that the sidecar holds."""


def sidecar(run_uid: str, fault: Fault, images: Images, start: float, end: float) -> dict[str, Any]:
    """The ephemeral container: in force from `start` until `end`, epoch seconds, whoever dies."""
    name = container_name(run_uid, fault.name)
    return {
        "name": name,
        "image": images.fault,
        "imagePullPolicy": images.pull_policy,
        "args": [
            "network-partition",
            f"--id={name}",
            f"--port={fault.port}",
            f"--at={start:.3f}",
            f"--until={end:.3f}",
        ],
        "securityContext": NETWORK_FAULT_SECURITY,
        "terminationMessagePolicy": "File",
    }
