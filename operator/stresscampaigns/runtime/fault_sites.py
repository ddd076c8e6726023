"""Where a run's faults work: the pods they break, what is in them of ours, Deployments, and the other ends."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from stresscampaigns.api.fault_parts import Peers
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core.deployments import Deployment, NoDeployment
from stresscampaigns.core.observation import Pod, Sidecar
from stresscampaigns.core.progress import RunView
from stresscampaigns.manifests.names import container_prefix
from stresscampaigns.runtime.ports import Staging

Deployments = Mapping[str, Deployment | NoDeployment]
"""Of the faults that roll something out."""


@dataclass
class FaultSites:
    """As they are now; what is told of each fault, by its name."""

    staging: Staging

    async def sidecars(self, run: RunView, but: Collection[str] = ()) -> tuple[Sidecar, ...]:
        """Those of this very run, but for those in some namespaces."""
        namespaces = {run.target_namespace, *run.fault_namespaces}.difference(but)
        prefix = container_prefix(run.uid)
        found = await asyncio.gather(*(self.staging.sidecars(one, prefix) for one in sorted(namespaces)))
        return tuple(sidecar for some in found for sidecar in some)

    async def pods(self, run: RunView, deployments: Deployments) -> dict[str, tuple[Pod, ...]]:
        """Those that its selector picks; none, where that is not known."""
        faults = run.template.faults or []
        asked = [(fault, selector) for fault in faults if (selector := _selector(run, fault, deployments))]
        found = await asyncio.gather(
            *(self.staging.pods(run.namespace_of(fault), selector) for fault, selector in asked)
        )
        known = {fault.name: pods for (fault, _), pods in zip(asked, found, strict=True)}
        return {fault.name: known.get(fault.name, ()) for fault in faults}

    async def deployments(self, run: RunView) -> dict[str, Deployment | NoDeployment]:
        """Those in which bad revisions are rolled out."""
        asked = [(fault, fault.deployment) for fault in run.template.faults or [] if fault.deployment]
        found = await asyncio.gather(
            *(self.staging.deployment(run.namespace_of(fault), name) for fault, name in asked)
        )
        return {fault.name: seen for (fault, _), seen in zip(asked, found, strict=True)}

    async def peers(self, run: RunView) -> dict[str, tuple[str, ...]]:
        """Of each fault that names them: as they are now."""
        named = {fault.name: fault.peers for fault in run.template.faults or [] if fault.peers}
        found = await asyncio.gather(*(self._addresses(run, peers) for peers in named.values()))
        return dict(zip(named, found, strict=True))

    async def _addresses(self, run: RunView, peers: Peers) -> tuple[str, ...]:
        if peers.selector is None:
            return tuple(peers.cidrs or ())
        return await self.staging.addresses(
            peers.namespace or run.target_namespace, peers.selector.as_query()
        )


def _selector(run: RunView, fault: Fault, deployments: Deployments) -> str:
    """Of the pods that a fault breaks; empty where it is not known."""
    if fault.rolls_out:
        found = deployments.get(fault.name)
        return found.selector if isinstance(found, Deployment) else ""
    return (fault.own_selector or run.template.target.selector).as_query()
