"""The cluster between two rounds: everything ready again, before the next one begins."""

import asyncio
import json
import time
from typing import Any

from cluster.settings import NODE
from demo.kubectl import CommandFailed, run
from tests.e2e.campaigns import NAMESPACE
from tests.torture.drawing import SCRATCH
from tests.torture.lookout import Lookout

PATIENCE = 240.0
_FORGIVE_AFTER, _FORGIVE_EVERY = 4.0, 25.0
_BACK_OFF, _AWAY = "CrashLoopBackOff", "the API server does not answer"
_PROBE_FOR = 25.0


class NotWhole(Exception):
    """The cluster does not come back."""


class Forgiveness:
    """Who was killed often waits longer each time before the kubelet starts it again, up to five minutes. A fresh
    kubelet has forgotten that: a round's length must not hang on those before it.
    """

    def __init__(self) -> None:
        self._given = time.monotonic()
        self._patience = _FORGIVE_AFTER

    async def give(self, missing: str) -> None:
        """A fresh kubelet, where somebody has waited for long enough."""
        if time.monotonic() - self._given > self._patience and (_BACK_OFF in missing or _AWAY in missing):
            await asyncio.to_thread(run, "docker", "exec", NODE, "systemctl", "restart", "kubelet")
            self._given, self._patience = time.monotonic(), _FORGIVE_EVERY


async def whole() -> None:
    """Wait until every pod of the cluster is ready."""
    began, forgiveness = time.monotonic(), Forgiveness()
    while lacks := await asyncio.to_thread(missing):
        if time.monotonic() - began > PATIENCE:
            raise NotWhole(f"not within {PATIENCE:.0f}s: {lacks}")
        await forgiveness.give(lacks)
        await asyncio.sleep(0.3)


def missing(namespace: str | None = None) -> str | None:
    """What is not ready, in words, there or anywhere; None: nothing."""
    where = ("-n", namespace) if namespace else ("-A",)
    kinds = "pods,deployments.apps,statefulsets.apps"
    try:
        found = json.loads(run("kubectl", "--request-timeout=5s", "get", kinds, *where, "-o", "json"))
    except CommandFailed as error:
        return f"{_AWAY}: {error}"
    return ", ".join(lacking(found["items"])) or None


def lacking(objects: list[dict[str, Any]]) -> list[str]:
    """Which pods are not ready, and which Deployments and StatefulSets have fewer than they want, in words.

    Pods are counted: while nobody is there who would make new ones (a controller manager that has lost its lease), the
    status of their owner says that all are ready, and no pod that is not.
    """
    pods = [one for one in objects if one["kind"] == "Pod"]
    unready = [f"{pod['metadata']['name']} {_reasons(pod)}" for pod in pods if not _ready(pod)]
    ready = [pod for pod in pods if _ready(pod)]
    owners = [one for one in objects if one["kind"] != "Pod"]
    return unready + [words for owner in owners if (words := _too_few(owner, ready))]


def _too_few(owner: dict[str, Any], ready: list[dict[str, Any]]) -> str | None:
    name, namespace = owner["metadata"]["name"], owner["metadata"]["namespace"]
    wanted, labels = owner["spec"]["replicas"], owner["spec"]["selector"]["matchLabels"].items()
    there = [pod for pod in ready if pod["metadata"]["namespace"] == namespace]
    has = sum(labels <= (pod["metadata"].get("labels") or {}).items() for pod in there)
    return f"{name} has {has} of {wanted} pods" if has < wanted else None


def _reasons(pod: dict[str, Any]) -> str:
    told = (pod.get("status") or {}).get("containerStatuses") or []
    return " ".join((one["state"].get("waiting") or {}).get("reason", "") for one in told)


def _ready(pod: dict[str, Any]) -> bool:
    """Load pods come and go, and are nobody's business here."""
    status = pod.get("status") or {}
    owners = pod["metadata"].get("ownerReferences") or []
    if any(owner["kind"] == "Job" for owner in owners):
        return True
    conditions = {one["type"]: one["status"] for one in status.get("conditions") or []}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


async def fresh_pods() -> None:
    """Pods that were hit keep what is left of each sidecar in their status: new ones, the database first."""
    for app in ("postgres", f"agents,external-api,{SCRATCH}"):
        selector = f"app in ({app})"
        await asyncio.to_thread(
            run,
            "kubectl",
            "-n",
            NAMESPACE,
            "delete",
            "pods",
            "-l",
            selector,
            "--grace-period=1",
            "--timeout=60s",
        )
        await whole()


async def troubles(lookout: Lookout) -> list[str]:
    """What probes say that is wrong; asked again for a while, for what has just come back may be slow at first."""
    until = time.monotonic() + _PROBE_FOR
    while True:
        wrong: list[str] = await lookout.ask("probe")
        if not wrong or time.monotonic() > until:
            return wrong
        await asyncio.sleep(0.5)
