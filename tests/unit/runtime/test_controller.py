"""The controller: whatever is seen, or missed, every object is looked at again in time."""

import asyncio
from collections.abc import Callable

import pytest
from prometheus_client import generate_latest

from stresscampaigns.api.base import ABORT_ANNOTATION
from stresscampaigns.runtime.store import Key
from tests.unit.runtime.examples import CAMPAIGN, RUN, campaign, run
from tests.unit.runtime.fake_clock import FakeClock, run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.fake_operator import FakeOperator

FIRST = Key("StressRun", "staging", "smoke-g1")


@pytest.fixture
def cluster() -> FakeCluster:
    """An empty one."""
    return FakeCluster()


def judged(cluster: FakeCluster) -> Callable[[], bool]:
    return lambda: "verdict" in cluster.status(CAMPAIGN)


def phase(cluster: FakeCluster, key: Key) -> str:
    return str(cluster.status(key).get("phase"))


async def blind(operator: FakeOperator, seconds: float) -> None:
    """The queue works, and the watch shows nothing at all."""
    queue = asyncio.create_task(operator.controller.queue.run())
    await asyncio.sleep(seconds)
    queue.cancel()


def test_a_campaign_goes_from_its_first_sight_to_its_verdict_by_itself(cluster: FakeCluster) -> None:
    cluster.resources.apply("StressCampaign", campaign())
    run_in(cluster.clock, cluster.operator().work(judged(cluster)))
    assert cluster.status(CAMPAIGN)["verdict"] == "Passed"
    assert (cluster.status(CAMPAIGN)["phase"], phase(cluster, FIRST)) == ("Complete", "Finished")


def test_a_run_that_we_created_begins_although_its_watch_event_brings_no_news(cluster: FakeCluster) -> None:
    cluster.resources.apply("StressCampaign", campaign())
    operator = cluster.operator()

    async def live() -> None:
        await blind(operator, 0.1)
        operator.watched(FIRST, await cluster.resources.read(FIRST))

    run_in(cluster.clock, live())
    assert phase(cluster, FIRST) == "Running"


def test_without_any_watch_a_campaign_still_comes_to_its_verdict(cluster: FakeCluster) -> None:
    cluster.resources.apply("StressCampaign", campaign())
    run_in(cluster.clock, blind(cluster.operator(), 60.0))
    assert cluster.status(CAMPAIGN)["verdict"] == "Passed"


def test_an_abort_is_acted_on_when_the_watch_shows_it(cluster: FakeCluster) -> None:
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()

    async def live() -> None:
        asyncio.get_running_loop().call_later(
            5.0, cluster.resources.annotate, RUN, ABORT_ANNOTATION, "enough"
        )
        await operator.work(lambda: phase(cluster, RUN) == "Finished")

    run_in(cluster.clock, live())
    assert cluster.status(RUN)["verdict"] == "Aborted"


def test_a_run_that_is_gone_lets_its_campaign_run_again(cluster: FakeCluster) -> None:
    cluster.resources.apply("StressCampaign", campaign())
    operator = cluster.operator()

    async def live() -> None:
        later = asyncio.get_running_loop().call_later
        later(3.0, cluster.resources.apply, "StressCampaign", campaign(startTimeout="3m"))
        later(5.0, cluster.resources.delete, FIRST)
        await operator.work(lambda: "smoke-g2" in cluster.resources.created)

    run_in(cluster.clock, live())
    assert list(cluster.resources.runs()) == ["smoke-g2"]


def test_a_nudge_looks_at_every_campaign_and_at_every_run_that_is_not_over(cluster: FakeCluster) -> None:
    cluster.resources.apply("StressCampaign", campaign())
    for name in ("smoke-1", "smoke-2", "smoke-3"):
        cluster.resources.apply("StressRun", run(name))
    cluster.resources.bodies[Key("StressRun", "staging", "smoke-3")]["status"] = {"phase": "Finished"}
    operator = cluster.operator()
    poked: list[str] = []
    operator.controller.queue.poke = lambda key, after=0.0: poked.append(key.name)  # type: ignore[method-assign]
    operator.controller.nudge()
    assert sorted(poked) == ["smoke", "smoke-1", "smoke-2"]


def test_a_slot_is_not_missed_because_the_machine_slept_before_it(cluster: FakeCluster) -> None:
    """What the queue waits for, it waits for on a clock that stands still meanwhile."""
    cluster.resources.apply("StressCampaign", campaign(schedule="0 * * * *"))
    operator = cluster.operator()

    async def live() -> None:
        queue = asyncio.create_task(operator.controller.queue.run())
        await asyncio.sleep(1.0)
        cluster.clock.advance(3600.0)
        operator.controller.nudge()
        await asyncio.sleep(1.0)
        queue.cancel()

    run_in(FakeClock(), live())
    assert cluster.resources.created == ["smoke-30000060"]


def test_a_nudge_moves_on_a_run_whose_poke_was_lost(cluster: FakeCluster) -> None:
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    operator.controller.queue.forget(RUN)

    async def live() -> None:
        await blind(operator, 10.0)
        assert cluster.status(RUN) == {}
        operator.controller.nudge()
        await blind(operator, 60.0)

    run_in(cluster.clock, live())
    assert phase(cluster, RUN) == "Finished"


def test_what_is_gone_is_not_looked_at_any_more(cluster: FakeCluster) -> None:
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    operator.watched(RUN, None)
    operator.watched(Key("StressRun", "staging", "never-seen"), None)
    run_in(cluster.clock, blind(operator, 10.0))
    assert b'reconcile_seconds_count{kind="StressRun"}' not in generate_latest(operator.telemetry.registry)


def test_a_late_word_of_the_end_of_one_run_takes_none_away_that_was_made_anew(cluster: FakeCluster) -> None:
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    old = cluster.resources.bodies[RUN]["metadata"]["uid"]
    cluster.resources._remove(RUN)
    cluster.resources.apply("StressRun", run())
    operator.relist()
    operator.controller.gone(RUN, old)
    assert (operator.store.get(RUN) or {}) == cluster.resources.bodies[RUN]
    operator.controller.gone(RUN, cluster.resources.bodies[RUN]["metadata"]["uid"])
    assert operator.store.get(RUN) is None


def test_a_finished_run_asks_for_nothing_more(cluster: FakeCluster) -> None:
    cluster.resources.apply("StressRun", run())
    operator = cluster.operator()
    run_in(cluster.clock, operator.work(lambda: not cluster.resources.bodies[RUN]["metadata"]["finalizers"]))
    assert phase(cluster, RUN) == "Finished"
    assert asyncio.run(operator.runs.reconcile(RUN)) is None
