"""Pods as the API server shows them → what decisions need of them. Pure."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from stresscampaigns.api.base import ROLE_LABEL
from stresscampaigns.core.observation import Pod

_STARTING = ("ContainerCreating", "PodInitializing")


def pod_view(body: Mapping[str, Any]) -> Pod:
    """One pod; one that is being deleted is not ready."""
    metadata, status = body["metadata"], body.get("status") or {}
    ended = status.get("phase") in ("Succeeded", "Failed")
    return Pod(
        name=metadata["name"],
        uid=metadata["uid"],
        role=(metadata.get("labels") or {}).get(ROLE_LABEL),
        ready=_condition(status, "Ready") == "True" and "deletionTimestamp" not in metadata,
        ended=ended,
        exit_code=_exit_code(status) if ended else None,
        trouble=_trouble(status),
    )


def _condition(status: Mapping[str, Any], kind: str) -> str | None:
    return next((one["status"] for one in status.get("conditions") or [] if one["type"] == kind), None)


def _exit_code(status: Mapping[str, Any]) -> int:
    """The first that is not 0; a pod that failed without any, by eviction for instance, counts as 255."""
    states = [one.get("state", {}).get("terminated") for one in status.get("containerStatuses") or []]
    codes = [state["exitCode"] for state in states if state]
    bad = next((code for code in codes if code != 0), 0)
    return bad or (255 if status["phase"] == "Failed" else 0)


def _trouble(status: Mapping[str, Any]) -> str | None:
    for one in status.get("conditions") or []:
        if one["type"] == "PodScheduled" and one["status"] == "False":
            return f"{one.get('reason', 'Unschedulable')}: {one.get('message', 'no node takes it')}"
    if status.get("phase") == "Failed" and status.get("reason"):
        return f"{status['reason']}: {status.get('message', '')}"
    return waiting_reason(status.get("containerStatuses") or [])


def waiting_reason(containers: Iterable[Mapping[str, Any]]) -> str | None:
    """Why a container waits, unless it is just starting."""
    for container in containers:
        waiting = (container.get("state") or {}).get("waiting")
        if waiting and waiting.get("reason") not in _STARTING:
            return f"{waiting.get('reason')}: {waiting.get('message', 'see kubectl describe pod')}"
    return None


def newest_complaint(events: Iterable[Mapping[str, Any]], uids: Container[str]) -> str | None:
    """The last warning among events on these objects, as `reason: message`."""
    ours = [event for event in events if (event.get("involvedObject") or {}).get("uid") in uids]
    newest = max(ours, key=_moment, default=None)
    return f"{newest.get('reason')}: {newest.get('message')}" if newest else None


def _moment(event: Mapping[str, Any]) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])
