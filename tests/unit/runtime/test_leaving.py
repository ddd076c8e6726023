"""Before the operator is uninstalled every run is aborted and waited for; what is left in the end is named."""

import asyncio
from dataclasses import dataclass, field

import pytest

from stresscampaigns.api.base import ABORT_ANNOTATION, FINALIZER
from stresscampaigns.runtime.leaving import REASON, leave
from stresscampaigns.runtime.ports import Away
from stresscampaigns.runtime.store import Body, Key, Kind
from tests.unit.runtime.examples import RUN, run
from tests.unit.runtime.fake_clock import run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import in_a_fault


@dataclass
class Runs:
    """The runs of a cluster whose operator works on while somebody waits."""

    cluster: FakeCluster
    working: bool = True
    outages: int = 0
    said: list[str] = field(default_factory=list)

    async def list_all(self, kind: Kind) -> list[Body]:
        if self.outages:
            self.outages -= 1
            raise Away("connection refused")
        if self.working:
            await self.cluster.operator().look()
        return list(self.cluster.resources.runs().values())

    async def annotate(self, key: Key, name: str, value: str) -> None:
        self.cluster.resources.annotate(key, name, value)

    def leave(self) -> str:
        return run_in(self.cluster.clock, leave(self, self.cluster.clock, self.said.append))


def test_a_run_in_a_fault_is_aborted_and_nothing_holds_it_any_more() -> None:
    cluster = in_a_fault()
    assert Runs(cluster).leave() == ""
    assert cluster.staging.left() == []
    assert cluster.status(RUN)["message"] == f"aborted: {REASON}"
    cluster.resources.delete(RUN)
    assert RUN not in cluster.resources.bodies


def test_somebody_elses_reason_to_abort_stays() -> None:
    cluster = in_a_fault()
    cluster.resources.annotate(RUN, ABORT_ANNOTATION, "pager rang")
    assert Runs(cluster).leave() == ""
    assert cluster.status(RUN)["message"] == "aborted: pager rang"


def test_runs_that_are_over_keep_their_verdict() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    assert cluster.finish(RUN)["verdict"] == "Passed"
    runs = Runs(cluster)
    assert (runs.leave(), cluster.status(RUN)["verdict"]) == ("", "Passed")
    assert ABORT_ANNOTATION not in cluster.resources.bodies[RUN]["metadata"].get("annotations", {})


def test_what_an_operator_that_is_away_does_not_end_is_named() -> None:
    cluster = in_a_fault()
    assert Runs(cluster, working=False).leave() == "staging/smoke-1 (Running)"


def test_a_run_that_is_over_and_still_held_is_waited_for() -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run())
    cluster.finish(RUN)
    cluster.resources.bodies[RUN]["metadata"]["finalizers"] = [FINALIZER]
    assert Runs(cluster, working=False).leave() == "staging/smoke-1 (Finished)"
    assert Runs(cluster).leave() == ""


@pytest.mark.parametrize(("outages", "left"), [(3, ""), (1_000, "the API server: connection refused")])
def test_an_api_server_that_is_away_is_waited_for(outages: int, left: str) -> None:
    runs = Runs(in_a_fault(), outages=outages)
    assert runs.leave() == left
    assert "waiting for the API server: connection refused" in runs.said


def test_it_says_each_thing_once() -> None:
    runs = Runs(in_a_fault(), working=False)
    runs.leave()
    assert runs.said == ["StressRun staging/smoke-1 is aborted", "waiting for staging/smoke-1 (Running)"]


def test_where_there_are_no_runs_it_goes_at_once() -> None:
    runs = Runs(FakeCluster())
    assert (asyncio.run(leave(runs, runs.cluster.clock, runs.said.append)), runs.said) == ("", [])
