"""One operator process in the fake world: its drivers and its controller, stepped by the test or working by itself."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stresscampaigns.manifests.load import Images
from stresscampaigns.runtime.campaign_driver import CampaignDriver
from stresscampaigns.runtime.controller import Controller
from stresscampaigns.runtime.observing import Observer
from stresscampaigns.runtime.run_driver import RunDriver
from stresscampaigns.runtime.store import Body, Key, Store
from stresscampaigns.runtime.telemetry import Telemetry
from tests.unit.runtime.fake_clock import FakeClock
from tests.unit.runtime.fake_resources import FakeResources, over_the_wire

IMAGES = Images(load="load:1", fault="fault:1")


@dataclass
class FakeLease:
    """Ours, until the test says otherwise."""

    ours: bool = True

    def held(self) -> bool:
        return self.ours


class FakeOperator:
    """Drivers and their controller, over ports that may be wrapped."""

    def __init__(self, clock: FakeClock, there: FakeResources, ports: Sequence[Any]) -> None:
        self._clock, self._there = clock, there
        self.lease, self.store, self.telemetry = FakeLease(), Store(), Telemetry()
        resources, staging, metrics, reach = ports
        observer = Observer(self.store, staging, metrics, reach, clock)
        self.runs = RunDriver(self.store, resources, staging, observer, clock, self.lease, IMAGES)
        self.campaigns = CampaignDriver(self.store, resources, clock)
        self.controller = Controller(self.store, self.campaigns, self.runs, self.lease, clock, self.telemetry)
        self.relist()

    def relist(self) -> None:
        """Every object as it is now."""
        for key, body in self._there.bodies.items():
            self.watched(key, over_the_wire(body))

    def watched(self, key: Key, body: Body | None) -> None:
        """What the watch shows."""
        if body is None:
            self.controller.gone(key)
        else:
            self.controller.seen(key, body)

    async def work(self, over: Callable[[], bool], seconds: int = 300) -> None:
        """As a real one: the watch shows what changes, the queue says what is due; on the fake clock's loop."""
        later = asyncio.get_running_loop().call_soon

        def shown(key: Key, body: Body | None) -> None:
            later(self.watched, key, body)

        self._there.changed = shown
        queue = asyncio.create_task(self.controller.queue.run())
        try:
            for _ in range(seconds):
                if over():
                    return
                await asyncio.sleep(1.0)
        finally:
            queue.cancel()
        raise AssertionError(f"not over after {seconds} s: {self._there.bodies}")

    async def step(self) -> None:
        """One look at everything that is known; the clock moves a second."""
        await self.look()
        self._clock.advance(1.0)

    async def look(self) -> None:
        """One look at everything that is known."""
        for key in self.store.keys("StressCampaign"):
            await self.campaigns.reconcile(key)
        for key in self.store.keys("StressRun"):
            await self.runs.reconcile(key)

    async def until(self, over: Callable[[], bool], steps: int = 60) -> None:
        """Step by step, until it is over."""
        for _ in range(steps):
            if over():
                return
            await self.step()
        raise AssertionError(f"not over after {steps} steps: {self._there.bodies}")
