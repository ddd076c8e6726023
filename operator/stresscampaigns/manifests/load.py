"""The load of one run: a ConfigMap with the plan, a Service, the coordinator's Job and the workers' Job."""

from dataclasses import dataclass, replace

from stresscampaigns.api.base import API_VERSION
from stresscampaigns.api.header_spec import SecretKeyRef
from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.api.load_pod import PLAN_VARIABLE
from stresscampaigns.api.load_spec import DataSource, Load
from stresscampaigns.api.locustfile_spec import LocustfileSource
from stresscampaigns.core.plan import (
    CA_FOLDER,
    CA_KEY,
    DATA_FOLDER,
    HEADERS_FOLDER,
    LOCUSTFILE_FOLDER,
    data_file,
    secret_file,
)
from stresscampaigns.manifests.manifest import Manifest, Metadata, Part
from stresscampaigns.manifests.names import labels, object_name
from stresscampaigns.manifests.security import CONTAINER_SECURITY

PORT = 5557
METRICS_PORT = 9646
PLAN_KEY = "plan.json"
LOAD_COMMAND = ["/opt/venv/bin/python", "-m", "stresscampaigns.load"]
"""The load image's own, said once more: an image built from it may have another entry point, or another path. One
that is not built from it has no such program and starts nothing else instead."""
_NODE_LOST_SECONDS = 30
"""Seconds until the drained pods of a lost node are given up."""
_CPU = {"coordinator": "100m", "worker": "250m"}
_LIMITS = {"cpu": "1", "memory": "512Mi"}
"""With the requests of every load pod: a ResourceQuota counts both, a LimitRange need not guess them.

Requests are small, so that a small cluster takes the load at all: memory for the 71 MB that 1,000 thinking agents were
seen to need, CPU for their 190m: on a node that the target fills, the request is the share that a pod still gets, and
a worker must not stand still when the target does. One that gets less than it needs is found out by its own watch. The
limits are the core by which workers are planned, and room for the histograms of a day."""


@dataclass(frozen=True)
class Images:
    """Where the images of the load and of the sidecars come from."""

    load: str
    fault: str
    pull_policy: str = "IfNotPresent"


@dataclass(frozen=True)
class Owner:
    """The run that owns the objects: they go when it goes."""

    name: str
    uid: str
    namespace: str
    campaign: str


@dataclass(frozen=True)
class Sources:
    """What of the user's own the load pods see: a Locust file and its image, scenarios' data, an authority, logins."""

    locustfile: LocustfileSource | None = None
    ca_secret: str | None = None
    data: tuple[DataSource, ...] = ()
    headers: tuple[SecretKeyRef, ...] = ()
    """The values of headers: for the workers alone, which send them."""
    answers: bool = False
    """The operator writes what it says of trials into the coordinator's container."""

    @staticmethod
    def of(load: Load) -> "Sources":
        """As the campaign says."""
        data = tuple(scenario.data for scenario in load.scenarios or [] if scenario.data)
        headers = tuple(one.value_from.secret_key_ref for one in load.headers or [] if one.value_from)
        return Sources(load.locustfile, load.tls.ca_secret if load.tls else None, data, headers)

    def image(self, images: Images) -> Part:
        """The container's. When to pull one of the user's own is left to Kubernetes: `latest` always, else once."""
        own = self.locustfile.image if self.locustfile else None
        return {"image": own} if own else {"image": images.load, "imagePullPolicy": images.pull_policy}

    def volumes(self, role: str) -> list[Part]:
        """The pod's."""
        return [{"name": name, **source} for name, source in self._volumes(role).items()]

    def _volumes(self, role: str) -> dict[str, Part]:
        found: dict[str, Part] = {}
        if self.locustfile and self.locustfile.config_map:
            found["locustfile"] = {"configMap": {"name": self.locustfile.config_map}}
        if self.locustfile or (self.answers and role == "coordinator"):
            found["tmp"] = {"emptyDir": {"sizeLimit": "64Mi"}}
        if self.ca_secret:
            # A key alone: whatever else the Secret holds, such as a private key, stays out of the pod.
            only = [{"key": CA_KEY, "path": CA_KEY}]
            found["ca"] = {"secret": {"secretName": self.ca_secret, "items": only}}
        if self.data:
            found["data"] = {"projected": {"sources": self._data_files()}}
        if self.headers and role == "worker":
            found["headers"] = {"projected": {"sources": self._values()}}
        return found

    def _values(self) -> list[Part]:
        """Each key once, and no other of its Secret. As files: a variable is inherited by whatever a pod starts."""
        paths = {secret_file(one): one for one in self.headers}
        return [
            {"secret": {"name": one.name, "items": [{"key": one.key, "path": path}]}}
            for path, one in sorted(paths.items())
        ]

    def _data_files(self) -> list[Part]:
        """Each file once, by the ConfigMap's name and its key; whatever else a ConfigMap holds stays out.

        Optional: a file that is not there keeps no pod from starting, so that the load can say which is missing.
        """
        paths = {data_file(one): one for one in self.data}
        return [
            {
                "configMap": {
                    "name": one.config_map,
                    "items": [{"key": one.key, "path": path}],
                    "optional": True,
                }
            }
            for path, one in sorted(paths.items())
        ]

    def mounts(self, role: str) -> list[Part]:
        """The container's."""
        folders = {
            "locustfile": LOCUSTFILE_FOLDER,
            "data": DATA_FOLDER,
            "ca": CA_FOLDER,
            "headers": HEADERS_FOLDER,
            "tmp": "/tmp",  # noqa: S108 - the pod's own
        }
        return [
            {"name": name, "mountPath": folders[name], "readOnly": name != "tmp"}
            for name in self._volumes(role)
        ]


def load_manifests(owner: Owner, plan: LoadPlan, images: Images, sources: Sources) -> list[Manifest]:
    """Everything to create, in an order in which nothing waits for what comes later."""
    config = owned_object("v1", "ConfigMap", owner, "coordinator")
    config["data"] = {PLAN_KEY: plan.model_dump_json()}
    if plan.capacity and plan.capacity.answers:
        sources = replace(sources, answers=True)
    return [
        config,
        _service(owner),
        _job(owner, "coordinator", 1, images, sources, plan),
        _job(owner, "worker", plan.workers, images, sources, plan),
    ]


def owned_object(api_version: str, kind: str, owner: Owner, role: str, number: int | None = None) -> Manifest:
    """An object of this role that goes when its run goes; `number` tells several of them apart."""
    reference: Part = {
        "apiVersion": API_VERSION,
        "kind": "StressRun",
        "name": owner.name,
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
    metadata: Metadata = {
        "name": object_name(owner.name, role if number is None else f"{role}-{number}"),
        "namespace": owner.namespace,
        "labels": labels(owner.name, owner.campaign, role),
        "ownerReferences": [reference],
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def _service(owner: Owner) -> Manifest:
    service = owned_object("v1", "Service", owner, "coordinator")
    service["spec"] = {
        "clusterIP": "None",
        "publishNotReadyAddresses": True,
        "selector": labels(owner.name, owner.campaign, "coordinator"),
        "ports": [{"name": "locust", "port": PORT}, {"name": "metrics", "port": METRICS_PORT}],
    }
    return service


def _job(
    owner: Owner,
    role: str,
    pods: int,
    images: Images,
    sources: Sources,
    plan: LoadPlan,
) -> Manifest:
    job = owned_object("batch/v1", "Job", owner, role)
    job["spec"] = {
        "completions": pods,
        "parallelism": pods,
        "completionMode": "Indexed",
        "backoffLimit": 0,
        "activeDeadlineSeconds": int(plan.longest + plan.connect_timeout + plan.stop_timeout + 120),
        "template": {
            "metadata": {
                "labels": labels(owner.name, owner.campaign, role),
                "annotations": _annotations(role),
            },
            "spec": _pod_spec(owner, role, images, sources),
        },
    }
    return job


def _annotations(role: str) -> dict[str, str]:
    if role != "coordinator":
        return {}
    return {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(METRICS_PORT),
        "prometheus.io/path": "/metrics",
    }


def _pod_spec(owner: Owner, role: str, images: Images, sources: Sources) -> Part:
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 2,
        "tolerations": [
            {
                "key": f"node.kubernetes.io/{state}",
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": _NODE_LOST_SECONDS,
            }
            for state in ("not-ready", "unreachable")
        ],
        "topologySpreadConstraints": [_spread(owner, role)],
        "containers": [_container(owner, role, images, sources)],
        "volumes": sources.volumes(role),
    }


def _spread(owner: Owner, role: str) -> Part:
    """Over the nodes where there are several: a load that shares one core is smaller than it looks."""
    return {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": labels(owner.name, owner.campaign, role)},
    }


def _container(owner: Owner, role: str, images: Images, sources: Sources) -> Part:
    # The plan comes as a variable: a pod without volumes starts a third of a second earlier.
    plan = {"configMapKeyRef": {"name": object_name(owner.name, "coordinator"), "key": PLAN_KEY}}
    return {
        "name": role,
        **sources.image(images),
        "command": LOAD_COMMAND,
        "args": _arguments(owner, role),
        "env": [{"name": PLAN_VARIABLE, "valueFrom": plan}],
        "securityContext": CONTAINER_SECURITY,
        "resources": {"requests": {"cpu": _CPU[role], "memory": "96Mi"}, "limits": _LIMITS},
        "volumeMounts": sources.mounts(role),
    }


def _arguments(owner: Owner, role: str) -> list[str]:
    if role == "coordinator":
        return ["coordinator", "--port", str(PORT), "--metrics-port", str(METRICS_PORT)]
    host = f"{object_name(owner.name, 'coordinator')}.{owner.namespace}.svc"
    return ["worker", "--coordinator", host, "--port", str(PORT)]
