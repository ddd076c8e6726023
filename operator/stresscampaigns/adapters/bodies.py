"""Objects as the API server shows them, as far as they are read here. Whatever is nothing may be left out.

The API server's answers come in without a type (`KubernetesApi.items`); who reads them gives them one of these.
"""

from typing import NotRequired, TypedDict

from pydantic import JsonValue


class Reference(TypedDict, total=False):
    """To another object: who owns this one, or what an event is about."""

    uid: str
    controller: bool


class Metadata(TypedDict, total=False):
    """Of any object."""

    name: str
    uid: str
    resourceVersion: str
    generation: int
    labels: dict[str, str]
    annotations: dict[str, str]
    creationTimestamp: str
    deletionTimestamp: str
    ownerReferences: list[Reference]


class Listed(TypedDict, total=False):
    """An object of which it matters that it is there."""

    metadata: Metadata


class Ended(TypedDict, total=False):
    """A container's end."""

    exitCode: int
    reason: str
    message: str
    finishedAt: str


class Waiting(TypedDict, total=False):
    """Why a container has not begun."""

    reason: str
    message: str


class State(TypedDict, total=False):
    """A container's: one of three."""

    waiting: Waiting
    running: dict[str, str]
    terminated: Ended


class LinuxUser(TypedDict, total=False):
    """As whom a container runs."""

    uid: int
    gid: int


class RunsAs(TypedDict, total=False):
    """The same for each operating system."""

    linux: LinuxUser


class ContainerStatus(TypedDict, total=False):
    """What became of a container."""

    name: str
    state: State
    lastState: State
    restartCount: int
    user: RunsAs


class SecurityContext(TypedDict, total=False):
    """As whom a container, or all of a pod's, should run."""

    runAsUser: int
    runAsGroup: int


class Resources(TypedDict, total=False):
    """In Kubernetes' notation for quantities."""

    limits: dict[str, str]


class Mount(TypedDict, total=False):
    """Where a volume is in a container."""

    mountPath: str
    subPath: str
    subPathExpr: str


class ContainerSpec(TypedDict, total=False):
    """A container as it was asked for."""

    name: str
    image: str
    args: list[str]
    env: list[dict[str, JsonValue]]
    resources: Resources
    securityContext: SecurityContext
    restartPolicy: str
    targetContainerName: str
    volumeMounts: list[Mount]


class PodSpec(TypedDict, total=False):
    """A pod as it was asked for."""

    containers: list[ContainerSpec]
    initContainers: list[ContainerSpec]
    ephemeralContainers: list[ContainerSpec]
    hostNetwork: bool
    hostPID: bool
    hostIPC: bool
    shareProcessNamespace: bool
    nodeName: str
    restartPolicy: str
    securityContext: SecurityContext


class Condition(TypedDict, total=False):
    """What holds of a pod."""

    type: str
    status: str
    reason: str
    message: str


class Address(TypedDict):
    """One of a pod's."""

    ip: str


class PodStatus(TypedDict, total=False):
    """What became of a pod."""

    phase: str
    reason: str
    message: str
    conditions: list[Condition]
    containerStatuses: list[ContainerStatus]
    initContainerStatuses: list[ContainerStatus]
    ephemeralContainerStatuses: list[ContainerStatus]
    podIPs: list[Address]


class PodBody(TypedDict, total=False):
    """A pod."""

    metadata: Metadata
    spec: PodSpec
    status: PodStatus


class TemplateSpec(TypedDict):
    """The pods of a pod template."""

    containers: list[ContainerSpec]


class TemplateBody(TypedDict):
    """A pod template."""

    metadata: NotRequired[Metadata]
    spec: TemplateSpec


class Requirement(TypedDict, total=False):
    """One of a selector's expressions."""

    key: str
    operator: str
    values: list[str]


class Selector(TypedDict, total=False):
    """Of pods, by their labels."""

    matchLabels: dict[str, str]
    matchExpressions: list[Requirement]


class DeploymentSpec(TypedDict, total=False):
    """A Deployment as it was asked for."""

    paused: bool
    replicas: int
    selector: Selector
    template: TemplateBody


class DeploymentStatus(TypedDict, total=False):
    """What became of a Deployment."""

    observedGeneration: int
    replicas: int
    updatedReplicas: int
    availableReplicas: int


class DeploymentBody(TypedDict, total=False):
    """A Deployment."""

    metadata: Metadata
    spec: DeploymentSpec
    status: DeploymentStatus


class ServiceSpec(TypedDict, total=False):
    """Whom a Service selects, and where it is reached."""

    selector: dict[str, str]
    clusterIPs: list[str]


class ServiceBody(TypedDict, total=False):
    """A Service."""

    metadata: Metadata
    spec: ServiceSpec


class EventBody(TypedDict, total=False):
    """An event of Kubernetes' own."""

    metadata: Metadata
    involvedObject: Reference
    reason: str
    message: str
    lastTimestamp: str
    eventTime: str


class Usage(TypedDict):
    """In Kubernetes' notation for quantities."""

    memory: str
    cpu: str


class ContainerMetrics(TypedDict):
    """What a container uses, as metrics.k8s.io tells it."""

    name: str
    usage: Usage


class PodMetrics(TypedDict):
    """The same of a pod's containers, over a window of time."""

    metadata: Metadata
    timestamp: str
    window: str
    containers: list[ContainerMetrics]
