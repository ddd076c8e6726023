"""Many campaigns at once: how soon each is answered, and what the operator costs when it then has nothing to do.

They are scheduled for New Year's night, so that none of them runs.
"""

import asyncio
import time
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
    """Name → epoch seconds."""

    sent: dict[str, float] = field(default_factory=dict)
    there: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)

    def see(self, body: dict[str, Any], now: float) -> None:
        name = body["metadata"]["name"]
        self.there.setdefault(name, now)
        if (body.get("status") or {}).get("phase"):
            self.answered.setdefault(name, now)

    def since_sent(self, seen: dict[str, float]) -> list[float]:
        return [seen[name] - self.sent[name] for name in self.sent]


def measure() -> list[Figure]:
    """First the answer to 200 at once, then the rest of 500 and a quiet minute."""
    _delete_all()
    empty = _resting()
    times = asyncio.run(_apply(0, AT_ONCE))
    asyncio.run(_apply(AT_ONCE, RESTING))
    full = _resting()
    _delete_all()
    there, answered = times.since_sent(times.there), times.since_sent(times.answered)
    with_none = f"with no campaign {empty[0]:.0f} MB, {empty[1]:.2f} % of a core"
    return [
        Figure(
            f"apply → status, p99 of {AT_ONCE} at once",
            quantile(answered, 0.99) * 1000,
            500,
            "ms",
            f"the object itself, by the same watch: p99 {quantile(there, 0.99) * 1000:.0f} ms; "
            f"status p50 {quantile(answered, 0.5) * 1000:.0f} ms",
        ),
        Figure(f"operator at rest with {RESTING} campaigns, memory", full[0], 200, "MB", with_none),
        Figure(f"operator at rest with {RESTING} campaigns, CPU", full[1], 2, "% of a core", with_none),
    ]


async def _apply(first: int, last: int) -> _Times:
    await config.load_kube_config()
    times = _Times()
    async with client.ApiClient() as api:
        objects = client.CustomObjectsApi(api)
        names = [f"bench-crowd-{number}" for number in range(first, last)]
        watching = asyncio.create_task(_watch(objects, times, set(names)))
        await asyncio.sleep(1.0)
        await asyncio.gather(*(_create(objects, times, name) for name in names))
        await asyncio.wait_for(watching, 120)
    return times


async def _create(objects: client.CustomObjectsApi, times: _Times, name: str) -> None:
    body = campaign(name, schedule="0 0 1 1 *")
    times.sent[name] = time.time()
    await objects.create_namespaced_custom_object(**_OURS, body=body)


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
