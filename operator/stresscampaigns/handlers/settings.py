"""The operator's settings, from the environment that the chart sets."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from stresscampaigns.manifests.load import Images


@dataclass(frozen=True)
class Settings:
    """Where the operator is and which images it uses."""

    namespace: str
    identity: str
    lease: str
    images: Images
    health_port: int
    metrics_port: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Every setting has a default that works with images built from this source tree."""
        return cls(
            namespace=environment.get("POD_NAMESPACE", "stresscampaigns"),
            identity=environment.get("POD_NAME", socket.gethostname()),
            lease=environment.get("STRESSCAMPAIGNS_LEASE_NAME", "stresscampaigns"),
            images=Images(
                load=environment.get("STRESSCAMPAIGNS_LOAD_IMAGE", "stresscampaigns/load:dev"),
                fault=environment.get("STRESSCAMPAIGNS_FAULT_IMAGE", "stresscampaigns/fault:dev"),
                pull_policy=environment.get("STRESSCAMPAIGNS_IMAGE_PULL_POLICY", "IfNotPresent"),
            ),
            health_port=int(environment.get("STRESSCAMPAIGNS_HEALTH_PORT", "8080")),
            metrics_port=int(environment.get("STRESSCAMPAIGNS_METRICS_PORT", "9090")),
        )
