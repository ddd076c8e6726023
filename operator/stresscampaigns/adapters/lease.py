"""The Lease that makes one operator the only one that acts.

Protocol as client-go's leader election: the holder renews; others may take the Lease once they have watched it
unchanged for its whole duration on their own clock. The holder stops acting before the others may start.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from stresscampaigns.adapters.kubernetes_api import KubernetesApi, Object
from stresscampaigns.adapters.kubernetes_errors import AlreadyThere, ClusterError, NotFound
from stresscampaigns.runtime.ports import Clock

DURATION = 15
"""Seconds for which a Lease holds without being renewed."""
_RENEW = 3.0
_STOP_BEFORE = 5.0
"""The holder stops so many seconds early: its clock need not run as fast as another's."""
log = logging.getLogger(__name__)


class KubernetesLease:
    """Holds, or tries to get, one Lease.

    By steady seconds, those in which the whole machine slept among them: others were awake, and may have taken it.
    """

    def __init__(self, api: KubernetesApi, clock: Clock, namespace: str, name: str, identity: str) -> None:
        self._api = api
        self._clock = clock
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._name = name
        self._identity = identity
        self._renewed: float | None = None
        self._observed: tuple[str, float] = ("", 0.0)

    def held(self) -> bool:
        """May we act now?"""
        return self._renewed is not None and self._clock.steady() - self._renewed < DURATION - _STOP_BEFORE

    async def keep(self) -> None:
        """Get and renew the Lease until cancelled."""
        while True:
            before = self.held()
            try:
                await self._once()
            except ClusterError as error:
                log.warning("the Lease could not be renewed: %s", error)
            if self.held() != before:
                log.info("%s the Lease %s", "holding" if self.held() else "not holding", self._name)
            await asyncio.sleep(_RENEW if self.held() else 1.0)

    async def give_up(self) -> None:
        """Let another have it at once."""
        if self.held():
            self._renewed = None
            await self._api.patch(f"{self._collection}/{self._name}", {"spec": {"holderIdentity": ""}})

    async def _once(self) -> None:
        asked = self._clock.steady()
        try:
            lease = await self._api.get(f"{self._collection}/{self._name}")
        except NotFound:
            await self._write(self._api.create, self._collection, self._fresh({}), asked)
            return
        holder = lease["spec"].get("holderIdentity") or ""
        if holder in ("", self._identity) or self._expired(lease, asked):
            await self._write(
                self._api.replace, f"{self._collection}/{self._name}", self._fresh(lease), asked
            )

    async def _write(
        self, verb: Callable[[str, Object], Awaitable[Object]], path: str, lease: Object, asked: float
    ) -> None:
        try:
            await verb(path, lease)
        except AlreadyThere:
            return
        self._renewed = asked

    def _expired(self, lease: Object, asked: float) -> bool:
        version = lease["metadata"]["resourceVersion"]
        if self._observed[0] != version:
            # From now, not from when we asked: the time that the answer took was no watching.
            self._observed = (version, self._clock.steady())
        return asked - self._observed[1] > (lease["spec"].get("leaseDurationSeconds") or DURATION)

    def _fresh(self, lease: Object) -> Object:
        old = lease.get("spec", {})
        taken = old.get("holderIdentity") != self._identity
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": DURATION,
            "renewTime": now,
            "acquireTime": now if taken else old["acquireTime"],
            "leaseTransitions": old.get("leaseTransitions", 0) + (1 if taken and old else 0),
        }
        metadata = lease.get("metadata") or {"name": self._name}
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}
