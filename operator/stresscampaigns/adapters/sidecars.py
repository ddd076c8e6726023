"""The sidecars in a namespace's pods, with what each of them reports."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Literal

from stresscampaigns.adapters.bodies import ContainerSpec, ContainerStatus, PodBody
from stresscampaigns.adapters.kubernetes_api import KubernetesApi
from stresscampaigns.adapters.kubernetes_errors import Unavailable
from stresscampaigns.adapters.pod_reading import container_log, shown_pods
from stresscampaigns.adapters.pods import containers_trouble, ended_at, pod_view
from stresscampaigns.api.fault_protocol import (
    FaultReport,
    parse_fault_events,
    read_termination_message,
    report_of,
)
from stresscampaigns.core.observation import Sidecar
from stresscampaigns.runtime.standing import StandingQuestions

_LONGEST_LOG = 256 * 1024
"""Bytes. One holds a handful of events, and of a user's own program ten lines a call; it is read twice a second."""
_STATES: Mapping[str, Literal["Waiting", "Running", "Terminated"]] = {
    "waiting": "Waiting",
    "running": "Running",
    "terminated": "Terminated",
}


class Sidecars:
    """Who reports late is asked once, and heard at a later look."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api
        self._reports: StandingQuestions[FaultReport | None] = StandingQuestions()

    async def seen(self, namespace: str, prefix: str) -> tuple[Sidecar, ...]:
        """Ephemeral containers whose name begins with `prefix`."""
        bodies = await shown_pods(self._api, namespace)
        asked = [
            self._sidecar(namespace, body, container, prefix)
            for body in bodies
            for container in body["spec"].get("ephemeralContainers") or []
            if container["name"].startswith(prefix)
        ]
        return tuple(await asyncio.gather(*asked))

    async def _sidecar(self, namespace: str, body: PodBody, container: ContainerSpec, prefix: str) -> Sidecar:
        statuses = (body.get("status") or {}).get("ephemeralContainerStatuses") or []
        found = (one for one in statuses if one["name"] == container["name"])
        status = next(found, ContainerStatus())
        pod, shares = body["metadata"]["name"], container.get("targetContainerName")
        report, late = await self._heard(namespace, pod, container["name"], status)
        return Sidecar(
            fault=container["name"].removeprefix(prefix),
            pod=pod,
            uid=body["metadata"]["uid"],
            container=container["name"],
            namespace=namespace,
            state=_STATES[_state(status) or "waiting"],
            report=report or FaultReport(),
            unheard=report is None,
            late=late,
            trouble=containers_trouble([status]),
            ended_at=ended_at(status.get("state") or {}),
            target=next((one for one in pod_view(body).containers if one.name == shares), None),
        )

    async def _heard(
        self, namespace: str, pod: str, container: str, status: ContainerStatus
    ) -> tuple[FaultReport | None, bool]:
        """And whether it was asked for before. None: its node does not answer.

        That must not hide the others: they could not be told to end.
        """
        state, whose = _state(status), f"{namespace}/{pod}/{container}"
        # What was asked while it ran would be taken for all that one has said that has ended meanwhile.
        self._reports.forget(whose, but=state)
        about = partial(self._told, namespace, pod, container, status)
        late = self._reports.stands(whose, state)
        return await self._reports.ask(whose, state, about), late

    async def _told(
        self, namespace: str, pod: str, container: str, status: ContainerStatus
    ) -> FaultReport | None:
        try:
            return await self._report(namespace, pod, container, status)
        except Unavailable:
            return None

    async def _report(self, namespace: str, pod: str, container: str, status: ContainerStatus) -> FaultReport:
        state = status.get("state") or {}
        told = read_termination_message((state.get("terminated") or {}).get("message") or "")
        if told.outcome or not ("running" in state or "terminated" in state):
            return told
        said = parse_fault_events(await container_log(self._api, namespace, pod, container, _LONGEST_LOG))
        return report_of(said) if said else told


def _state(status: ContainerStatus) -> str:
    """Its name; empty where nothing is told of it yet."""
    return next(iter(status.get("state") or {}), "")
