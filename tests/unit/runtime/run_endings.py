"""A run in the middle of its fault, and the ways in which it ends early."""

import asyncio

from stresscampaigns.api.base import ABORT_ANNOTATION
from tests.unit.runtime.examples import RUN, run
from tests.unit.runtime.fake_cluster import FakeCluster


def in_a_fault(**changes: object) -> FakeCluster:
    """A run whose fault is in force."""
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(**changes))
    asyncio.run(cluster.operator().until(cluster.staging.in_force))
    return cluster


def end(cluster: FakeCluster, how: str) -> None:
    """It is deleted, or aborted."""
    if how == "deleted":
        cluster.resources.delete(RUN)
    else:
        cluster.resources.annotate(RUN, ABORT_ANNOTATION, "enough")


def gone(cluster: FakeCluster) -> bool:
    """There is no such run any more."""
    return RUN not in cluster.resources.bodies


def over(cluster: FakeCluster) -> bool:
    """It is gone, or finished."""
    return gone(cluster) or cluster.status(RUN).get("phase") == "Finished"
