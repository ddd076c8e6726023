"""A run whose target counts for itself: asked at the load's beginning and after its end."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.core.observation import History, Series
from tests.unit.runtime.examples import ERRORS, RUN, SPEC, run
from tests.unit.runtime.fake_clock import BEGIN
from tests.unit.runtime.fake_cluster import FakeCluster

SERIES = 'served_total{app="agents"}'
COUNTED: dict[str, Any] = {
    "load": {**SPEC["load"], "serverCounter": {"series": SERIES}},
    "faults": None,
    "checks": [ERRORS],
}
SENT = 0
"""The fake load says nothing of what it sent."""


class Counter:
    """A target's counter, scraped every five seconds; it goes on counting for a while after the load."""

    def __init__(self, cluster: FakeCluster, counted: int = SENT, goes_on: float = 0.0) -> None:
        self.moves_until = BEGIN + 12 + goes_on
        self.counted = counted
        cluster.metrics.counter = self.samples

    def samples(self, query: str, moment: float) -> History:
        if "[" not in query:
            return self._series((moment, 7.0))
        if query.startswith("resets"):
            return self._series((moment, 0.0))
        scrapes = range(int(BEGIN), int(moment), 5)
        return self._series(*((float(at), self._value(at)) for at in scrapes))

    def _value(self, at: float) -> float:
        return 7.0 + self.counted + min(0.0, at - self.moves_until)

    def _series(self, *points: tuple[float, float]) -> History:
        return History((Series({"pod": "agents-1"}, points),))

    def scraped_from(self, first: float, cluster: FakeCluster) -> None:
        """Prometheus, or the target, has only just come up."""

        def samples(query: str, moment: float) -> History:
            return History() if moment < first else self.samples(query, moment)

        cluster.metrics.counter = samples


def lived(scraped_from: float = 0.0, **how: Any) -> tuple[FakeCluster, dict[str, Any]]:
    cluster = FakeCluster()
    Counter(cluster, **how).scraped_from(scraped_from, cluster)
    cluster.resources.apply("StressRun", run(**COUNTED))
    return cluster, cluster.finish(RUN)


def test_equal_counts_let_the_run_pass_and_are_shown() -> None:
    _, status = lived()
    assert (status["verdict"], status["load"]["serverCounted"]) == ("Passed", SENT)


def test_counts_that_do_not_add_up_make_it_inconclusive() -> None:
    _, status = lived(counted=1)
    assert status["verdict"] == "Inconclusive"
    assert status["invalidBecause"] == [
        "counts do not add up: the target counted 1 requests, the load sent 0"
    ]


def test_a_counter_that_still_moves_is_waited_for() -> None:
    cluster, status = lived(goes_on=30.0)
    assert status["verdict"] == "Passed"
    assert cluster.clock.now() > BEGIN + 12 + 30


def test_a_counter_that_never_stands_still_is_not_waited_for_for_ever() -> None:
    _, status = lived(goes_on=1e6)
    assert status["verdict"] == "Inconclusive"
    assert "stand still" in status["message"]


def test_the_load_begins_once_the_counter_has_been_scraped() -> None:
    _, status = lived(scraped_from=BEGIN + 15)
    assert status["verdict"] == "Passed"
    assert status["load"]["startedAt"] > BEGIN + 15


def test_a_counter_that_is_never_scraped_ends_the_run_before_any_load() -> None:
    _, status = lived(scraped_from=BEGIN + 1e6)
    assert (status["verdict"], status.get("load")) == ("Inconclusive", None)
    assert status["message"].startswith("CounterUnknown: load.serverCounter has no value yet; take a counter")


@pytest.mark.parametrize(("changes", "quiet"), [(COUNTED, True), ({}, False)])
def test_a_target_that_counts_is_not_sent_a_request_by_us(changes: dict[str, Any], quiet: bool) -> None:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(**changes))
    asyncio.run(cluster.operator().step())
    assert cluster.reach.quietly == [quiet]


def test_the_value_from_before_is_the_one_of_the_loads_beginning() -> None:
    cluster, status = lived()
    started = status["load"]["startedAt"]
    assert (SERIES, started, started) in cluster.metrics.asked
