"""What Prometheus is asked must be told of every pod of the target, where it is told of one."""

import asyncio
from dataclasses import dataclass, field

from stresscampaigns.core.observation import Answer, History, LoadView, Pod, Series
from stresscampaigns.core.scraping import Holes
from stresscampaigns.runtime import parsing
from stresscampaigns.runtime.prometheus_questions import PrometheusQuestions
from tests.unit.runtime.examples import run
from tests.unit.runtime.fake_clock import BEGIN, FakeClock
from tests.unit.runtime.fake_cluster import FakeMetrics

PODS = tuple(Pod(name, f"uid-{name}", ready=True) for name in ("agents-0", "agents-1"))


@dataclass
class Telling(FakeMetrics):
    """A Prometheus that has a series of each of these pods, and none of others."""

    of: tuple[str, ...] = ()
    queries: list[str] = field(default_factory=list)

    async def history(self, url: str, query: str, start: float, end: float, step: int) -> History:
        self.queries.append(query)
        points = tuple((float(at), 0.5) for at in range(round(start), round(end) + 1, step))
        return History(tuple(Series({"pod": name}, points) for name in self.of))


def asked(metrics: Telling) -> Answer:
    """What is known of the check `pool`, of a load of 10 s with two pods."""
    body, clock = run(), FakeClock()
    body["metadata"] |= {"uid": "u", "generation": 1}
    clock.advance(60.0)
    before = [{"name": pod.name, "uid": pod.uid} for pod in PODS]
    status = {"phase": "Analysing", "load": {"startedAt": BEGIN}, "targetPods": before}
    view, questions = parsing.run_view({**body, "status": status}), PrometheusQuestions(metrics, clock)

    async def both() -> dict[str, Answer]:
        await questions.holes(view, LoadView(), PODS)
        return await questions.check_answers(view, LoadView(), PODS, Holes())

    return asyncio.run(both())["pool"]


def test_a_pod_of_which_nothing_is_told_is_no_pod_that_kept_the_bound() -> None:
    assert asked(Telling(of=("agents-0", "agents-1"))).partial is None
    assert (
        asked(Telling(of=("agents-0",))).partial == "series of other pods of the target, and none of agents-1"
    )
    assert asked(Telling(of=("postgres-0",))).partial is None


def test_when_each_of_the_targets_pods_was_scraped_is_asked_by_their_names() -> None:
    metrics = Telling()
    asked(metrics)
    assert r'pod=~"agents\\-0|agents\\-1"' in metrics.queries[0]
