"""A round without the operator, which makes it short: what it would do is done here, by its own code."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from stresscampaigns.adapters.kubernetes_errors import ClusterError
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core.observation import Container, Pod
from stresscampaigns.core.targeting import choose
from stresscampaigns.core.within import cannot, container_of, place
from stresscampaigns.manifests.load import Images
from stresscampaigns.manifests.names import container_prefix
from stresscampaigns.manifests.sidecar import burn_command, sidecar
from stresscampaigns.runtime.ports import Refusal
from tests.e2e.campaigns import NAMESPACE
from tests.torture.choice import app_of, lasts

IMAGES = Images("stresscampaigns/load:dev", "stresscampaigns/fault:dev")
_AGAIN = 0.2
_LONGEST = 120


class Direct:
    """One round's faults; `uid` stands for the run's."""

    def __init__(self, staging: KubernetesStaging, uid: str) -> None:
        self._staging = staging
        self._uid = uid

    async def put_in(self, faults: tuple[Fault, ...], start: float) -> tuple[str, ...]:
        """Every fault into every pod that it picks, until its end; when all are done or have had their time: what could
        not be done in it, and why."""
        jobs = []
        for fault in faults:
            pods = await self._staging.pods(NAMESPACE, f"app={app_of(fault)}")
            end, peers = start + lasts(fault), await self._peers(fault)
            jobs += [
                self._one(fault, pod, start, end, peers)
                for pod in choose(fault, pods)
                if cannot(fault, pod) is None
            ]
        return tuple(told for told in await asyncio.gather(*jobs) if told)

    async def _peers(self, fault: Fault) -> tuple[str, ...] | None:
        if fault.peers is None or fault.peers.selector is None:
            return None
        return await self._staging.addresses(NAMESPACE, fault.peers.selector.as_query())

    async def _one(
        self, fault: Fault, pod: Pod, start: float, end: float, peers: tuple[str, ...] | None
    ) -> str | None:
        if place(fault) == "cluster":
            await asyncio.sleep(max(0.0, start - time.time()))
            return await _insist(lambda: self._staging.kill_pod(NAMESPACE, pod.name, pod.uid), end)
        into = container_of(fault, pod) if place(fault) == "container" else None
        manifest = sidecar(self._uid, fault, IMAGES, start, end, peers, into)
        told = await _insist(lambda: self._staging.inject(NAMESPACE, pod.name, pod.uid, manifest), end)
        if into and told is None:
            told = await self._start_within(fault, pod, into, start, end)
        return told

    async def _start_within(
        self, fault: Fault, pod: Pod, into: Container, start: float, end: float
    ) -> str | None:
        async def look() -> None:
            for one in await self._staging.sidecars(NAMESPACE, container_prefix(self._uid) + fault.name):
                if one.pod != pod.name or one.state != "Running" or not one.report.pid or one.report.started:
                    continue
                command = burn_command(fault, into, one.report.pid, start, end)
                await self._staging.start_in_target(NAMESPACE, pod.name, into.name, command)

        told = None
        while time.time() < min(end, start + 5):
            told = await _insist(look, end)
            await asyncio.sleep(_AGAIN)
        return told


async def _insist(act: Callable[[], Awaitable[None]], until: float) -> str | None:
    """Again and again while nobody answers, as the operator does; what was in the way where it never could be done."""
    told = "not asked for: too late"
    while time.time() < until:
        try:
            await act()
            return None
        except (ClusterError, Refusal) as error:
            told = f"not done: {error}"[:_LONGEST]
            await asyncio.sleep(_AGAIN)
    return told
