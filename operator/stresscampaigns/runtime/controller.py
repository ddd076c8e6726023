"""The operator's heart: what is seen goes into the store, what is due is driven, only while the Lease is ours."""

import time
from dataclasses import dataclass, field

from stresscampaigns.runtime.campaign_driver import CampaignDriver
from stresscampaigns.runtime.ports import Clock, Leadership
from stresscampaigns.runtime.queue import WorkQueue
from stresscampaigns.runtime.run_driver import RunDriver
from stresscampaigns.runtime.store import Body, Key, Store
from stresscampaigns.runtime.telemetry import Telemetry

NOT_LEADING_PAUSE = 1.0


@dataclass
class Controller:
    """Everything that handlers call."""

    store: Store
    campaigns: CampaignDriver
    runs: RunDriver
    leadership: Leadership
    clock: Clock
    telemetry: Telemetry
    queue: WorkQueue[Key] = field(init=False)

    def __post_init__(self) -> None:
        """The queue drives what this controller knows."""
        self.queue = WorkQueue(self._reconcile, self.clock)
        self.store.run_changed = self._on_run

    def seen(self, key: Key, body: Body) -> None:
        """The watch, or a listing, shows this state of an object."""
        before = self.store.get(key)
        if self.store.put(key, body):
            if before is not None and _uid(before) != _uid(body):
                self._ended(key, before)  # another one has its name by now
            self.queue.poke(key)

    def gone(self, key: Key, uid: str | None = None) -> None:
        """The object does not exist any more; where its `uid` is given, that very one."""
        body = self.store.get(key)
        if body is not None and uid not in (None, _uid(body)):
            return
        self.store.remove(key)
        self.queue.forget(key)
        if body is not None:
            self._ended(key, body)

    def _ended(self, key: Key, body: Body) -> None:
        if key.kind == "StressRun":
            self.store.turns.discard(body["metadata"]["uid"])
            self.store.unwelcome.discard(body["metadata"]["uid"])
            if self.runs.gone(key, body):
                self.queue.poke(key)
            self._poke_campaign(key, body)

    def nudge(self) -> None:
        """All but what is over is looked at again: a poke may be lost, and what was planned by a clock that was set
        right meanwhile, or by one that slept, comes at a wrong time."""
        for key in (*self.store.keys("StressCampaign"), *self.store.keys("StressRun")):
            if ((self.store.get(key) or {}).get("status") or {}).get("phase") != "Finished":
                self.queue.poke(key)

    def _on_run(self, key: Key, body: Body) -> None:
        self._poke_campaign(key, body)
        if not body.get("status"):
            # Made by ourselves: the watch will show nothing that the store does not know.
            self.queue.poke(key)

    def _poke_campaign(self, key: Key, body: Body) -> None:
        self.queue.poke(Key("StressCampaign", key.namespace, body["spec"]["campaign"]))

    async def _reconcile(self, key: Key) -> float | None:
        if not self.leadership.held():
            return NOT_LEADING_PAUSE
        began = time.perf_counter()
        driver = self.campaigns if key.kind == "StressCampaign" else self.runs
        try:
            return await driver.reconcile(key)
        except BaseException:
            self.telemetry.failed(key.kind)
            raise
        finally:
            self.telemetry.reconciled(key.kind, time.perf_counter() - began)


def _uid(body: Body) -> str:
    return str(body["metadata"]["uid"])
