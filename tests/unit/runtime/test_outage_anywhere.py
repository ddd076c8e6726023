"""An API server that is away at any call is waited out: the same operator goes on, and nothing happens twice."""

import logging
from typing import Any

import pytest

from stresscampaigns.adapters.kubernetes_errors import Unavailable
from tests.unit.runtime.examples import CAMPAIGN, campaign
from tests.unit.runtime.fake_clock import run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse, at_every_call


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def away() -> BaseException:
    return Unavailable("connection refused")


def lived(fuse: Fuse) -> FakeCluster:
    """A campaign's only run, driven as in reality: by watch, queue and clock."""
    cluster = FakeCluster()
    cluster.resources.apply("StressCampaign", campaign())
    operator = cluster.operator(fuse.wrap)
    run_in(cluster.clock, operator.work(lambda: "verdict" in cluster.status(CAMPAIGN)))
    return cluster


def outcome(cluster: FakeCluster) -> dict[str, Any]:
    """What must be the same however often the API server was away."""
    (run,) = cluster.resources.runs().values()
    return {
        "message": (run["status"]["verdict"], run["status"]["message"]),
        "events": [entry["event"] for entry in run["status"]["timeline"]],
        "runs": cluster.resources.created,
        "made": cluster.staging.made,
        "put in": [place.split("/")[0] for place in cluster.staging.put_in],
        "left": cluster.staging.left(),
    }


def test_an_outage_at_any_call_changes_nothing() -> None:
    calm = Fuse()
    expected = outcome(lived(calm))
    for fuse in at_every_call(calm.calls, away):
        assert outcome(lived(fuse)) == expected, fuse
