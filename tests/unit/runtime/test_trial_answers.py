"""An operator tells a load that searches what Prometheus says of its trials; whatever kills it, the load is told."""

import asyncio
import json
from typing import Any

import pytest

from stresscampaigns.core.observation import Answer
from stresscampaigns.runtime.ports import Away
from tests.unit.runtime.examples import RUN, SPEC, run
from tests.unit.runtime.fake_clock import run_in
from tests.unit.runtime.fake_cluster import FakeCluster
from tests.unit.runtime.interruptions import Fuse, Killed, at_every_call

QUERY: dict[str, Any] = {"name": "pool", "query": "max(x)", "max": "0.9"}
STAGES = [{"name": "steady", "users": 1, "duration": "40s"}]
SEARCHED: dict[str, Any] = {
    "load": {**SPEC["load"], "stages": STAGES, "capacity": {"lowest": 2, "highest": 9}},
    "faults": [],
    "checks": [QUERY],
}
"""Of two trials of 20 s each the first one passes."""
MAP = "smoke-1-answers"


def cluster_with(answer: float | None) -> FakeCluster:
    """In which Prometheus answers so, or not at all."""
    cluster = FakeCluster()
    known = Answer((answer,), covered=1.0) if answer is not None else Answer(error="connection refused")
    cluster.metrics.answer = known
    cluster.resources.apply("StressRun", run(**SEARCHED))
    return cluster


def said(cluster: FakeCluster) -> list[dict[str, Any]] | None:
    """What the load is told."""
    found = cluster.staging.records.get(MAP)
    return json.loads(found["data"]["answers.json"])["answers"] if found else None


def on_until_told(cluster: FakeCluster) -> dict[str, Any]:
    """The status when the load is told anything."""
    asyncio.run(cluster.operator().until(lambda: said(cluster) is not None, 60))
    return cluster.status(RUN)


@pytest.mark.parametrize(("share", "broke"), [(0.95, {"pool": "0.95"}), (0.5, {})])
def test_a_load_that_searches_is_told_while_it_is_on(share: float, broke: dict[str, str]) -> None:
    cluster = cluster_with(share)
    status = on_until_told(cluster)
    assert said(cluster) == [{"trial": 1, "broke": broke}]
    assert status["phase"] == "Running"
    assert status["trialAnswers"] == [{"trial": 1, "broke": broke} if broke else {"trial": 1}]


def test_its_coordinator_sees_it_as_a_file() -> None:
    cluster = cluster_with(0.5)
    on_until_told(cluster)
    jobs = [body for (_, kind, _), (_, body) in cluster.staging.objects.items() if kind == "Job"]
    volumes = {body["metadata"]["name"]: body["spec"]["template"]["spec"]["volumes"] for body in jobs}
    assert volumes["smoke-1-coordinator"] == [
        {"name": "answers", "configMap": {"name": MAP, "optional": True}}
    ]
    assert volumes["smoke-1-worker"] == []
    assert not cluster.staging.records[MAP].get("immutable")


def test_an_unanswered_question_is_no_pass_and_the_run_ends_all_the_same() -> None:
    cluster = cluster_with(None)
    status = cluster.finish(RUN)
    assert said(cluster) is None
    assert status["verdict"] == "Inconclusive"


def test_where_it_must_not_be_told_the_run_goes_on_and_says_so() -> None:
    cluster = cluster_with(0.5)
    cluster.staging.refuses = "record"
    asyncio.run(cluster.operator().until(lambda: "trialAnswers" in cluster.status(RUN), 60))
    cluster.staging.refuses = ""
    assert cluster.finish(RUN)["verdict"] == "Passed"
    words = dict(cluster.resources.announced)["AnswersRefused"]
    assert words == "the load is not told what its trials broke: quota exceeded"


def test_each_trial_is_asked_about_once_while_the_load_is_on() -> None:
    cluster = cluster_with(0.5)
    cluster.finish(RUN)
    start = cluster.status(RUN)["load"]["startedAt"]
    first = [one for one in cluster.metrics.asked if one == ("max(x)", start, start + 20)]
    assert len(first) == 2, "once while it is on, once in the end"


def test_a_question_that_nobody_answers_is_asked_again_every_five_seconds() -> None:
    cluster = cluster_with(None)
    operator = cluster.operator()
    asyncio.run(operator.until(lambda: bool(cluster.metrics.asked), 60))
    began, a_round = cluster.clock.now(), len(cluster.metrics.asked)
    asyncio.run(operator.until(lambda: cluster.clock.now() >= began + 11, 60))
    assert len(cluster.metrics.asked) == 3 * a_round


class SlowToKeep:
    """A namespace in which it takes long to write anything down."""

    def __init__(self, port: Any, error: Exception | None) -> None:
        self._port, self._error = port, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def keep(self, manifests: list[Any], instead: bool) -> None:
        await asyncio.sleep(4.0)
        if self._error:
            raise self._error
        await self._port.keep(manifests, instead)


@pytest.mark.parametrize("error", [None, Away("a webhook does not answer")], ids=["at last", "never"])
def test_only_what_the_load_has_been_told_is_written_down_and_nothing_waits_for_it(
    error: Exception | None,
) -> None:
    cluster, gaps = cluster_with(0.95), []

    def over() -> bool:
        gaps.append((said(cluster) or []) == [] and "trialAnswers" in cluster.status(RUN))
        return cluster.status(RUN).get("phase") != "Running" and len(gaps) > 30

    def slow(port: Any) -> Any:
        return SlowToKeep(port, error) if port is cluster.staging else port

    run_in(cluster.clock, cluster.operator(slow).work(over))
    assert not any(gaps)
    assert ("trialAnswers" in cluster.status(RUN)) is (error is None)


def lived(*fuses: Fuse) -> FakeCluster:
    """One operator after the other, each of which has its fuse."""
    cluster = cluster_with(0.95)
    for fuse in fuses:
        try:
            asyncio.run(cluster.operator(fuse.wrap).until(lambda: said(cluster) is not None, 60))
        except Killed:
            cluster.clock.advance(1.0)
    on_until_told(cluster)
    return cluster


def test_a_crash_at_any_call_keeps_nothing_from_the_load() -> None:
    calm = Fuse()
    lived(calm)
    for fuse in list(at_every_call(calm.calls))[::3]:
        assert said(lived(fuse)) == [{"trial": 1, "broke": {"pool": "0.95"}}], fuse
