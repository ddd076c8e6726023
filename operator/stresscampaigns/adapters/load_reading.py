"""The load of one run: its Jobs and pods, and what its coordinator said."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from stresscampaigns.adapters.bodies import EventBody, Listed, PodBody
from stresscampaigns.adapters.kubernetes_api import KubernetesApi
from stresscampaigns.adapters.kubernetes_errors import NotAllowed, NotFound, Unavailable
from stresscampaigns.adapters.pod_reading import container_log, shown_pods
from stresscampaigns.adapters.pods import newest_complaint, pod_view
from stresscampaigns.api.base import ROLE_LABEL
from stresscampaigns.api.load_events import LoadEvent, TornResult, assemble_result, parse_events
from stresscampaigns.core.observation import LoadView
from stresscampaigns.manifests.names import run_selector

LOAD_ROLES = ("coordinator", "worker")
"""Each has a Job of its own."""
_TAIL_LINES = 100
_TAIL_BYTES = 4 * 1024 * 1024
"""As many lines of ours are one at most."""
_TAIL_SECONDS = 3.0
"""For which a coordinator's last lines are waited for: its node may not answer."""
_HEAD_BYTES = 16 * 1024


async def load_view(api: KubernetesApi, namespace: str, run: str, with_result: bool) -> LoadView:
    """What there is of it; `unheard`, where its coordinator's node does not answer."""
    jobs, bodies = await asyncio.gather(
        _jobs(api, namespace, run), shown_pods(api, namespace, labelSelector=run_selector(run))
    )
    pods = tuple(pod_view(body) for body in bodies)
    if not with_result:
        return LoadView(bool(jobs), pods)
    try:
        events = await _coordinator_events(api, namespace, bodies)
    except (Unavailable, TimeoutError):
        return LoadView(len(jobs) == len(LOAD_ROLES), pods, unheard=0.0)
    uids = {*(one["metadata"]["uid"] for one in jobs), *(one["metadata"]["uid"] for one in bodies)}
    trouble = None if events else await _warning(api, namespace, uids)
    return _with_result(LoadView(len(jobs) == len(LOAD_ROLES), pods, tuple(events), trouble=trouble))


async def _jobs(api: KubernetesApi, namespace: str, run: str) -> list[Listed]:
    try:
        path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        return await api.items(path, labelSelector=run_selector(run))
    except (NotAllowed, NotFound):
        return []


async def _warning(api: KubernetesApi, namespace: str, uids: set[str]) -> str | None:
    """What Kubernetes last complained of: a quota that leaves no room for pods, a volume that is not there, …"""
    path = f"/api/v1/namespaces/{namespace}/events"
    try:
        events: list[EventBody] = await api.items(path, fieldSelector="type=Warning")
    except (NotAllowed, NotFound):
        return None
    return newest_complaint(events, uids)


async def _coordinator_events(api: KubernetesApi, namespace: str, pods: Sequence[PodBody]) -> list[LoadEvent]:
    for pod in pods:
        labels = pod["metadata"].get("labels") or {}
        if labels.get(ROLE_LABEL) == "coordinator":
            return await _events(api, namespace, pod["metadata"]["name"])
    return []


async def _events(api: KubernetesApi, namespace: str, pod: str) -> list[LoadEvent]:
    """The log's beginning and its last lines: a log of days is read whole only once, at the end."""
    async with asyncio.timeout(_TAIL_SECONDS):
        told = await container_log(
            api, namespace, pod, "coordinator", _TAIL_BYTES, tailLines=str(_TAIL_LINES)
        )
    tail = parse_events(told)
    said = {event.event for event in tail}
    if said & {"finished", "results"}:
        return parse_events(await container_log(api, namespace, pod, "coordinator"))
    if "started" in said:
        return tail
    head = parse_events(await container_log(api, namespace, pod, "coordinator", _HEAD_BYTES))
    return [*(event for event in head if event not in tail), *tail]


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
