"""Pods as the API server shows them → what decisions need of them. Pure."""

from collections.abc import Collection, Iterable, Sequence

from kubernetes.utils.quantity import parse_quantity

from stresscampaigns.adapters.bodies import (
    ContainerSpec,
    ContainerStatus,
    Ended,
    EventBody,
    Mount,
    PodBody,
    PodSpec,
    PodStatus,
    SecurityContext,
    ServiceBody,
    State,
)
from stresscampaigns.api.base import BAD_REVISION_ANNOTATION, ROLE_LABEL
from stresscampaigns.core.clocktime import from_rfc3339
from stresscampaigns.core.observation import Container, Pod
from stresscampaigns.core.saturation.incidents import OOM_KILLED

_ENDED = ("Succeeded", "Failed")
_STARTING = ("ContainerCreating", "PodInitializing")
_NEVER_BEGAN = ("StartError", "ContainerCannotRun")
"""Of a container whose image holds no such program, for instance: containerd's word, and others'."""
_MOST_WORDS = 2_000
"""Characters of what a container said last."""
_REVISIONS = ("pod-template-hash", "controller-revision-hash", "rollouts-pod-template-hash")
"""Labels in which a Deployment, a StatefulSet or DaemonSet, or Argo's Rollout tells of which revision a pod is."""
_BESIDE = 1500
"""Bytes of what a pod tells of an ephemeral container, beside its arguments."""
_MIRROR = "kubernetes.io/config.mirror"
"""The annotation by which a kubelet shows a pod that it runs from a file of its own."""


def pod_view(body: PodBody) -> Pod:
    """One pod; one that is being deleted is not ready."""
    metadata, status = body["metadata"], body.get("status") or {}
    deleting = "deletionTimestamp" in metadata
    ended, labels = status.get("phase") in _ENDED, metadata.get("labels") or {}
    return Pod(
        name=metadata["name"],
        uid=metadata["uid"],
        role=labels.get(ROLE_LABEL),
        ready=_condition(status, "Ready") == "True" and not deleting,
        deleting=deleting,
        gone_by=from_rfc3339(metadata["deletionTimestamp"]) if deleting else None,
        ended=ended,
        exit_code=_exit_code(status) if ended else None,
        trouble=_trouble(status),
        containers=_containers(body),
        node=(body.get("spec") or {}).get("nodeName"),
        mark=(metadata.get("annotations") or {}).get(BAD_REVISION_ANNOTATION),
        revision=next((labels[one] for one in _REVISIONS if one in labels), None),
        restarts=(body.get("spec") or {}).get("restartPolicy") != "Never",
        bare=not any(one.get("controller") for one in metadata.get("ownerReferences") or []),
        worn=sum(map(_size, (body.get("spec") or {}).get("ephemeralContainers") or [])),
        static=_MIRROR in (metadata.get("annotations") or {}),
        host_network=bool((body.get("spec") or {}).get("hostNetwork")),
        shares=_shares(body.get("spec") or {}),
    )


def _shares(spec: PodSpec) -> tuple[str, ...]:
    told = {
        "hostNetwork": spec.get("hostNetwork"),
        "hostPID": spec.get("hostPID"),
        "hostIPC": spec.get("hostIPC"),
        "shareProcessNamespace": spec.get("shareProcessNamespace"),
    }
    return tuple(name for name, shared in told.items() if shared)


def _size(ephemeral: ContainerSpec) -> int:
    return _BESIDE + sum(map(len, ephemeral.get("args") or []))


def _containers(body: PodBody) -> tuple[Container, ...]:
    """Those that go on: sidecars, which Kubernetes lists among those that come first and end, after all others."""
    spec, status = body.get("spec") or {}, body.get("status") or {}
    told = [*(status.get("containerStatuses") or []), *(status.get("initContainerStatuses") or [])]
    statuses = {one.get("name"): one for one in told}
    sidecars = [one for one in spec.get("initContainers") or [] if one.get("restartPolicy") == "Always"]
    asked, of_pod = [*(spec.get("containers") or []), *sidecars], spec.get("securityContext") or {}
    return tuple(_container(one, statuses.get(one["name"]) or {}, of_pod) for one in asked)


def _container(asked: ContainerSpec, status: ContainerStatus, of_pod: SecurityContext) -> Container:
    # What is told of the running container goes before what was asked for; Kubernetes tells it since 1.31.
    told = (status.get("user") or {}).get("linux") or {}
    wanted: SecurityContext = {**of_pod, **(asked.get("securityContext") or {})}
    limits = (asked.get("resources") or {}).get("limits") or {}
    mounts = asked.get("volumeMounts") or []
    state, last = status.get("state") or {}, status.get("lastState") or {}
    end = state.get("terminated") or last.get("terminated") or {}
    return Container(
        name=asked["name"],
        memory_limit=_quantity(limits.get("memory")),
        cpu_limit=_quantity(limits.get("cpu")),
        restarts=status.get("restartCount", 0),
        ended_reason=end.get("reason") or (f"exit code {end['exitCode']}" if "exitCode" in end else None),
        ended_at=ended_at({"terminated": end}),
        user=told.get("uid", wanted.get("runAsUser")),
        group=told.get("gid", wanted.get("runAsGroup")),
        began="running" in state or any(map(_began, (state, last))),
        mounts=tuple(map(_mount_path, mounts)),
        subpaths=tuple(_mount_path(one) for one in mounts if one.get("subPath") or one.get("subPathExpr")),
    )


def _mount_path(mount: Mount) -> str:
    return mount["mountPath"].rstrip("/")


def _began(state: State) -> bool:
    """Of a container that has ended: did its process ever start?"""
    end = state.get("terminated")
    return end is not None and end.get("reason") not in _NEVER_BEGAN


def ended_at(state: State) -> float | None:
    """When a container ended, by its state; None: it has not."""
    finished = (state.get("terminated") or {}).get("finishedAt")
    return from_rfc3339(finished) if finished else None


def _quantity(written: str | None) -> float | None:
    """Bytes or cores, from Kubernetes' own notation like `192Mi` or `500m`."""
    return None if written is None else float(parse_quantity(written))


def _condition(status: PodStatus, kind: str) -> str | None:
    return next((one["status"] for one in status.get("conditions") or [] if one["type"] == kind), None)


def _exit_code(status: PodStatus) -> int:
    """The first that is not 0; a pod that failed without any, by eviction for instance, counts as 255."""
    states = [one.get("state", {}).get("terminated") for one in status.get("containerStatuses") or []]
    codes = [state["exitCode"] for state in states if state]
    bad = next((code for code in codes if code != 0), 0)
    return bad or (255 if status["phase"] == "Failed" else 0)


def _trouble(status: PodStatus) -> str | None:
    for one in status.get("conditions") or []:
        if one["type"] == "PodScheduled" and one["status"] == "False":
            return f"{one.get('reason', 'Unschedulable')}: {one.get('message', 'no node takes it')}"
    if status.get("phase") == "Failed" and status.get("reason"):
        return f"{status['reason']}: {status.get('message', '')}"
    containers = status.get("containerStatuses") or []
    ended = _last_words(containers) or _out_of_memory(containers) if status.get("phase") == "Failed" else None
    return ended or containers_trouble(containers)


def _last_words(containers: Iterable[ContainerStatus]) -> str | None:
    """What a container that failed has left in its termination log, in one line; of much the end."""
    ends = [(container.get("state") or {}).get("terminated") or {} for container in containers]
    said = next(
        (" ".join(end["message"].split()) for end in ends if _failed(end) and end.get("message")), None
    )
    return f"…{said[-_MOST_WORDS:]}" if said and len(said) > _MOST_WORDS else said


def _out_of_memory(containers: Iterable[ContainerStatus]) -> str | None:
    ends = [(container.get("state") or {}).get("terminated") or {} for container in containers]
    return next((OOM_KILLED for end in ends if end.get("reason") == OOM_KILLED), None)


def _failed(end: Ended) -> bool:
    return end.get("exitCode", 0) != 0 and end.get("reason") not in _NEVER_BEGAN


def containers_trouble(containers: Sequence[ContainerStatus]) -> str | None:
    """Why a container has never begun, or still waits."""
    return _never_began(containers) or waiting_reason(containers)


def _never_began(containers: Iterable[ContainerStatus]) -> str | None:
    ends = [(container.get("state") or {}).get("terminated") or {} for container in containers]
    return next(
        (f"{end['reason']}: {end.get('message', '')}" for end in ends if end.get("reason") in _NEVER_BEGAN),
        None,
    )


def waiting_reason(containers: Iterable[ContainerStatus]) -> str | None:
    """Why a container waits, unless it is just starting."""
    for container in containers:
        waiting = (container.get("state") or {}).get("waiting")
        if waiting and waiting.get("reason") not in _STARTING:
            return f"{waiting.get('reason')}: {waiting.get('message', 'see kubectl describe pod')}"
    return None


def addresses_of(pods: Iterable[PodBody], services: Iterable[ServiceBody]) -> tuple[str, ...]:
    """Those of the pods, and of the Services that select any of them: whoever calls a Service knows no other."""
    found, labels = set(), []
    for pod in pods:
        status = pod.get("status") or {}
        if status.get("phase") in _ENDED:
            continue  # it still shows its address, which may be anybody's by now
        labels.append((pod["metadata"].get("labels") or {}).items())
        found |= {one["ip"] for one in status.get("podIPs") or []}
    for service in services:
        wanted = (service["spec"].get("selector") or {}).items()
        if wanted and any(wanted <= of_pod for of_pod in labels):
            found |= {one for one in service["spec"].get("clusterIPs") or [] if one != "None"}
    return tuple(sorted(found))


def newest_complaint(events: Iterable[EventBody], uids: Collection[str]) -> str | None:
    """The last warning among events on these objects, as `reason: message`."""
    ours = [event for event in events if (event.get("involvedObject") or {}).get("uid") in uids]
    newest = max(ours, key=_moment, default=None)
    return f"{newest.get('reason')}: {newest.get('message')}" if newest else None


def _moment(event: EventBody) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])
