"""The API server's campaigns and runs, in memory: versions, finalizers, what is owned goes with its owner."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stresscampaigns.api.base import Model
from stresscampaigns.api.campaign import StressCampaignStatus
from stresscampaigns.api.run import StressRunStatus
from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.clocktime import to_rfc3339
from stresscampaigns.runtime.ports import Conflict
from stresscampaigns.runtime.store import Body, Key, Kind
from tests.unit.runtime.fake_clock import FakeClock

Object = dict[str, Any]
_STATUS: dict[Kind, type[Model]] = {"StressCampaign": StressCampaignStatus, "StressRun": StressRunStatus}


def over_the_wire(body: Mapping[str, Any]) -> Object:
    """What arrives is equal, and shared with nobody."""
    arrived: Object = json.loads(json.dumps(body))
    return arrived


@dataclass
class FakeResources:
    """Fulfils the port; `changed` hears each new state, None when the object is gone; `collect` then its uid."""

    clock: FakeClock
    bodies: dict[Key, Object] = field(default_factory=dict)
    announced: list[tuple[str, str]] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    deletions: list[str] = field(default_factory=list)
    changed: Callable[[Key, Body | None], None] = lambda key, body: None
    collect: Callable[[str], None] = lambda uid: None
    _version: int = 100

    def apply(self, kind: Kind, manifest: Mapping[str, Any]) -> Key:
        """As `kubectl apply`: a changed spec is a new generation."""
        metadata = manifest["metadata"]
        key = Key(kind, metadata["namespace"], metadata["name"])
        known = self.bodies.get(key)
        if known is None:
            self._version += 1
            fresh = {"uid": f"uid-{self._version}", "generation": 1, "creationTimestamp": self._time()}
            self._keep(key, {**manifest, "kind": kind, "metadata": {**over_the_wire(metadata), **fresh}})
        elif known["spec"] != manifest["spec"]:
            known["metadata"]["generation"] += 1
            self._keep(key, {**known, "spec": manifest["spec"]})
        return key

    def annotate(self, key: Key, name: str, value: str) -> None:
        """As `kubectl annotate`."""
        body = self.bodies[key]
        body["metadata"].setdefault("annotations", {})[name] = value
        self._keep(key, body)

    def delete(self, key: Key) -> None:
        """As `kubectl delete`: what has finalizers stays until they are gone."""
        body = self.bodies.get(key)
        if body is None:
            return
        if not body["metadata"].get("finalizers"):
            self._remove(key)
        elif "deletionTimestamp" not in body["metadata"]:
            body["metadata"]["deletionTimestamp"] = self._time()
            self._keep(key, body)

    def runs(self) -> dict[str, Object]:
        """The runs that are there, by name."""
        return {key.name: body for key, body in self.bodies.items() if key.kind == "StressRun"}

    async def read(self, key: Key) -> Body | None:
        return over_the_wire(self.bodies[key]) if key in self.bodies else None

    async def write_status(self, key: Key, version: str, status: Mapping[str, Any]) -> Body:
        body = self._unchanged_since(key, version)
        _STATUS[key.kind].model_validate(status)
        if body.get("status") != status:
            self._keep(key, {**body, "status": over_the_wire(status)})
        return over_the_wire(self.bodies[key])

    async def create_run(self, manifest: Mapping[str, Any]) -> Body:
        metadata = manifest["metadata"]
        key = Key("StressRun", metadata["namespace"], metadata["name"])
        if key not in self.bodies:
            self.created.append(key.name)
            self.apply("StressRun", manifest)
        return over_the_wire(self.bodies[key])

    async def delete_run(self, key: Key) -> None:
        self.deletions.append(key.name)
        self.delete(key)

    async def hold_with(self, key: Key, version: str, finalizers: list[str]) -> None:
        if key not in self.bodies:
            return
        body = self._unchanged_since(key, version)
        body["metadata"]["finalizers"] = finalizers
        if finalizers or "deletionTimestamp" not in body["metadata"]:
            self._keep(key, body)
        else:
            self._remove(key)

    async def announce(self, about: Body, announcement: Announcement) -> None:
        said = (announcement.reason, announcement.message)
        if said not in self.announced:
            self.announced.append(said)

    def _unchanged_since(self, key: Key, version: str) -> Object:
        body = self.bodies.get(key)
        if body is None or body["metadata"]["resourceVersion"] != version:
            raise Conflict(f"{key} has changed")
        return body

    def _keep(self, key: Key, body: Object) -> None:
        self._version += 1
        body["metadata"]["resourceVersion"] = str(self._version)
        self.bodies[key] = body
        self.changed(key, over_the_wire(body))

    def _remove(self, key: Key) -> None:
        uid = self.bodies.pop(key)["metadata"]["uid"]
        self.changed(key, None)
        self.collect(uid)
        for other, body in list(self.bodies.items()):
            if any(owner["uid"] == uid for owner in body["metadata"].get("ownerReferences") or []):
                self.delete(other)

    def _time(self) -> str:
        return to_rfc3339(self.clock.now())
