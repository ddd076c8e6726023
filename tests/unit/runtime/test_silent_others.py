"""A webhook or a kubelet that says nothing for long: whoever wants the run to end is heard and obeyed within 2 s."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from stresscampaigns.runtime.acts import AT_ONCE
from stresscampaigns.runtime.ports import Away
from tests.unit.runtime.examples import FAULT, RUN, SPEC, run
from tests.unit.runtime.fake_clock import run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import end, over

PROMISED = 2.0
SILENCE = 20.0
LONG = FAULT | {"duration": "60s", "mode": "all"}
OTHER = LONG | {"name": "other", "at": "5s"}
KILL = {"name": "kill", "type": "PodKill", "at": "5s", "duration": "1s"}
LOAD = SPEC["load"] | {"stages": [{"name": "steady", "users": 1, "duration": "90s"}]}


class Silent:
    """A port whose calls of one name give no answer for long where they are about something; then they fail."""

    def __init__(self, port: Any, call: str, about: str) -> None:
        self._port, self._call, self._about = port, call, about
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)

        async def through(*arguments: Any, **named: Any) -> Any:
            if name == self._call and self._about in f"{arguments} {named}":
                self.asked += 1
                await asyncio.sleep(SILENCE)
                raise Away("no answer")
            return await call(*arguments, **named)

        return through


def faulty(*faults: dict[str, Any]) -> FakeCluster:
    """A run of long faults, in two pods."""
    cluster = FakeCluster()
    cluster.staging.add_pod("app=postgres", "postgres-1")
    checks = [{"name": "errors", "errorRate": {}, "max": "100%"}]
    cluster.resources.apply("StressRun", run(load=LOAD, faults=list(faults), checks=checks))
    return cluster


async def come_true(what: Callable[[], bool]) -> None:
    for _ in range(300):
        if what():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it never came")


def withdraw(cluster: FakeCluster) -> None:
    cluster.staging.labels = {}


def ended_in_time(cluster: FakeCluster, call: str, about: str, ask: Callable[[], None]) -> list[bool]:
    """Of each sidecar of the fault that is in force, whether it was told to end within 2 s of being asked to."""
    told: list[bool] = []

    async def meanwhile() -> None:
        operator = cluster.operator(lambda port: Silent(port, call, about))
        working = asyncio.create_task(operator.work(lambda: bool(told)))
        await come_true(cluster.staging.in_force)
        await asyncio.sleep(1.7)
        held = [one for one in cluster.staging.held if one.in_force(cluster.clock.now())]
        ask()
        await asyncio.sleep(PROMISED)
        told.extend(one.told_to_end is not None for one in held)
        await working

    run_in(cluster.clock, meanwhile())
    return told


WAYS = ["aborted", "deleted", "withdrawn"]


def asked(cluster: FakeCluster, way: str) -> Callable[[], None]:
    return lambda: withdraw(cluster) if way == "withdrawn" else end(cluster, way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("faults", "call", "about"),
    [
        ([LONG, OTHER], "inject", "-other"),
        ([LONG, KILL], "kill_pod", ""),
        ([LONG], "load", "'with_result': True"),
        ([LONG], "announce", "FaultInjected"),
    ],
    ids=["a sidecar that is not let in", "a kill that is not let through", "the load", "an event"],
)
def test_the_faults_in_force_end_in_time_while_nobody_answers_for(
    way: str, faults: list[dict[str, Any]], call: str, about: str
) -> None:
    cluster = faulty(*faults)
    if call == "load":
        cluster.staging.target.pop("postgres-1")
        assert ended_after_the_load_fell_silent(cluster, way) == [True]
    else:
        assert ended_in_time(cluster, call, about, asked(cluster, way)) == [True, True]


def ended_after_the_load_fell_silent(cluster: FakeCluster, way: str) -> list[bool]:
    """The load has begun by then: no fault would be in force else."""
    asyncio.run(cluster.operator().until(cluster.staging.in_force))
    return ended_in_time(cluster, "load", "'with_result': True", asked(cluster, way))


@pytest.mark.parametrize("way", WAYS)
def test_a_sidecar_that_cannot_be_told_to_end_keeps_no_other_in_force(way: str) -> None:
    cluster = faulty(LONG)
    assert ended_in_time(cluster, "end_fault", "postgres-0", asked(cluster, way)) == [False, True]


def test_so_it_is_where_many_pods_are_on_the_silent_node() -> None:
    cluster = faulty(LONG)
    for number in range(AT_ONCE - 2):
        cluster.staging.add_pod("app=postgres", f"postgres-0-{number:02}")
    told = ended_in_time(cluster, "end_fault", "postgres-0", asked(cluster, "aborted"))
    assert told == [False] * (AT_ONCE - 1) + [True]


def test_what_hangs_is_asked_for_once() -> None:
    cluster = faulty(LONG, OTHER)
    ports: list[Silent] = []

    async def meanwhile() -> None:
        def silent(port: Any) -> Silent:
            ports.append(Silent(port, "inject", "-other"))
            return ports[-1]

        operator = cluster.operator(silent)
        begun = cluster.clock.now()
        await operator.work(lambda: cluster.clock.now() > begun + SILENCE / 2)

    run_in(cluster.clock, meanwhile())
    assert sum(port.asked for port in ports) == 2, "once for each pod"


def test_what_is_still_being_put_in_when_the_run_ends_is_called_off() -> None:
    cluster = faulty(LONG, OTHER)
    slow = SILENCE / 4

    class Slow(Silent):
        def __getattr__(self, name: str) -> Any:
            call = getattr(self._port, name)

            async def through(*arguments: Any, **named: Any) -> Any:
                if name == "inject" and "-other" in str(arguments):
                    await asyncio.sleep(slow)
                return await call(*arguments, **named)

            return through

    async def meanwhile() -> None:
        operator = cluster.operator(lambda port: Slow(port, "", ""))
        working = asyncio.create_task(operator.work(lambda: over(cluster)))
        await come_true(lambda: bool(cluster.staging.held))
        end(cluster, "aborted")
        await working

    run_in(cluster.clock, meanwhile())
    assert not any("-other" in one.container for one in cluster.staging.held)
    assert cluster.status(RUN)["verdict"] == "Aborted"


def test_an_operator_that_stops_leaves_nothing_under_way() -> None:
    cluster = faulty(LONG, OTHER)

    async def meanwhile() -> None:
        operator = cluster.operator(lambda port: Silent(port, "inject", "-other"))
        begun = cluster.clock.now()
        await operator.work(lambda: cluster.clock.now() > begun + SILENCE / 2)
        await asyncio.sleep(0)
        await operator.runs.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_in(cluster.clock, meanwhile())
