"""Runs a campaign and shows how it goes."""

import time
from collections.abc import Callable
from typing import Any

from demo.deploy import STAGING
from demo.kubectl import get, run

Say = Callable[[str], None]
PATIENCE = 600.0


class NoVerdict(Exception):
    """The run did not come to an end in time."""


def run_now(name: str, file: str, say: Say) -> dict[str, Any]:
    """Apply the campaign, ask for a run of it now, follow it to its end; the finished run."""
    known, before = _runs(name), _generation(name)
    run("kubectl", "apply", "-f", file)
    if _generation(name) == before:
        # A changed spec gets its run by itself; an unchanged one must be asked.
        annotation = f"stresscampaigns.dev/run-now={time.time()}"
        run("kubectl", "-n", STAGING, "annotate", "--overwrite", "stresscampaign", name, annotation)
    return _follow(name, set(known), say)


def _generation(name: str) -> int | None:
    campaign = get("-n", STAGING, "stresscampaign", name)
    return campaign["metadata"]["generation"] if campaign else None


def _runs(name: str) -> dict[str, dict[str, Any]]:
    found = get("-n", STAGING, "stressruns", "-l", f"stresscampaigns.dev/campaign={name}") or {"items": []}
    return {item["metadata"]["name"]: item for item in found["items"]}


def _follow(name: str, known: set[str], say: Say) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    told = 0
    while time.monotonic() < deadline:
        fresh = [item for run_name, item in _runs(name).items() if run_name not in known]
        status = (fresh[0].get("status") or {}) if fresh else {}
        timeline = status.get("timeline") or []
        for entry in timeline[told:]:
            say(f"{fresh[0]['metadata']['name']}: {entry['event']}: {entry.get('detail') or ''}".rstrip(": "))
        told = len(timeline)
        if status.get("phase") == "Finished":
            return fresh[0]
        time.sleep(1)
    raise NoVerdict(f"no verdict after {PATIENCE:.0f}s: see `kubectl -n {STAGING} describe stressruns`")


def table(finished: dict[str, Any]) -> str:
    """The run's checks, faults and key figures, to be read by a person."""
    status = finished["status"]
    rows = [("CHECK", "VERDICT", "VALUE", "THRESHOLD", "WINDOW", "SOURCE")]
    rows += [
        (one["name"], one["verdict"], one.get("value") or "-", one["threshold"], one["window"], one["source"])
        for one in status.get("checks") or []
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    load = {key: value for key, value in (status.get("load") or {}).items() if not key.endswith("At")}
    lines += ["", f"load: {', '.join(f'{key} {value}' for key, value in load.items())}"]
    lines += [f"fault {fault['name']}: {_fault_words(fault)}" for fault in status.get("faults") or []]
    lines += _recovery(status)
    return "\n".join([*lines, *_capacity(status.get("capacity") or {}), *_resources(status)])


def _recovery(status: dict[str, Any]) -> list[str]:
    """Writes that were read back, and the score or why there is none."""
    lines = []
    if written := status.get("dataLoss"):
        counts = ", ".join(
            f"{written[key]} {key}" for key in ("acknowledged", "kept", "lost", "unknown", "recovered")
        )
        lines = [f"writes: {counts}", *(f"  lost: {one}" for one in written.get("lostElements") or [])]
    if found := status.get("resilience"):
        score = f"{found['score']:g} of {found['of']}, " if "score" in found else ""
        lines.append(f"resilience: {score}{found['reason']}")
    return lines


def _capacity(found: dict[str, Any]) -> list[str]:
    if not found:
        return []
    bounds = f"capacity: {found.get('lower', 'no')} users sustained, {found.get('upper', 'no')} not"
    keys = ("throughput", "perCore", "perGigabyte", "failure")
    lines = [bounds, *(f"  {key}: {found[key]}" for key in keys if found.get(key))]
    names = (("judged by", "judgedBy"), ("broke first", "brokeFirst"))
    lines += [f"  {words}: {', '.join(found[key])}" for words, key in names if found.get(key)]
    for one in found.get("trials") or []:
        figures = ", ".join(
            f"{key} {one[key]}" for key in ("throughput", "p50", "p95", "p99") if one.get(key)
        )
        lines.append(f"  {one['users']} users {_outcome(one)}: {figures}")
    return [*lines, f"  scalability: {_law(found.get('scalability') or {})}"]


def _outcome(trial: dict[str, Any]) -> str:
    if trial.get("void") or trial.get("undecided"):
        return str(trial["reason"])
    return "held" if trial["passed"] else "failed"


def _law(found: dict[str, Any]) -> str:
    if "alpha" not in found:
        return str(found.get("inconclusive") or "not fitted")
    fitted = [
        f"{key} {found[key]['value']:.3g} ({found[key]['low']:.3g} to {found[key]['high']:.3g})"
        for key in ("alpha", "beta", "gamma")
    ]
    return ", ".join(
        [*fitted, f"R² {found.get('rSquared')}", f"{found['measured']} measured", f"peak {found['peak']}"]
    )


def _resources(status: dict[str, Any]) -> list[str]:
    lines = [f"bottleneck: {status['bottleneck']}"] if "bottleneck" in status else []
    lines += [f"  {one['resource']}: {_resource_words(one)}" for one in status.get("saturation") or []]
    return lines + [f"incident: {one['message']}" for one in status.get("incidents") or []]


def _resource_words(one: dict[str, Any]) -> str:
    words = {
        "peak": "{} of its limit",
        "used": "{} in use",
        "limit": "limit {}",
        "reachedAfter": "saturated after {}",
        "load": "at {}",
        "waiting": "up to {} waiting",
        "waitTime": "for up to {}",
        "slope": "growing {}",
        "detail": "{}",
    }
    return ", ".join([one["state"], *(text.format(one[key]) for key, text in words.items() if one.get(key))])


def _fault_words(fault: dict[str, Any]) -> str:
    words = {
        "brokenAfter": "the service broke after",
        "recoveredFromStart": "good again, from its start,",
        "recoveredFromEnd": "from its end",
    }
    said = [f"{text} {fault[key]}" for key, text in words.items() if key in fault]
    pods = fault.get("pods") or []
    harmed = sum(pod.get("harmed") or 0 for pod in pods)
    unit = next((pod["unit"] for pod in pods if pod.get("unit")), "harmed")
    return ", ".join([f"{harmed} {unit}", *said])
