"""The operator may die at any call of a run's early end, too: nothing is left behind."""

import pytest

from stresscampaigns.runtime.store import Body, Key
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse, at_every_call
from tests.unit.runtime.run_endings import end, in_a_fault, over
from tests.unit.runtime.succession import one_after_another


def nothing_runs(cluster: FakeCluster) -> bool:
    """Neither load nor fault; what merely lies there goes with the run."""
    return all(one.startswith(("ConfigMap/", "Service/")) for one in cluster.staging.left())


def ended(how: str, fuse: Fuse) -> FakeCluster:
    """A run that ends in the middle of its fault, by an operator that dies and one that comes after it."""
    cluster = in_a_fault()
    end(cluster, how)

    def changed(key: Key, body: Body | None) -> None:
        assert body is not None or nothing_runs(cluster), fuse

    cluster.resources.changed = changed
    one_after_another(cluster, [fuse], over, downtime=0.0)
    return cluster


@pytest.mark.parametrize("how", ["deleted", "aborted"])
def test_a_crash_at_any_call_of_the_end_leaves_nothing_behind(how: str) -> None:
    calm = Fuse()
    ended(how, calm)
    for fuse in at_every_call(calm.calls):
        assert ended(how, fuse).staging.left() == [], fuse
        assert fuse.dead, fuse
