"""Our own resources at the API server: campaigns, runs, and the events on them."""

import hashlib

from stresscampaigns.adapters.kubernetes_api import OPERATIONS, KubernetesApi, Object
from stresscampaigns.adapters.kubernetes_errors import AlreadyThere, NotAllowed, NotFound, Refused
from stresscampaigns.api.base import API_VERSION
from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.clocktime import to_rfc3339
from stresscampaigns.manifests.manifest import Manifest, Part
from stresscampaigns.runtime.ports import Clock, Conflict, Refusal
from stresscampaigns.runtime.store import Body, Key, Kind, kept

_PLURALS: dict[Kind, str] = {"StressCampaign": "stresscampaigns", "StressRun": "stressruns"}
AT_A_TIME = 25
"""Objects of a list: a run that was told of memory and CPU by metrics.k8s.io is 180 kB, and 1.2 MB when it is read."""


def resource_path(key: Key) -> str:
    """The object's path at the API server."""
    return f"/apis/{API_VERSION}/namespaces/{key.namespace}/{_PLURALS[key.kind]}/{key.name}"


class KubernetesResources:
    """Reads and writes them."""

    def __init__(self, api: KubernetesApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    async def list_all(self, kind: Kind) -> list[Object]:
        """Every object of a kind, in all namespaces; of each what the store keeps of it."""
        pages = self._api.pages(f"/apis/{API_VERSION}/{_PLURALS[kind]}", AT_A_TIME)
        return [{**kept(body)} async for page in pages for body in page]

    async def read(self, key: Key) -> Body | None:
        """The object as it is now; None where it is gone."""
        try:
            return await self._api.get(resource_path(key))
        except NotFound:
            return None

    async def write_status(self, key: Key, version: str, status: Part) -> Body:
        """Replace the status; what the new one does not have is removed, at any depth.

        A merge patch would mix objects: a new last run without a verdict would keep the verdict of the one before.

        Raises:
            Conflict: the object has changed since `version`, or is gone.
            Refusal: this status can never be written; in the API server's words.
        """
        changes: list[Part] = [
            {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
            {"op": "add", "path": "/status", "value": dict(status)},
        ]
        try:
            return await self._api.patch(f"{resource_path(key)}/status", changes, OPERATIONS)
        except (AlreadyThere, NotFound) as error:
            raise Conflict(str(error)) from error
        except Refused as error:
            raise Refusal(f"the status could not be written: {error}") from error

    async def create_run(self, manifest: Manifest) -> Body:
        """Create a run; one of that name that is there already is returned instead.

        Raises:
            Refusal: by a rule that is newer than the campaign, a quota, a webhook; in the API server's words.
        """
        metadata = manifest["metadata"]
        key = Key("StressRun", metadata["namespace"], metadata["name"])
        try:
            return await self._api.create(resource_path(key).rsplit("/", 1)[0], manifest)
        except AlreadyThere:
            return await self._api.get(resource_path(key))
        except (NotAllowed, Refused) as error:
            raise Refusal(f"run {key.name} could not be created: {error}") from error

    async def delete_run(self, key: Key) -> None:
        """Ask for the run's deletion."""
        await self._api.delete(resource_path(key))

    async def hold_with(self, key: Key, version: str, finalizers: list[str]) -> None:
        """Let these finalizers alone hold the object when it is deleted.

        Raises:
            Conflict: it has changed since `version`.
        """
        body = {"metadata": {"resourceVersion": version, "finalizers": finalizers}}
        try:
            await self._api.patch(resource_path(key), body)
        except AlreadyThere as error:
            raise Conflict(str(error)) from error
        except NotFound:
            return

    async def annotate(self, key: Key, name: str, value: str) -> None:
        """Write an annotation; an object that is gone needs none."""
        try:
            await self._api.patch(resource_path(key), {"metadata": {"annotations": {name: value}}})
        except NotFound:
            return

    async def announce(self, about: Body, announcement: Announcement) -> None:
        """Write an event; its name is made from its words, so the same words are written once."""
        event = event_manifest(about, announcement, self._clock.now())
        namespace = about["metadata"]["namespace"]
        try:
            await self._api.create(f"/api/v1/namespaces/{namespace}/events", event)
        except (AlreadyThere, NotAllowed, NotFound):
            # Said already; or the namespace is on its way out and takes no events any more.
            return


def event_manifest(about: Body, announcement: Announcement, now: float) -> Part:
    """An event on an object."""
    metadata = about["metadata"]
    words = f"{metadata['uid']}/{announcement.reason}/{announcement.message}"
    moment = to_rfc3339(now)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{metadata['name'][:200]}.{hashlib.sha256(words.encode()).hexdigest()[:16]}",
            "namespace": metadata["namespace"],
        },
        "involvedObject": {
            "apiVersion": about["apiVersion"],
            "kind": about["kind"],
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
            "resourceVersion": metadata.get("resourceVersion", ""),
        },
        "type": announcement.kind,
        "reason": announcement.reason,
        "message": announcement.message[:1000],
        "source": {"component": "stresscampaigns"},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }
