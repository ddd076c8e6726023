"""When is a fault really in force, and when has it really ended? As the target's own traffic shows it.

A probe in a pod of the service opens TCP connections to the database, one after the other. The end is measured with
everything of ours killed: the operator, the fault's holder, the load.
"""

import subprocess
from typing import Any

from benchmarks.figure import Figure
from demo.kubectl import ROOT
from tests.e2e.campaigns import DATABASE_CUT, NAMESPACE, campaign, delete, finished, start, status_of
from tests.e2e.node import kill
from tests.e2e.waiting import eventually

ROUNDS = 3
_PROBE = """
import socket, sys, time
state = None
until = time.time() + 45
while time.time() < until:
    began = time.time()
    try:
        socket.create_connection(("postgres", 5432), 0.05).close(); good = True
    except OSError:
        good = False
    if good != state:
        print("good" if good else "cut", began, flush=True); state = good
    time.sleep(0.01)
"""


def measure() -> list[Figure]:
    """Three rounds; the worst of each."""
    rounds = [_round(f"bench-fault-{number}") for number in range(ROUNDS)]
    begins, ends = zip(*rounds, strict=True)
    reference = "a probe every 60 ms at most; all: "
    return [
        Figure("fault: scheduled → in force", max(begins), 1.5, "s", reference + _all(begins)),
        Figure("fault: deadline → gone, all of ours killed", max(ends), 1.0, "s", reference + _all(ends)),
    ]


def _all(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.2f} s" for value in values)


def _round(name: str) -> tuple[float, float]:
    load = {
        "workers": 1,
        "stages": [{"name": "only", "users": 2, "duration": "30s"}],
        "scenarios": [{"name": "agent-workflow"}],
    }
    checks = [{"name": "recovers", "recovery": {"fault": "cut"}, "max": "20s"}]
    run_name = start(campaign(name, load=load, faults=[DATABASE_CUT], checks=checks))
    eventually(lambda: (status_of(run_name).get("load") or {}).get("startedAt"), 150, "the load is on")
    command = ["kubectl", "-n", NAMESPACE, "exec", "deploy/agents", "--", "python3", "-c", _PROBE]
    probe = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    eventually(lambda: _event(run_name, "FaultInjected"), 60, "the fault is in force")
    for part in ("stresscampaigns.faults", "stresscampaigns.handlers", "stresscampaigns.load"):
        kill(part)
    printed, _ = probe.communicate(timeout=120)
    fault = finished(run_name, 180)["faults"][0]
    delete(name)
    changes = [line.split() for line in printed.splitlines()]
    cut = next(float(at) for state, at in changes if state == "cut")
    good = next(float(at) for state, at in changes if state == "good" and float(at) > cut)
    return cut - fault["startsAt"], good - fault["endsAt"]


def _event(run_name: str, event: str) -> dict[str, Any] | None:
    timeline = status_of(run_name).get("timeline") or []
    return next((entry for entry in timeline if entry["event"] == event), None)
