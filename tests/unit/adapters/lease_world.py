"""A Lease, a clock that moves when it is told to, and one round of looking."""

import asyncio

from stresscampaigns.adapters.clock import SystemClock
from stresscampaigns.adapters.kubernetes_api import Object
from stresscampaigns.adapters.lease import DURATION, KubernetesLease
from tests.unit.adapters.fake_api import FakeApi

PATH = "/apis/coordination.k8s.io/v1/namespaces/ops/leases/stress"


class FakeTime:
    """A clock that moves when it is told to."""

    CLOCK_BOOTTIME = 7

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept = 0.0
        """Seconds for which the machine was suspended."""

    def clock_gettime(self, clock: int) -> float:
        return self.now + (self.slept if clock == self.CLOCK_BOOTTIME else 0.0)


def held_by(holder: str, version: int = 1) -> Object:
    """The Lease as this one holds it."""
    spec = {"holderIdentity": holder, "leaseDurationSeconds": DURATION, "acquireTime": "then"}
    return {"metadata": {"name": "stress", "resourceVersion": str(version)}, "spec": spec}


def lease(api: FakeApi, identity: str = "me") -> KubernetesLease:
    """One who wants it."""
    return KubernetesLease(api, SystemClock(), "ops", "stress", identity)


def look(*leases: KubernetesLease) -> None:
    """One round of what `keep` does over and over."""

    async def once() -> None:
        for one in leases:
            await one._once()

    asyncio.run(once())


def holder(api: FakeApi) -> str:
    """Who has it."""
    return str(api.there[PATH]["spec"]["holderIdentity"])
