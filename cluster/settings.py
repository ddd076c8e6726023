"""Versions, names and places."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLUSTER = "stresscampaigns"
NODE = f"{CLUSTER}-control-plane"
SECOND = f"{CLUSTER}-worker"
"""A node that some tests add for their time."""

KUBERNETES = "v1.34.4"
PUBLISHED_NODE = "kindest/node:v1.34.0"
BUILT_NODE = f"local/kind-node:{KUBERNETES}"
PUBLISHED_BASE = "debian:bookworm-slim"
BUILT_BASE = "local/debian:bookworm-slim"

DISK_GIB = 15
DISK_GIB_WARM = 3
MEMORY_GIB = 5


def cache_folder() -> Path:
    """Everything that is kept outside of Docker lies here."""
    given = os.environ.get("STRESSCAMPAIGNS_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stresscampaigns"


CACHE = cache_folder()
BIN = CACHE / "bin"
LOGS = CACHE / "logs"
KUBECONFIG = CACHE / "kubeconfig"
