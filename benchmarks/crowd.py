"""Many campaigns at once: how soon each is answered, and what the operator costs when it then has nothing to do.

They are scheduled for New Year's night, so that none of them runs.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from kubernetes.aio import client, config, watch

from benchmarks.figure import Figure, quantile
from demo.kubectl import get, run
from tests.e2e.campaigns import NAMESPACE, campaign

AT_ONCE, RESTING = 200, 500
REST_SECONDS = 60.0
_OURS: dict[str, Any] = {
    "group": "stresscampaigns.dev",
    "version": "v1alpha1",
    "namespace": NAMESPACE,
    "plural": "stresscampaigns",
}


@dataclass
class _Times:
    """What the user's watch shows: name → epoch seconds."""

    began: float = 0.0
    there: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)

    def see(self, body: dict[str, Any], now: float) -> None:
        name = body["metadata"]["name"]
        self.there.setdefault(name, now)
        if (body.get("status") or {}).get("phase"):
            self.answered.setdefault(name, now)

    def one_after_the_other(self) -> list[float]:
        """Apply → status where kubectl applied: it asks for an object only once the one before is there."""
        order = sorted(self.there, key=self.there.__getitem__)
        asked = [self.began, *(self.there[name] for name in order)]
        return [self.answered[name] - at for name, at in zip(order, asked, strict=False)]

    def all_in_one_moment(self, seen: dict[str, float]) -> list[float]:
        """Seconds since all were sent."""
        return [at - self.began for at in seen.values()]


def measure() -> list[Figure]:
    """First the answer to 200 at once, then the rest of 500 and a quiet minute."""
    _delete_all()
    empty = _resting()
    applied = asyncio.run(_watched(0, AT_ONCE, _by_kubectl))
    _delete_all()
    burst = asyncio.run(_watched(0, AT_ONCE, _in_one_moment))
    asyncio.run(_watched(AT_ONCE, RESTING, _in_one_moment))
    full = _resting()
    _delete_all()
    there, answered = (burst.all_in_one_moment(seen) for seen in (burst.there, burst.answered))
    with_none = f"with no campaign {empty[0]:.0f} MB, {empty[1]:.2f} % of a core"
    return [
        Figure(
            f"kubectl apply → status, p99 of {AT_ONCE} in one file",
            quantile(applied.one_after_the_other(), 0.99) * 1000,
            500,
            "ms",
            f"all sent in one moment: the objects alone p99 {quantile(there, 0.99) * 1000:.0f} ms, "
            f"their status p99 {quantile(answered, 0.99) * 1000:.0f} ms",
        ),
        Figure(f"operator at rest with {RESTING} campaigns, memory", full[0], 200, "MB", with_none),
        Figure(f"operator at rest with {RESTING} campaigns, CPU", full[1], 2, "% of a core", with_none),
    ]


Way = Callable[[client.CustomObjectsApi, list[dict[str, Any]]], Awaitable[None]]


async def _watched(first: int, last: int, apply: Way) -> _Times:
    await config.load_kube_config()
    times = _Times()
    async with client.ApiClient() as api:
        objects = client.CustomObjectsApi(api)
        names = [f"bench-crowd-{number}" for number in range(first, last)]
        watching = asyncio.create_task(_watch(objects, times, set(names)))
        await asyncio.sleep(1.0)
        bodies = [campaign(name, schedule="0 0 1 1 *") for name in names]
        times.began = time.time()
        await apply(objects, bodies)
        await asyncio.wait_for(watching, 120)
    return times


async def _by_kubectl(_: client.CustomObjectsApi, bodies: list[dict[str, Any]]) -> None:
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": bodies})
    await asyncio.to_thread(run, "kubectl", "apply", "-f", "-", stdin=listed)


async def _in_one_moment(objects: client.CustomObjectsApi, bodies: list[dict[str, Any]]) -> None:
    await asyncio.gather(*(objects.create_namespaced_custom_object(**_OURS, body=body) for body in bodies))


async def _watch(objects: client.CustomObjectsApi, times: _Times, names: set[str]) -> None:
    async for event in watch.Watch().stream(objects.list_namespaced_custom_object, **_OURS):
        times.see(event["object"], time.time())
        if names <= times.answered.keys():
            return


def _delete_all() -> None:
    run("kubectl", "-n", NAMESPACE, "delete", "stresscampaigns", "--all", "--timeout=120s")


def _resting() -> tuple[float, float]:
    """The operator's memory in MB and its share of a core in per cent, over a quiet minute."""
    time.sleep(10.0)
    before, began = _own_metrics(), time.monotonic()
    time.sleep(REST_SECONDS)
    after, took = _own_metrics(), time.monotonic() - began
    used = after["process_cpu_seconds_total"] - before["process_cpu_seconds_total"]
    return after["process_resident_memory_bytes"] / 1e6, 100 * used / took


def _own_metrics() -> dict[str, float]:
    found = get("-n", "stresscampaigns", "pods", "-l", "app.kubernetes.io/name=stresscampaigns") or {}
    pod = found["items"][0]["metadata"]["name"]
    text = run("kubectl", "get", "--raw", f"/api/v1/namespaces/stresscampaigns/pods/{pod}:9090/proxy/metrics")
    pairs = (line.split() for line in text.splitlines() if line.startswith("process_"))
    return {name: float(value) for name, value in pairs}
