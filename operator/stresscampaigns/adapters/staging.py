"""The namespace under stress: pods, load Jobs with their log, sidecars with their reports."""

import asyncio
from collections.abc import Sequence

from stresscampaigns.adapters.bodies import PodBody, ServiceBody
from stresscampaigns.adapters.creating import COLLECTIONS, create_load, keep_record
from stresscampaigns.adapters.kubernetes_api import STRATEGIC, KubernetesApi
from stresscampaigns.adapters.kubernetes_errors import (
    AlreadyThere,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from stresscampaigns.adapters.live_use import live_use
from stresscampaigns.adapters.load_reading import LOAD_ROLES, load_view
from stresscampaigns.adapters.load_telling import tell_load
from stresscampaigns.adapters.pods import addresses_of, pod_view
from stresscampaigns.adapters.rollouts import look_at, roll_back, roll_out
from stresscampaigns.adapters.sidecars import Sidecars
from stresscampaigns.api.rollback import Rollback
from stresscampaigns.core.consent import NOT_FOUND, Consent, consent
from stresscampaigns.core.deployments import Deployment, NoDeployment
from stresscampaigns.core.observation import LiveUse, LoadView, Pod, Probe, Sidecar
from stresscampaigns.manifests.manifest import Manifest, Part
from stresscampaigns.manifests.names import object_name
from stresscampaigns.manifests.sidecar import END_COMMAND
from stresscampaigns.runtime.ports import Away, Refusal

_EXEC_SECONDS = 5


class KubernetesStaging:
    """Acts only in namespaces that have opted in, by label and by RoleBinding."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api
        self._sidecars = Sidecars(api)

    async def namespace(self, namespace: str) -> Consent:
        """What its owner allows."""
        try:
            found = await self._api.get(f"/api/v1/namespaces/{namespace}")
        except NotFound:
            message = f"namespace {namespace} does not exist; correct the campaign's `namespace`"
            gone = Probe(False, NOT_FOUND, message)
            return Consent(gone, gone)
        metadata = found["metadata"]
        return consent(namespace, metadata.get("labels") or {}, metadata.get("annotations") or {})

    async def permitted(self, namespace: str) -> Probe:
        """Have we got the rights to work there?"""
        try:
            await self._api.items(f"/api/v1/namespaces/{namespace}/pods", limit="1")
        except NotAllowed as error:
            message = (
                f"the operator has no rights in namespace {namespace} ({error}); add it to the chart's "
                "value `namespaces`, or bind the ClusterRole for namespaces there"
            )
            return Probe(False, "NamespaceNotPermitted", message)
        return Probe(True)

    async def pods(self, namespace: str, selector: str) -> tuple[Pod, ...]:
        """Pods by label, sorted by name."""
        path = f"/api/v1/namespaces/{namespace}/pods"
        found: list[PodBody] = await self._api.items(path, labelSelector=selector)
        return tuple(sorted((pod_view(body) for body in found), key=lambda pod: pod.name))

    async def live_use(self, namespace: str, selector: str) -> LiveUse:
        """Memory and CPU of pods' containers as metrics.k8s.io tells them; a failure is part of the answer."""
        return await live_use(self._api, namespace, selector)

    async def addresses(self, namespace: str, selector: str) -> tuple[str, ...]:
        """Under which pods are reached: their own, and those of the Services in front of them; sorted."""
        pods: list[PodBody]
        services: list[ServiceBody]
        pods, services = await asyncio.gather(
            self._api.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=selector),
            self._api.items(f"/api/v1/namespaces/{namespace}/services"),
        )
        return addresses_of(pods, services)

    async def sidecars(self, namespace: str, prefix: str) -> tuple[Sidecar, ...]:
        """Ephemeral containers whose name begins with `prefix`, with what they reported."""
        return await self._sidecars.seen(namespace, prefix)

    async def load(self, namespace: str, run: str, with_result: bool) -> LoadView:
        """The run's load Jobs and pods, and what the coordinator said; `unheard`, where its node does not answer."""
        return await load_view(self._api, namespace, run, with_result)

    async def create(self, manifests: Sequence[Manifest]) -> None:
        """Create objects; what is there already counts as done."""
        await create_load(self._api, manifests)

    async def keep(self, manifests: Sequence[Manifest], instead: bool) -> None:
        """Create objects just as they are; what is there already gives way, or stays where it is not `instead`."""
        await keep_record(self._api, manifests, instead)

    async def tell_load(self, namespace: str, run: str, command: Sequence[str]) -> None:
        """Run a command in the container of the run's coordinator, which says that what it was told is written down."""
        await tell_load(self._api, namespace, run, command)

    async def inject(self, namespace: str, pod: str, uid: str, container: Part) -> None:
        """Add an ephemeral container; one of that name that is there already counts as done."""
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}"
        try:
            body = await self._api.get(path)
            present = body["spec"].get("ephemeralContainers") or []
            known = any(one["name"] == container["name"] for one in present)
            if known or body["metadata"]["uid"] != uid:
                return
            patch = {"metadata": {"uid": uid}, "spec": {"ephemeralContainers": [dict(container)]}}
            await self._api.patch(f"{path}/ephemeralcontainers", patch, STRATEGIC)
        except (NotFound, AlreadyThere):
            return
        except (NotAllowed, Refused) as error:
            raise Refusal(f"the fault's sidecar could not be put into pod {pod}: {error}") from error
        except Unavailable as error:
            raise Away(f"the fault's sidecar could not be put into pod {pod}: {error}") from error

    async def start_in_target(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> None:
        """Start a program in a container of the target; it goes on when we have gone.

        Where that fails, the sidecar that waits for it says so.
        """
        try:
            async with asyncio.timeout(_EXEC_SECONDS):
                await self._api.execute(namespace, pod, container, command, first_words=True)
        except (NotFound, Refused, Unavailable, TimeoutError):
            return
        except NotAllowed as error:
            raise Refusal(f"nothing can be started in pod {pod}: {error}") from error

    async def kill_pod(self, namespace: str, pod: str, uid: str) -> None:
        """Delete that very pod without grace; one that is gone counts as done."""
        try:
            await self._api.delete(f"/api/v1/namespaces/{namespace}/pods/{pod}", uid, grace_seconds=0)
        except AlreadyThere:
            return  # another pod has its name by now
        except NotAllowed as error:
            raise Refusal(f"pod {pod} cannot be killed: {error}") from error

    async def deployment(self, namespace: str, name: str) -> Deployment | NoDeployment:
        """The Deployment as it is now, or why it cannot be seen."""
        return await look_at(self._api, namespace, name)

    async def roll_out(self, namespace: str, seen: Deployment, rollback: Rollback) -> None:
        """Roll a bad revision out; a Deployment that has changed since it was seen is left alone."""
        await roll_out(self._api, namespace, seen, rollback)

    async def roll_back(self, namespace: str, seen: Deployment, rollback: Rollback) -> None:
        """Roll it back; where somebody has asked for something else since it was seen, nothing is done."""
        await roll_back(self._api, namespace, seen, rollback)

    async def end_fault(self, namespace: str, pod: str, container: str) -> None:
        """End the fault that a running sidecar holds; one that is not running holds none.

        Raises:
            Refusal: in the API server's words.
        """
        try:
            # Of a pod that stands still, or a node that is gone, no answer ever comes; the next look tries again.
            async with asyncio.timeout(_EXEC_SECONDS):
                await self._api.execute(namespace, pod, container, END_COMMAND)
        except (NotFound, Refused, Unavailable, TimeoutError):
            return
        except NotAllowed as error:
            raise Refusal(f"the fault in pod {pod} cannot be told to end: {error}") from error

    async def delete_load(self, namespace: str, run: str) -> None:
        """Delete the run's Jobs, Service and ConfigMap, and its pods at once; where we may not, nothing is ours."""
        parts = [("Job", role) for role in LOAD_ROLES]
        for kind, role in (*parts, ("Service", "coordinator"), ("ConfigMap", "coordinator")):
            try:
                await self._api.delete(f"{COLLECTIONS[kind].format(namespace)}/{object_name(run, role)}")
            except NotAllowed:
                return
