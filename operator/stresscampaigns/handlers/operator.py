"""The running operator: everything wired together, started and stopped in the right order."""

import asyncio
import logging
import time
from dataclasses import dataclass, field

from aiohttp import web

from stresscampaigns.adapters.clock import SystemClock
from stresscampaigns.adapters.kubernetes_api import KubernetesApi
from stresscampaigns.adapters.kubernetes_errors import ClusterError
from stresscampaigns.adapters.lease import KubernetesLease
from stresscampaigns.adapters.prometheus import PrometheusQueries
from stresscampaigns.adapters.reach import HttpReach
from stresscampaigns.adapters.resources import KubernetesResources
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.handlers.http import serve
from stresscampaigns.handlers.settings import Settings
from stresscampaigns.runtime.campaign_driver import CampaignDriver
from stresscampaigns.runtime.controller import Controller
from stresscampaigns.runtime.forgotten import ForgottenRollouts
from stresscampaigns.runtime.observing import Observer
from stresscampaigns.runtime.run_driver import RunDriver
from stresscampaigns.runtime.store import Body, Key, Kind, Store
from stresscampaigns.runtime.telemetry import Telemetry

log = logging.getLogger(__name__)
RELIST_SECONDS = 45.0
LIST_AGAIN_SECONDS = 1.0
STUCK_SECONDS = 60.0


@dataclass
class Operator:
    """One process."""

    settings: Settings
    api: KubernetesApi
    resources: KubernetesResources
    lease: KubernetesLease
    controller: Controller
    telemetry: Telemetry
    forgotten: ForgottenRollouts
    beat: float = field(default_factory=time.monotonic)
    synced: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _servers: list[web.AppRunner] = field(default_factory=list)

    @classmethod
    async def build(cls, settings: Settings) -> "Operator":
        """Connect to the API server and wire the parts."""
        api = await KubernetesApi.connect()
        clock, store, telemetry = SystemClock(), Store(), Telemetry()
        resources, staging = KubernetesResources(api, clock), KubernetesStaging(api)
        lease = KubernetesLease(api, clock, settings.namespace, settings.lease, settings.identity)
        observer = Observer(
            store, staging, PrometheusQueries(), HttpReach(), clock, own_namespaces={settings.namespace}
        )
        runs = RunDriver(store, resources, staging, observer, clock, lease, settings.images)
        campaigns = CampaignDriver(store, resources, clock)
        controller = Controller(store, campaigns, runs, lease, clock, telemetry)
        forgotten = ForgottenRollouts(store, resources, staging, clock)
        return cls(settings, api, resources, lease, controller, telemetry, forgotten)

    async def start(self) -> None:
        """Everything that is there is known before anything is decided."""
        ports = (self.settings.health_port, self.settings.metrics_port)
        self._servers = await serve(*ports, self.alive, self.ready, self.telemetry.registry)
        self._tasks.append(asyncio.create_task(self._pulse()))
        await self._list_at_last()
        for work in (self.lease.keep(), self.controller.queue.run(), self._relist_often()):
            self._tasks.append(asyncio.create_task(work))

    async def stop(self) -> None:
        """Stop working first, then let another operator have the Lease."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.controller.runs.stop()
        await self.lease.give_up()
        for server in self._servers:
            await server.cleanup()
        await self.api.close()

    def alive(self) -> bool:
        """Does the event loop turn, and is no part of us dead?"""
        return time.monotonic() - self.beat < STUCK_SECONDS and not any(task.done() for task in self._tasks)

    def ready(self) -> bool:
        """Do we know the world, and is the Lease ours?"""
        return self.synced and self.lease.held()

    async def _pulse(self) -> None:
        while True:
            self.beat = time.monotonic()
            self.telemetry.leading(self.lease.held())
            self.telemetry.count(self.controller.store)
            await asyncio.sleep(1.0)

    async def _list_at_last(self) -> None:
        """An API server may be starting as we are: kopf would try again after a minute, and find our ports taken."""
        while not self.synced:
            try:
                await self._relist()
                self.synced = True
            except ClusterError as error:
                log.warning("the first listing failed, tried again in %.0f s: %s", LIST_AGAIN_SECONDS, error)
                await asyncio.sleep(LIST_AGAIN_SECONDS)

    async def _relist_often(self) -> None:
        """A watch may fall silent without an error: what it missed comes to light here."""
        while True:
            await asyncio.sleep(RELIST_SECONDS)
            try:
                await self._relist()
                if self.lease.held():
                    await self.forgotten.sweep()
            except Exception:  # whatever it is, the next look may succeed; until then the watch serves
                log.exception("listing failed; tried again in %.0f s", RELIST_SECONDS)

    async def _relist(self) -> None:
        kinds: tuple[Kind, ...] = ("StressCampaign", "StressRun")
        for kind in kinds:
            known = set(self.controller.store.keys(kind))
            listed = {_key(kind, body): body for body in await self.resources.list_all(kind)}
            for key, body in listed.items():
                if key in known and self.controller.store.get(key) is None:
                    continue  # deleted while it was listed
                self.controller.seen(
                    key, {"apiVersion": "stresscampaigns.dev/v1alpha1", "kind": kind, **body}
                )
            for key in known - set(listed):
                if await self.resources.read(key) is None:
                    self.controller.gone(key)
        self.controller.nudge()


def _key(kind: Kind, body: Body) -> Key:
    return Key(kind, body["metadata"]["namespace"], body["metadata"]["name"])
