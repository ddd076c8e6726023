"""Operators that follow one another: each dies at a call of its own, and the last one lives on."""

import asyncio
from collections.abc import Callable, Iterable

from tests.unit.runtime.examples import CAMPAIGN
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse, Killed


def judged(cluster: FakeCluster) -> bool:
    """The campaign's run has its verdict, and is finished."""
    status = cluster.status(CAMPAIGN)
    return "verdict" in status and not status.get("activeRun")


def one_after_another(
    cluster: FakeCluster, fuses: Iterable[Fuse], done: Callable[[FakeCluster], bool], downtime: float = 1.0
) -> None:
    """Each works with one of the fuses, then one without, until it is done; nobody does for so many seconds between."""
    for fuse in fuses:
        try:
            asyncio.run(cluster.operator(fuse.wrap).until(lambda: done(cluster)))
        except Killed:
            cluster.clock.advance(downtime)
    asyncio.run(cluster.operator().until(lambda: done(cluster)))
