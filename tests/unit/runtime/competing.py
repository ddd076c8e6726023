"""Runs that want the same target, and who of them goes first."""

import asyncio
from typing import Any

from stresscampaigns.runtime.store import Key
from tests.unit.runtime.examples import run
from tests.unit.runtime.fake_cluster import FakeCluster

EARLY, LATE = "2027-01-15T07:00:00Z", "2027-01-15T07:30:00Z"


def key(name: str, namespace: str = "staging") -> Key:
    return Key("StressRun", namespace, name)


def wanting(cluster: FakeCluster, name: str, intended: str, **changes: Any) -> Key:
    """A run that wants the target."""
    return cluster.resources.apply("StressRun", run(name, intended, **changes))


def phases(cluster: FakeCluster) -> dict[str, str | None]:
    """After one look at each run."""
    asyncio.run(cluster.operator().look())
    return {one.name: cluster.status(one).get("phase") for one in cluster.resources.bodies}
