"""Bad revisions whose run is over or gone, and that are out all the same: nobody else would roll them back.

A run lets go of nothing while its bad revision is out; but somebody may have forced it away, the right to change
Deployments may have been missing, or a `kubectl rollout undo` may have brought the bad revision back. Looked at are the
Deployments that any known campaign or run names.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.deployments import Deployment
from stresscampaigns.core.rollout import forgotten
from stresscampaigns.runtime.parsing import namespace_in
from stresscampaigns.runtime.ports import Clock, Refusal, Resources, Staging
from stresscampaigns.runtime.store import KINDS, Body, Store


@dataclass
class ForgottenRollouts:
    """Rolls them back."""

    store: Store
    resources: Resources
    staging: Staging
    clock: Clock

    async def sweep(self) -> None:
        """One look at each of them."""
        for (namespace, name), about in dict(self._named()).items():
            found = await self.staging.deployment(namespace, name)
            note = forgotten(found, set(self._under_way()), self.clock.now())
            if note is None or not isinstance(found, Deployment):
                continue
            words = f"Deployment {name} had a bad revision of fault {note.fault}, whose run is over: it is rolled back"
            try:
                await self.staging.roll_back(namespace, found, note)
            except Refusal as error:
                words = str(error)
            await self.resources.announce(about, Announcement("Warning", "ForgottenRollout", words))

    def _named(self) -> Iterator[tuple[tuple[str, str], Body]]:
        """Namespace and name of Deployments, and who names them."""
        for kind in KINDS:
            for body in filter(None, map(self.store.get, self.store.keys(kind))):
                for place in _deployments(body):
                    yield place, body

    def _under_way(self) -> Iterator[str]:
        """UIDs of runs that roll back themselves."""
        for body in filter(None, map(self.store.get, self.store.keys("StressRun"))):
            if (body.get("status") or {}).get("phase") != "Finished":
                yield body["metadata"]["uid"]


def _deployments(body: Body) -> Iterator[tuple[str, str]]:
    """Namespace and name of those that a campaign, or a run's copy of it, names; nobody may be able to read it."""
    spec = body.get("spec") or {}
    asked = spec.get("template") or spec
    home = namespace_in(asked) or body["metadata"]["namespace"]
    for fault in asked.get("faults") or []:
        if isinstance(name := fault.get("deployment"), str):
            yield namespace_in(fault) or home, name
