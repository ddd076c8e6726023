"""Runs that a rule of their own ends."""

import asyncio
from dataclasses import replace
from typing import Any

from stresscampaigns.api.record import unpack
from stresscampaigns.core.observation import History, Series
from stresscampaigns.runtime.standing import StandingQuestions
from tests.unit.runtime.examples import FAULT, RUN, run
from tests.unit.runtime.fake_clock import FakeClock, run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.run_endings import in_a_fault

MELTDOWN: dict[str, Any] = {"name": "meltdown", "errorRate": {}, "above": "50%", "for": "1s"}
WAITING: dict[str, Any] = {"name": "waiting", "query": "max(waiting)", "above": 10, "for": "2s"}


def test_a_load_that_finds_itself_out_of_bounds_ends_the_run_and_its_results_are_kept() -> None:
    cluster = FakeCluster()
    cluster.staging.meltdown = 5
    cluster.resources.apply("StressRun", run(abortWhen=[MELTDOWN], faults=[FAULT | {"duration": "6s"}]))
    status = cluster.finish(RUN)
    assert status["verdict"] == "Aborted"
    assert status["message"] == "aborted: abort rule meltdown: error rate 75%, above 50% for 1s"
    assert status["record"]["kept"]
    assert "checks" not in status
    record = unpack(list(cluster.staging.records.values()))
    assert record.load is not None
    assert len(record.load.seconds) == 5
    (pod,) = record.status["faults"][0]["pods"]  # type: ignore[index, call-overload]
    assert (pod["outcome"], "endedAt" in pod) == ("Aborted", True)


def test_what_prometheus_says_ends_the_run_while_the_fault_is_in_force() -> None:
    cluster = in_a_fault_with(WAITING)
    moments = [cluster.clock.now() - 3 + n for n in range(8)]
    cluster.metrics.series = History((Series({}, tuple((moment, 12.0) for moment in moments)),))
    status = cluster.finish(RUN)
    assert status["message"] == "aborted: abort rule waiting: query 12, above 10 for 2s"
    assert status["faults"][0]["pods"][0]["outcome"] == "Aborted"


def in_a_fault_with(rule: dict[str, Any]) -> FakeCluster:
    cluster = FakeCluster()
    cluster.resources.apply("StressRun", run(abortWhen=[rule]))
    asyncio.run(cluster.operator().until(cluster.staging.in_force))
    return cluster


def test_a_prometheus_that_is_away_ends_nothing_and_the_rule_is_said_to_be_blind() -> None:
    cluster = in_a_fault_with(WAITING)
    cluster.metrics.series = History(error="connection refused")
    asyncio.run(cluster.operator().step())
    cluster.metrics.series = History()
    assert cluster.finish(RUN)["verdict"] == "Passed"
    assert ("AbortRuleUnanswered", "abort rule waiting is not looked at: connection refused") in (
        cluster.resources.announced
    )


def test_without_rules_prometheus_is_asked_while_the_load_is_on_only_whether_it_knows_memory_and_cpu() -> (
    None
):
    queries = {query for query, *_ in in_a_fault().metrics.looked_up}
    assert len(queries) == 2
    assert all("container_memory_" in query or "container_cpu_usage_" in query for query in queries)


def test_what_several_rules_ask_prometheus_is_asked_once_a_look() -> None:
    cluster = FakeCluster()
    twice = [WAITING, WAITING | {"name": "waiting-2", "above": 20}]
    cluster.resources.apply("StressRun", run(abortWhen=twice))
    operator = cluster.operator()
    asyncio.run(operator.until(cluster.staging.in_force))
    cluster.metrics.looked_up.clear()
    asyncio.run(operator.step())
    assert [query for query, *_ in cluster.metrics.looked_up] == ["max(waiting)"]


def test_a_neighbour_that_falls_ends_fault_and_load_at_the_next_look() -> None:
    cluster = FakeCluster()
    cluster.staging.add_pod("app=mail", "mail-0")
    contained = {"name": "contained", "containment": {"fault": "*"}, "above": 0}
    mail = {"name": "mail", "selector": {"matchLabels": {"app": "mail"}}}
    longer = FAULT | {"duration": "5s"}
    cluster.resources.apply("StressRun", run(abortWhen=[contained], neighbours=[mail], faults=[longer]))
    asyncio.run(cluster.operator().until(cluster.staging.in_force))
    asyncio.run(cluster.operator().step())
    label, pod = cluster.staging.target["mail-0"]
    cluster.staging.target["mail-0"] = (label, replace(pod, ready=False))
    fell = cluster.clock.now()
    status = cluster.finish(RUN)
    assert status["message"] == (
        "aborted: abort rule contained: 1 pods of neighbours harmed since start of every fault, above 0: "
        "mail-0 was not ready"
    )
    (hit,) = status["faults"][0]["pods"]
    assert (hit["outcome"], hit["endedAt"] - fell <= 2) == ("Aborted", True)
    assert cluster.staging.left() == []


class SlowPrometheus:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()

    async def __call__(self) -> str:
        self.asked += 1
        await self.answers.wait()
        return f"answer {self.asked}"


def test_a_slow_answer_is_not_waited_for_and_not_asked_for_twice() -> None:
    async def look_three_times() -> tuple[list[str | None], int]:
        slow, standing = SlowPrometheus(), StandingQuestions[str]()
        found = [await standing.ask("r", "q", slow) for _ in range(2)]
        slow.answers.set()
        return [*found, await standing.ask("r", "q", slow)], slow.asked

    assert run_in(FakeClock(), look_three_times()) == ([None, None, "answer 1"], 1)


def test_each_answer_is_given_once() -> None:
    async def look_twice() -> list[str | None]:
        quick, standing = SlowPrometheus(), StandingQuestions[str]()
        quick.answers.set()
        return [await standing.ask("r", "q", quick) for _ in range(2)]

    assert run_in(FakeClock(), look_twice()) == ["answer 1", "answer 2"]


def test_what_nobody_asks_any_more_is_given_up() -> None:
    async def forget() -> tuple[bool, int]:
        slow, standing = SlowPrometheus(), StandingQuestions[str]()
        await standing.ask("r", "q", slow)
        standing.forget("r")
        slow.answers.set()
        return await standing.ask("r", "q", slow) == "answer 2", slow.asked

    assert run_in(FakeClock(), forget()) == (True, 2)


def test_a_value_from_before_prometheus_was_away_ends_no_run() -> None:
    cluster = in_a_fault_with(WAITING)
    now = cluster.clock.now()
    stale = tuple((now + step, 12.0) for step in range(-5, 20))
    cluster.metrics.series = History((Series({}, stale),))
    latest = tuple((now + step, min(now + step, now - 60)) for step in range(-300, 20))
    cluster.metrics.scrapes = History((Series({"of": "all"}, latest),))
    asyncio.run(cluster.operator().step())
    assert "verdict" not in cluster.status(RUN)
