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
"""Of every container but a fault's sidecar."""

NETWORK_FAULT_SECURITY: dict[str, Any] = {
    **CONTAINER_SECURITY,
    "runAsNonRoot": False,
    "runAsUser": 0,
    "runAsGroup": 0,
    "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]},
}
"""Of a sidecar that breaks the network: root with the one capability that it needs."""
