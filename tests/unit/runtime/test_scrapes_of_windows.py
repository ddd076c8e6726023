"""When Prometheus scraped: for a short window of a long load it is asked in the window's own steps."""

import asyncio
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

import pytest

from stresscampaigns.core.observation import History, LoadView, Series
from stresscampaigns.core.scraping import Holes, is_silent
from stresscampaigns.runtime import parsing
from stresscampaigns.runtime.prometheus_questions import PrometheusQuestions
from tests.unit.runtime.examples import FAULT, POOL, SPEC, run
from tests.unit.runtime.fake_clock import BEGIN, FakeClock
from tests.unit.runtime.fake_cluster import FakeMetrics

DAY = 86_400
NOON = DAY // 2
RESOURCE: dict[str, Any] = {"name": "pool", "saturation": {"resource": "db-pool"}, "max": "90%"}
CHANGES: dict[str, Any] = {
    "load": {**SPEC["load"], "stages": [{"name": "steady", "users": 1, "duration": "24h"}]},
    "faults": [{**FAULT, "at": "12h", "duration": "50s"}],
    "saturation": [{"name": "db-pool", "used": "in_use", "limit": "size"}],
}


@dataclass
class Scraping(FakeMetrics):
    """A Prometheus that scraped at these seconds of the load, and tells of it for five minutes."""

    at: tuple[int, ...] = ()
    steps: list[int] = field(default_factory=list)

    async def history(self, url: str, query: str, start: float, end: float, step: int) -> History:
        self.steps.append(step)
        moments = (round(start - BEGIN) + number * step for number in range(round(end - start) // step + 1))
        latest = ((now, [-DAY, *self.at][bisect_right(self.at, now)]) for now in moments)
        points = tuple((BEGIN + now, BEGIN + at) for now, at in latest if now - at < 300)
        return History((Series({"of": "target"}, points),))


def holes(metrics: Scraping, *checks: dict[str, Any]) -> Holes:
    body = run(**CHANGES, checks=list(checks))
    body["metadata"] |= {"uid": "u", "generation": 1}
    clock = FakeClock()
    clock.advance(DAY + 60.0)
    view = parsing.run_view({**body, "status": {"phase": "Analysing", "load": {"startedAt": BEGIN}}})
    return asyncio.run(PrometheusQuestions(metrics, clock).holes(view, LoadView(), ()))


@pytest.mark.parametrize("check", [POOL, RESOURCE], ids=["a query", "a resource"])
@pytest.mark.parametrize("early", range(1, 10))
def test_a_fault_that_no_scrape_fell_into_is_silent_between_whatever_steps_of_the_load(
    check: dict[str, Any], early: int
) -> None:
    """Scraped each minute, last so many seconds before the fault: the load's own steps are 87 s apart."""
    minutes = tuple(range(-early - 600, DAY + 60, 60))
    unseen = holes(Scraping(at=minutes), {**check, "during": "db-away"})
    assert is_silent(unseen.silences, BEGIN + NOON, BEGIN + NOON + 50)
    assert unseen.stretches == ()


def test_a_hole_that_is_shorter_than_the_steps_of_the_load_is_one_in_a_window() -> None:
    """Scraped every 5 s, but not for the last 40 s of the fault."""
    seen = tuple(at for at in range(NOON - 600, NOON + 600, 5) if not NOON + 10 < at < NOON + 50)
    unseen = holes(Scraping(at=seen), {**POOL, "during": "db-away"})
    assert any(since < BEGIN + NOON + 20 and until >= BEGIN + NOON + 49 for since, until in unseen.stretches)


def test_of_windows_as_long_as_the_load_it_is_asked_once() -> None:
    metrics = Scraping(at=(0,))
    holes(metrics, POOL, RESOURCE)
    assert metrics.steps == [87]


def test_a_window_that_several_checks_look_at_is_asked_about_once() -> None:
    metrics = Scraping(at=(0,))
    holes(metrics, {**POOL, "during": "db-away"}, {**RESOURCE, "name": "other", "during": "db-away"})
    assert sorted(metrics.steps) == [1, 87]
