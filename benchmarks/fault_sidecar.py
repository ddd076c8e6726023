"""A sidecar that is created only when its fault is to begin; and what one costs that waits."""

import asyncio
import time
import uuid
from dataclasses import dataclass

from benchmarks.fault_probe import Probes, refusal
from cluster.settings import NODE
from demo.kubectl import CommandFailed, run
from stresscampaigns.adapters.kubernetes_api import KubernetesApi
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.api.fault_protocol import MOST_AHEAD
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.manifests.load import Images
from stresscampaigns.manifests.names import container_name
from stresscampaigns.manifests.sidecar import sidecar
from tests.e2e.campaigns import NAMESPACE
from tests.e2e.waiting import eventually

ROUNDS = 3
_LASTS, _APART = 3.0, 4.0
_IMAGES = Images("stresscampaigns/load:dev", "stresscampaigns/fault:dev")


@dataclass(frozen=True)
class Memory:
    """Of one sidecar that waits, in MB."""

    working_set: float
    beside: str


def cold() -> list[float]:
    """Seconds from asking the API server for the sidecar to the fault in force; one pod after the other."""
    return asyncio.run(_cold())


async def _cold() -> list[float]:
    api = await KubernetesApi.connect()
    asked: list[tuple[int, float]] = []
    try:
        with Probes(2 + ROUNDS * 3 * _APART) as probes:
            await asyncio.sleep(2)
            for number in range(ROUNDS * len(probes.pods)):
                which = number % len(probes.pods)
                asked.append((which, time.time()))
                await _put_in(KubernetesStaging(api), probes.pods[which], time.time(), _LASTS)
                await asyncio.sleep(max(0.0, asked[-1][1] + _APART - time.time()))
            seen = probes.seen()
    finally:
        await api.close()
    return [seen.cut_after(moment)[which] for which, moment in asked]


async def _put_in(staging: KubernetesStaging, pod: str, start: float, lasts: float) -> str:
    """The fault from a moment on; its sidecar's name."""
    fault, uid = Fault.model_validate(refusal("no", 0, lasts)), str(uuid.uuid4())
    peers = await staging.addresses(NAMESPACE, "app=external-api")
    manifest = sidecar(uid, fault, _IMAGES, start, start + lasts, peers)
    (known,) = [one for one in await staging.pods(NAMESPACE, "app=agents") if one.name == pod]
    await staging.inject(NAMESPACE, pod, known.uid, manifest)
    return container_name(uid, fault.name)


def memory() -> Memory:
    """One that waits for its time."""
    return asyncio.run(_memory())


async def _memory() -> Memory:
    api = await KubernetesApi.connect()
    staging = KubernetesStaging(api)
    try:
        pod = next(one for one in await staging.pods(NAMESPACE, "app=agents") if one.ready).name
        name = await _put_in(staging, pod, time.time() + MOST_AHEAD, 1)
        eventually(lambda: '"checked"' in _said(pod, name), 30, "the sidecar waits for its time")
        found = _of_process(f"faults hold .*{name}")
        await staging.end_fault(NAMESPACE, pod, name)
    finally:
        await api.close()
    return found


def _said(pod: str, container: str) -> str:
    """Its log; empty while it is being created."""
    try:
        return run("kubectl", "-n", NAMESPACE, "logs", pod, "-c", container, "--tail=5")
    except CommandFailed:
        return ""


_LOOK = r"""
pid=$(pgrep -o -f "$1"); top=/proc/$pid/root/sys/fs/cgroup
[ -d $top/memory ] && top=$top/memory
cat $top/memory.current 2> /dev/null || cat $top/memory.usage_in_bytes
awk '$1 == "inactive_file" {print $2}' $top/memory.stat
awk '/^VmRSS|^RssAnon/ {print $2 * 1024}' /proc/$pid/status
"""


def _of_process(command: str) -> Memory:
    """Of its container, as Kubernetes counts: the working set."""
    used, idle, resident, own = map(
        int, run("docker", "exec", NODE, "sh", "-c", _LOOK, "sh", command).split()
    )
    beside = (
        f"of that {own / 1e6:.1f} MB its process's own; with shared files {resident / 1e6:.1f} MB resident"
    )
    return Memory((used - idle) / 1e6, beside)
