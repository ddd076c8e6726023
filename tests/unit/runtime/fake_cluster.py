"""The whole world of one operator: its resources, the namespace under stress, Prometheus, the target."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stresscampaigns.core.observation import Answer, History, Probe, Series
from stresscampaigns.runtime.store import Key
from tests.unit.runtime.fake_clock import FakeClock
from tests.unit.runtime.fake_operator import FakeOperator
from tests.unit.runtime.fake_resources import FakeResources
from tests.unit.runtime.fake_staging import OK, FakeStaging

HALF = Answer((0.5,), covered=1.0)
OF_CHECKS = ("max(db_pool)", "max(x)")
"""All else is asked about resources, or by abort rules."""


@dataclass
class FakeMetrics:
    """Prometheus, with one answer to every query."""

    up: Probe = OK
    answer: Answer = HALF
    asked: list[tuple[str, float, float]] = field(default_factory=list)
    scrapes: History = field(default_factory=History)
    series: History = field(default_factory=History)
    counter: Callable[[str, float], History] = lambda query, moment: History()
    looked_up: list[tuple[str, float, float, int]] = field(default_factory=list)

    async def probe(self, url: str) -> Probe:
        return self.up

    async def history(self, url: str, query: str, start: float, end: float, step: int) -> History:
        if "timestamp(up)" in query:
            return self.scrapes
        if query in OF_CHECKS:
            self.asked.append((query, start, end))
            return self._of_check(start, end, step)
        self.looked_up.append((query, start, end, step))
        return self.series

    def _of_check(self, start: float, end: float, step: int) -> History:
        moments = range(round(start), round(end) + 1, step)
        series = (Series({}, tuple((float(at), value) for at in moments)) for value in self.answer.values)
        return History(tuple(series), self.answer.error)

    async def samples(self, url: str, query: str, moment: float) -> History:
        self.asked.append((query, moment, moment))
        return self.counter(query, moment)


@dataclass
class FakeReach:
    """The way to the target."""

    open: Probe = OK
    quietly: list[bool] = field(default_factory=list)
    through: list[str | None] = field(default_factory=list)
    """The proxies."""

    async def probe(self, url: str, connect_only: bool = False, proxy: str | None = None) -> Probe:
        self.quietly.append(connect_only)
        self.through.append(proxy)
        return self.open


class FakeCluster:
    """Where operators live and die."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.resources = FakeResources(self.clock)
        self.staging = FakeStaging(self.clock)
        self.resources.collect = self.staging.collect
        self.metrics, self.reach = FakeMetrics(), FakeReach()
        self.staging.add_pod("app=agents", "agents-1")
        self.staging.add_pod("app=postgres", "postgres-0")

    def operator(self, wrapped: Callable[[Any], Any] = lambda port: port) -> FakeOperator:
        """A new one, that remembers nothing and has listed what is there."""
        ports = [wrapped(port) for port in (self.resources, self.staging, self.metrics, self.reach)]
        return FakeOperator(self.clock, self.resources, ports)

    def finish(self, key: Key) -> dict[str, Any]:
        """A new operator brings the run to its end, which leaves nothing behind; its last status."""
        asyncio.run(self.operator().until(lambda: self.status(key).get("phase") == "Finished", 200))
        assert self.staging.left() == []
        return self.status(key)

    def status(self, key: Key) -> dict[str, Any]:
        """The status of what is there."""
        status: dict[str, Any] = self.resources.bodies[key].get("status") or {}
        return status
