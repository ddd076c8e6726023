"""The namespace under stress, in memory: the target's pods, load pods and sidecars that live by the clock."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stresscampaigns.api.base import ALLOWED_LABEL, RUN_LABEL
from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.api.rollback import Rollback
from stresscampaigns.core.consent import Consent, consent
from stresscampaigns.core.deployments import (
    Deployment,
    NoDeployment,
    Template,
    TemplateContainer,
    changed,
    restored,
)
from stresscampaigns.core.observation import Container, LiveUse, LoadView, Pod, Probe, Sidecar
from stresscampaigns.load.__main__ import parser as load_parser
from stresscampaigns.manifests.load import LOAD_COMMAND
from stresscampaigns.runtime.ports import Away, Refusal
from tests.unit.runtime.fake_clock import FakeClock
from tests.unit.runtime.fake_load import FakeLoad
from tests.unit.runtime.fake_sidecar import PID, FakeSidecar

Object = Mapping[str, Any]
JOBS = 2
DELETED_IN_ORDER = ("Job", "Service", "ConfigMap")
OK = Probe(True)
NOT_SERVED = LiveUse(problem="the cluster does not serve metrics.k8s.io")


@dataclass
class FakeStaging:
    """Fulfils the port; `made` and `put_in` keep everything that was really created, once for each time."""

    clock: FakeClock
    open: Probe = OK
    labels: dict[str, str] = field(default_factory=lambda: {ALLOWED_LABEL: "true"})
    """The namespace's, which its owner may change at any time; so its annotations."""
    annotations: dict[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    """Namespaces of others, who allow nothing."""
    unbound: set[str] = field(default_factory=set)
    """Namespaces in which we have no rights: there nothing of ours is seen."""
    refused_looks: int = 0
    """So many questions for pods are refused though we have the right, as by an API server that has just begun."""
    target: dict[str, tuple[str, Pod]] = field(default_factory=dict)
    """Pod name → its label, and itself."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Pod name → its namespace; those that are not named are in the run's, whatever it is."""
    objects: dict[tuple[str, str, str], tuple[float, Object]] = field(default_factory=dict)
    """Run, kind and name → when it was created, and itself."""
    held: list[FakeSidecar] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    put_in: list[str] = field(default_factory=list)
    started: list[list[str]] = field(default_factory=list)
    """Commands that were run in containers of the target, and did anything."""
    killed: list[str] = field(default_factory=list)
    deployments: dict[str, Deployment] = field(default_factory=dict)
    rolled: list[str] = field(default_factory=list)
    """Every rollout that took effect: `out` and `back`."""
    records: dict[str, Object] = field(default_factory=dict)
    """ConfigMaps of runs' records, by name: they stay until the run goes."""
    told: list[list[dict[str, Any]]] = field(default_factory=list)
    """What the load was told of its trials, each time."""
    refuses: str = ""
    hinders: str = ""
    """No sidecar of the fault with this name can be put in for now."""
    comes_after: float | None = None
    """Seconds after which a sidecar that was asked for is in its pod; who asked hears nothing of it."""
    tried: list[str] = field(default_factory=list)
    """Pods into which it was tried."""
    sidecars_start: bool = True
    workers_lost: int = 0
    meltdown: int | None = None
    dead_load_pod: Pod | None = None
    live: Callable[[float], LiveUse] = lambda now: NOT_SERVED
    """What metrics.k8s.io says at a moment."""
    unwell: bool = False
    """Every request fails, with a fault and without."""
    deaf: bool = False
    """The node of the coordinator gives no log."""

    def add_pod(self, label: str, name: str, ready: bool = True, namespace: str | None = None) -> None:
        """A pod of the target, or of what a fault breaks."""
        if namespace:
            self.elsewhere[name] = namespace
        containers = (Container("main", cpu_limit=0.5, user=1000),)
        self.target[name] = (label, Pod(name, f"uid-of-{name}", ready=ready, containers=containers))

    def add_deployment(self, name: str) -> None:
        """One of three pods, rolled out."""
        template = Template((TemplateContainer("main", f"{name}:1"),))
        found = Deployment(
            name, f"uid-of-{name}", "1", 1, 1, template, f"app={name}", None, False, 3, 3, 3, 3
        )
        self.deployments[name] = found
        for number in range(found.replicas):
            self.add_pod(found.selector, f"{name}-{number}")

    def lose_pod(self, name: str) -> None:
        """It dies, and what was inside dies with it."""
        del self.target[name]
        self.held = [sidecar for sidecar in self.held if sidecar.pod != name]

    def in_force(self) -> bool:
        """Is any fault in force now?"""
        return any(sidecar.in_force(self.clock.now()) for sidecar in self.held)

    def left(self) -> list[str]:
        """What of any run is still there: objects, and sidecars that live."""
        now = self.clock.now()
        alive = [one.container for one in self.held if one.seen("", now).state != "Terminated"]
        return [*(f"{kind}/{name}" for _, kind, name in self.objects), *alive]

    def collect(self, uid: str) -> None:
        """What is owned goes with its owner."""
        for key, (_, manifest) in list(self.objects.items()):
            if manifest["metadata"]["ownerReferences"][0]["uid"] == uid:
                del self.objects[key]
        for name, manifest in list(self.records.items()):
            if manifest["metadata"]["ownerReferences"][0]["uid"] == uid:
                del self.records[name]

    async def namespace(self, namespace: str) -> Consent:
        return consent(namespace, {} if namespace in self.closed else self.labels, self.annotations)

    async def permitted(self, namespace: str) -> Probe:
        if namespace in self.unbound:
            return Probe(False, "NamespaceNotPermitted", f"no rights in {namespace}")
        return self.open

    async def pods(self, namespace: str, selector: str) -> tuple[Pod, ...]:
        self._may_look(namespace)
        found = [
            pod
            for label, pod in self.target.values()
            if label == selector and self._is_in(pod.name, namespace)
        ]
        return tuple(sorted(found, key=lambda pod: pod.name))

    async def live_use(self, namespace: str, selector: str) -> LiveUse:
        names = {pod.name for pod in await self.pods(namespace, selector)}
        told = self.live(self.clock.now())
        return replace(told, containers=tuple(one for one in told.containers if one.pod in names))

    async def addresses(self, namespace: str, selector: str) -> tuple[str, ...]:
        pods = [(label, pod.name) for label, pod in self.target.values()]
        return tuple(
            f"10.0.0.{number}"
            for number, (label, name) in enumerate(pods)
            if label == selector and self._is_in(name, namespace)
        )

    async def sidecars(self, namespace: str, prefix: str) -> tuple[Sidecar, ...]:
        now = self.clock.now()
        self._may_look(namespace)
        return tuple(
            one.seen(prefix, now)
            for one in self.held
            if one.container.startswith(prefix) and self._is_in(one.pod, namespace) and one.appears <= now
        )

    def _may_look(self, namespace: str) -> None:
        if namespace in self.unbound:
            raise Away(f"pods is forbidden in {namespace}")
        if self.refused_looks:
            self.refused_looks -= 1
            raise Away("pods is forbidden, for a moment")

    def _is_in(self, pod: str, namespace: str) -> bool:
        return self.elsewhere.get(pod, namespace) == namespace

    async def load(self, namespace: str, run: str, with_result: bool) -> LoadView:
        self._may_look(namespace)
        jobs = [
            (name, at) for (of, kind, name), (at, _) in self.objects.items() if (of, kind) == (run, "Job")
        ]
        load = self._load(run, max((at for _, at in jobs), default=0.0)) if len(jobs) == JOBS else None
        over = load is not None and self.clock.now() >= load.finished
        pods = tuple(Pod(f"{name}-0", name, ended=over, exit_code=0 if over else None) for name, _ in jobs)
        if jobs and self.dead_load_pod:
            pods = (*pods, self.dead_load_pod)
        view = LoadView(bool(jobs), pods)
        if with_result and jobs and self.deaf:
            return LoadView(len(jobs) == JOBS, pods, unheard=0.0)
        if not with_result or load is None:
            return view if not with_result else replace(view, exists=False)
        result = load.result(self._broken) if over else None
        return replace(view, events=load.events(self.clock.now(), self._broken), result=result)

    async def create(self, manifests: Sequence[Object]) -> None:
        for manifest in manifests:
            metadata = manifest["metadata"]
            key = (metadata["labels"][RUN_LABEL], manifest["kind"], metadata["name"])
            if self.refuses == f"{key[1]}/{key[2]}":
                raise Refusal("quota exceeded")
            if key not in self.objects:
                self.objects[key] = (self.clock.now(), manifest)
                self.made.append(f"{key[1]}/{key[2]}")

    async def keep(self, manifests: Sequence[Object], instead: bool) -> None:
        for manifest in manifests:
            if self.refuses == "record":
                raise Refusal("quota exceeded")
            if instead or manifest["metadata"]["name"] not in self.records:
                self.records[manifest["metadata"]["name"]] = manifest

    async def tell_load(self, namespace: str, run: str, command: Sequence[str]) -> None:
        if self.refuses == "answers":
            raise Refusal("a policy denies exec")
        if (run, "Job") not in {key[:2] for key in self.objects} or self.deaf:
            raise Away("there is no coordinator")
        words = load_parser().parse_args(command[len(LOAD_COMMAND) :]).words
        self.told.append(json.loads(words)["answers"])

    async def inject(self, namespace: str, pod: str, uid: str, container: Object) -> None:
        if self.refuses == "sidecar":
            raise Refusal("violates PodSecurity")
        if self.hinders and container["name"].endswith(f"-{self.hinders}"):
            self.tried.append(pod)
            raise Away("failed calling webhook")
        assert self._is_in(pod, namespace)
        if self.comes_after is not None:
            came, self.comes_after = self.clock.now() + self.comes_after, None
            self.held.append(FakeSidecar.of(namespace, pod, uid, container, came))
            self.held[-1].appears = came
            self.hinders = container["name"].split("-", 2)[2]  # asked for once more, it is there already
            raise Away("connection reset")
        there = any((one.pod, one.container) == (pod, container["name"]) for one in self.held)
        if pod in self.target and self.target[pod][1].uid == uid and not there:
            starts = self.clock.now() if self.sidecars_start else math.inf
            self.held.append(FakeSidecar.of(namespace, pod, uid, container, starts))
            self.put_in.append(f"{pod}/{container['name']}")

    async def start_in_target(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> None:
        now = self.clock.now()
        waiting = [one for one in self.held if (one.pod, one.shares) == (pod, container) and one.running(now)]
        for one in waiting:
            if one.started_at is None and command[0].startswith(f"/proc/{PID}/"):
                one.started_at = now
                self.started.append(list(command))

    async def kill_pod(self, namespace: str, pod: str, uid: str) -> None:
        if pod in self.target and self.target[pod][1].uid == uid and self._is_in(pod, namespace):
            self.lose_pod(pod)
            self.killed.append(pod)

    async def deployment(self, namespace: str, name: str) -> Deployment | NoDeployment:
        return self.deployments.get(name, NoDeployment(f"there is no Deployment {name}", gone=True))

    async def roll_out(self, namespace: str, seen: Deployment, rollback: Rollback) -> None:
        if self.refuses == "rollout":
            raise Refusal("violates a policy")
        if self.deployments.get(seen.name) == seen:
            self._ask(seen, changed(seen.template, rollback), rollback.text())
            self.rolled.append("out")

    async def roll_back(self, namespace: str, seen: Deployment, rollback: Rollback) -> None:
        if self.refuses == "rollback":
            raise Refusal("violates a policy")
        if self.deployments.get(seen.name) == seen:
            self._ask(seen, restored(seen.template, rollback, seen.generation), None)
            self.rolled.append("back")

    def _ask(self, seen: Deployment, template: Template, note: str | None) -> None:
        """Its pods are replaced at once."""
        generation = seen.generation + 1
        found = replace(
            seen, template=template, rollback=note, generation=generation, observed_generation=generation
        )
        self.deployments[seen.name] = found
        inside = (Container("main", began=True),)
        for number in range(seen.replicas):
            name = f"{seen.name}-{number}"
            pod = Pod(name, f"{name}-{generation}", ready=True, containers=inside, mark=template.mark)
            self.target[name] = (seen.selector, pod)

    async def end_fault(self, namespace: str, pod: str, container: str) -> None:
        if self.refuses == "end":
            raise Refusal("a policy denies exec")
        now = self.clock.now()
        for one in self.held:
            if (one.pod, one.container, one.namespace) == (pod, container, namespace) and one.running(now):
                one.told_to_end = now

    async def delete_load(self, namespace: str, run: str) -> None:
        if namespace in self.unbound:
            return
        for kind in DELETED_IN_ORDER:
            await self.delete_kind(run, kind)

    async def delete_kind(self, run: str, kind: str) -> None:
        """One part of it."""
        self.objects = {key: value for key, value in self.objects.items() if key[:2] != (run, kind)}

    def _load(self, run: str, created: float) -> FakeLoad:
        config = next(
            one for (of, kind, _), (_, one) in self.objects.items() if (of, kind) == (run, "ConfigMap")
        )
        plan = LoadPlan.model_validate_json(config["data"]["plan.json"])
        return FakeLoad(plan, created, self.workers_lost, self.meltdown)

    def _broken(self, moment: float) -> bool:
        return self.unwell or any(sidecar.in_force(moment) for sidecar in self.held)
