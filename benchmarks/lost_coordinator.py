"""How soon does the operator say that the coordinator of a run's load is gone? On the cluster, as its user sees it."""

import subprocess
import time

from demo.kubectl import ROOT
from tests.e2e.campaigns import NAMESPACE, campaign, delete, start, status_of, workflows
from tests.e2e.node import kill
from tests.e2e.waiting import eventually

ROUNDS = 3
_COORDINATOR = "stresscampaigns.load coordinator"


def measure() -> list[float]:
    """Seconds from the SIGKILL to the verdict in the run's status, round by round."""
    return [_round(f"bench-coordinator-{number}") for number in range(ROUNDS)]


def _round(name: str) -> float:
    run_name = start(campaign(name, load=workflows("5m")))
    eventually(lambda: (status_of(run_name).get("load") or {}).get("startedAt"), 150, "the load is on")
    with _told(run_name) as told:
        began = time.monotonic()
        kill(_COORDINATOR)
        told.wait()
        took = time.monotonic() - began
    message = status_of(run_name)["message"]
    delete(name)
    if "coordinator" not in message:
        raise RuntimeError(f"the run ended of something else: {message}")
    return took


def _told(run_name: str) -> "subprocess.Popen[bytes]":
    """It ends when the run has its verdict: by a watch, so that nobody asks over and over meanwhile."""
    wait = ("kubectl", "-n", NAMESPACE, "wait", f"stressrun/{run_name}", "--timeout=60s")
    return subprocess.Popen([*wait, "--for=jsonpath={.status.verdict}=Inconclusive"], cwd=ROOT)
