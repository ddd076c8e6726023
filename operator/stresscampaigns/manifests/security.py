"""How little our pods may do."""

from typing import Any

NON_ROOT = 65532

CONTAINER_SECURITY: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": NON_ROOT,
    "runAsGroup": NON_ROOT,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Of every container but the sidecars of most faults."""


def as_target(user: int | None, group: int | None) -> dict[str, Any]:
    """Of a sidecar that shares a container's processes: its user, so that they may see each other; no capability."""
    ids = {"runAsUser": user} | ({} if group is None else {"runAsGroup": group})
    rest = {key: value for key, value in CONTAINER_SECURITY.items() if key != "runAsGroup"}
    return {**rest, **ids, "runAsNonRoot": user != 0}


NETWORK_FAULT_SECURITY: dict[str, Any] = {
    **CONTAINER_SECURITY,
    "runAsNonRoot": False,
    "runAsUser": 0,
    "runAsGroup": 0,
    "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]},
}
"""Of a sidecar that breaks the network: root with the one capability that it needs."""
