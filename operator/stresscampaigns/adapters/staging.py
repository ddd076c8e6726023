"""The namespace under stress: pods, load Jobs with their log, sidecars with their reports."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from stresscampaigns.adapters.creating import COLLECTIONS, create_load, keep
from stresscampaigns.adapters.kubernetes_api import STRATEGIC, KubernetesApi, Object
from stresscampaigns.adapters.kubernetes_errors import (
    AlreadyThere,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from stresscampaigns.adapters.live_use import live_use
from stresscampaigns.adapters.pods import (
    addresses_of,
    containers_trouble,
    ended_at,
    newest_complaint,
    pod_view,
)
from stresscampaigns.adapters.rollouts import look_at, roll_back, roll_out
from stresscampaigns.api.base import ROLE_LABEL
from stresscampaigns.api.fault_protocol import (
    FaultReport,
    parse_fault_events,
    read_termination_message,
    report_of,
)
from stresscampaigns.api.load_events import LoadEvent, TornResult, assemble_result, parse_events
from stresscampaigns.api.rollback import Rollback
from stresscampaigns.core.consent import NOT_FOUND, Consent, consent
from stresscampaigns.core.deployments import Deployment, NoDeployment
from stresscampaigns.core.observation import LiveUse, LoadView, Pod, Probe, Sidecar
from stresscampaigns.manifests.names import ANSWERS_ROLE, object_name, run_selector
from stresscampaigns.manifests.sidecar import END_COMMAND
from stresscampaigns.runtime.ports import Away, Manifest, Refusal
from stresscampaigns.runtime.standing import StandingQuestions

_TAIL_LINES = 100
_EXEC_SECONDS = 5
_TAIL_SECONDS = 3.0
"""For which a coordinator's last lines are waited for: its node may not answer."""
_HEAD_BYTES = 16 * 1024
_RESULT_LOG_BYTES = 64 * 1024 * 1024


class KubernetesStaging:
    """Acts only in namespaces that have opted in, by label and by RoleBinding."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api
        self._reports: StandingQuestions[FaultReport | None] = StandingQuestions()

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
        found = await self._api.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=selector)
        return tuple(sorted((pod_view(body) for body in found), key=lambda pod: pod.name))

    async def live_use(self, namespace: str, selector: str) -> LiveUse:
        """Memory and CPU of pods' containers as metrics.k8s.io tells them; a failure is part of the answer."""
        return await live_use(self._api, namespace, selector)

    async def addresses(self, namespace: str, selector: str) -> tuple[str, ...]:
        """Under which pods are reached: their own, and those of the Services in front of them; sorted."""
        pods, services = await asyncio.gather(
            self._api.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=selector),
            self._api.items(f"/api/v1/namespaces/{namespace}/services"),
        )
        return addresses_of(pods, services)

    async def sidecars(self, namespace: str, prefix: str) -> tuple[Sidecar, ...]:
        """Ephemeral containers whose name begins with `prefix`, with what they reported."""
        bodies = await _shown(self._api.items(f"/api/v1/namespaces/{namespace}/pods"))
        asked = [
            self._sidecar(namespace, body, container, prefix)
            for body in bodies
            for container in body["spec"].get("ephemeralContainers") or []
            if container["name"].startswith(prefix)
        ]
        return tuple(await asyncio.gather(*asked))

    async def _sidecar(self, namespace: str, body: Object, container: Object, prefix: str) -> Sidecar:
        statuses = (body.get("status") or {}).get("ephemeralContainerStatuses") or []
        status: Object = next((one for one in statuses if one["name"] == container["name"]), {})
        state = next(iter(status.get("state") or {"waiting": {}}))
        pod, shares = body["metadata"]["name"], container.get("targetContainerName")
        report, late = await self._heard(namespace, pod, container["name"], status)
        return Sidecar(
            fault=container["name"].removeprefix(prefix),
            pod=pod,
            uid=body["metadata"]["uid"],
            container=container["name"],
            namespace=namespace,
            state=_STATES[state],
            report=report or FaultReport(),
            unheard=report is None,
            late=late,
            trouble=containers_trouble([status]),
            ended_at=ended_at(status.get("state") or {}),
            target=next((one for one in pod_view(body).containers if one.name == shares), None),
        )

    async def _heard(
        self, namespace: str, pod: str, container: str, status: Mapping[str, Any]
    ) -> tuple[FaultReport | None, bool]:
        """And whether it was asked for before. None: its node does not answer.

        That must not hide the others: they could not be told to end.
        """
        state, whose = next(iter(status.get("state") or {}), ""), f"{namespace}/{pod}/{container}"
        # What was asked while it ran would be taken for all that one has said that has ended meanwhile.
        self._reports.forget(whose, but=state)
        about = partial(self._told, namespace, pod, container, status)
        late = self._reports.stands(whose, state)
        return await self._reports.ask(whose, state, about), late

    async def _told(
        self, namespace: str, pod: str, container: str, status: Mapping[str, Any]
    ) -> FaultReport | None:
        try:
            return await self._report(namespace, pod, container, status)
        except Unavailable:
            return None

    async def _report(
        self, namespace: str, pod: str, container: str, status: Mapping[str, Any]
    ) -> FaultReport:
        state = status.get("state") or {}
        told = read_termination_message((state.get("terminated") or {}).get("message") or "")
        if told.outcome or not ("running" in state or "terminated" in state):
            return told
        said = parse_fault_events(await self._log(namespace, pod, container))
        return report_of(said) if said else told

    async def load(self, namespace: str, run: str, with_result: bool) -> LoadView:
        """The run's load Jobs and pods, and what the coordinator said; `unheard`, where its node does not answer."""
        jobs, bodies = await asyncio.gather(
            self._listed(f"/apis/batch/v1/namespaces/{namespace}/jobs", run),
            _shown(self._api.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=run_selector(run))),
        )
        pods = tuple(pod_view(body) for body in bodies)
        if not with_result:
            return LoadView(bool(jobs), pods)
        try:
            events = await self._coordinator_events(namespace, bodies)
        except (Unavailable, TimeoutError):
            return LoadView(len(jobs) == len(_LOAD_ROLES), pods, unheard=0.0)
        trouble = (
            None
            if events
            else await self._warning(namespace, {one["metadata"]["uid"] for one in (*jobs, *bodies)})
        )
        view = LoadView(len(jobs) == len(_LOAD_ROLES), pods, tuple(events), trouble=trouble)
        return _with_result(view)

    async def _warning(self, namespace: str, uids: set[str]) -> str | None:
        """What Kubernetes last complained of: a quota that leaves no room for pods, a volume that is not there, …"""
        path = f"/api/v1/namespaces/{namespace}/events"
        try:
            events = await self._api.items(path, fieldSelector="type=Warning")
        except (NotAllowed, NotFound):
            return None
        return newest_complaint(events, uids)

    async def _listed(self, path: str, run: str) -> list[Object]:
        try:
            return await self._api.items(path, labelSelector=run_selector(run))
        except (NotAllowed, NotFound):
            return []

    async def _coordinator_events(self, namespace: str, pods: Sequence[Object]) -> list[LoadEvent]:
        for pod in pods:
            labels = pod["metadata"].get("labels") or {}
            if labels.get(ROLE_LABEL) == "coordinator":
                return await self._events(namespace, pod["metadata"]["name"])
        return []

    async def _events(self, namespace: str, pod: str) -> list[LoadEvent]:
        """The log's beginning and its last lines: a log of days is read whole only once, at the end."""
        async with asyncio.timeout(_TAIL_SECONDS):
            told = await self._log(namespace, pod, "coordinator", tailLines=str(_TAIL_LINES))
        tail = parse_events(told)
        said = {event.event for event in tail}
        if said & {"finished", "results"}:
            return parse_events(await self._log(namespace, pod, "coordinator"))
        if "started" in said:
            return tail
        head = parse_events(await self._log(namespace, pod, "coordinator", limitBytes=str(_HEAD_BYTES)))
        return [*(event for event in head if event not in tail), *tail]

    async def _log(self, namespace: str, pod: str, container: str, **query: str) -> str:
        """The container's log; empty while there is none."""
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        try:
            query = {"limitBytes": str(_RESULT_LOG_BYTES), **query}
            return await self._api.text(path, container=container, **query)
        except (NotFound, Refused):
            return ""

    async def create(self, manifests: Sequence[Manifest]) -> None:
        """Create objects; what is there already counts as done."""
        await create_load(self._api, manifests)

    async def keep(self, manifests: Sequence[Manifest], instead: bool) -> None:
        """Create objects just as they are; what is there already gives way, or stays where it is not `instead`."""
        await keep(self._api, manifests, instead)

    async def inject(self, namespace: str, pod: str, uid: str, container: Manifest) -> None:
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
        """Delete the run's Jobs, Service and ConfigMaps, and its pods at once; where we may not, nothing is ours."""
        parts = [("Job", role) for role in _LOAD_ROLES]
        configs = [("ConfigMap", role) for role in ("coordinator", ANSWERS_ROLE)]
        for kind, role in (*parts, ("Service", "coordinator"), *configs):
            try:
                await self._api.delete(f"{COLLECTIONS[kind].format(namespace)}/{object_name(run, role)}")
            except NotAllowed:
                return


async def _shown(items: Awaitable[list[Object]]) -> list[Object]:
    """Who asks has the right to see them: an API server that has just begun refuses it for a moment, which says nothing
    of what there is.

    Raises:
        Unavailable: it does, or does not answer.
    """
    try:
        return await items
    except NotAllowed as error:
        raise Unavailable(f"refused, though we have the right: {error}") from error


_LOAD_ROLES = ("coordinator", "worker")
_STATES: Mapping[str, Any] = {"waiting": "Waiting", "running": "Running", "terminated": "Terminated"}


def _with_result(view: LoadView) -> LoadView:
    """The view with the exact results, once the coordinator has ended after saying that the load is over."""
    if not any(event.event == "finished" for event in view.events):
        return view
    try:
        return replace(view, result=assemble_result(view.events))
    except (TornResult, ValueError) as error:
        torn = str(error) if _coordinator_ended(view) else None
        return replace(view, problem=torn)


def _coordinator_ended(view: LoadView) -> bool:
    return any(pod.ended for pod in view.pods if pod.role == "coordinator")
