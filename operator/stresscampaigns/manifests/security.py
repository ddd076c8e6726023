"""How little our pods may do."""

from stresscampaigns.manifests.manifest import Part

NON_ROOT = 65532

CONTAINER_SECURITY: Part = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": NON_ROOT,
    "runAsGroup": NON_ROOT,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Of every container but the sidecars of most faults."""


def as_target(user: int | None, group: int | None) -> Part:
    """Of a sidecar that shares a container's processes: its user, so that they may see each other; no capability."""
    ids = {"runAsUser": user} | ({} if group is None else {"runAsGroup": group})
    rest = {key: value for key, value in CONTAINER_SECURITY.items() if key != "runAsGroup"}
    return {**rest, **ids, "runAsNonRoot": user != 0}


def with_capabilities(*names: str) -> Part:
    """Of a sidecar that may do so much and no more. Kubernetes gives capabilities to root alone; none: as nobody."""
    if not names:
        return CONTAINER_SECURITY
    root = {"runAsNonRoot": False, "runAsUser": 0, "runAsGroup": 0}
    return {**CONTAINER_SECURITY, **root, "capabilities": {"drop": ["ALL"], "add": [*names]}}


NETWORK_FAULT_SECURITY: Part = with_capabilities("NET_ADMIN")
"""Of a sidecar that breaks the network: root with the one capability that it needs."""
