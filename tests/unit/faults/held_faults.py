"""Faults held in a pod of two namespaces, by the program that holds them in a sidecar."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from stresscampaigns.api.fault_protocol import FaultEvent, FaultOrder, parse_fault_events
from tests.unit.faults.namespaces import PORT, Namespaces

SIDECAR = ("setpriv", "--bounding-set=-all,+net_admin", "--inh-caps=-all,+net_admin", "--no-new-privs")
"""A process with no capability but the sidecar's."""
PATIENCE = 30.0


def start(
    pod: Namespaces,
    kind: str,
    seconds: float,
    fault: str = "stress-f",
    within: tuple[str, ...] = SIDECAR,
    **settings: Any,
) -> subprocess.Popen[str]:
    """The holder of a fault that is in force; it may do what a sidecar may, unless `within` says else."""
    now = time.time()
    settings = {"port": PORT, **settings}
    if settings["port"] is None:
        del settings["port"]
    order = FaultOrder(kind, fault, now, now + seconds, settings)
    holder = pod.start_in_pod(*within, sys.executable, "-m", "stresscampaigns.faults", "hold", order.text())
    said = []
    for line in lines(holder):
        said.append(line)
        if any(event.event == "injected" for event in parse_fault_events(line)):
            return holder
    raise AssertionError(f"never injected: {said} {holder.stderr.read() if holder.stderr else ''}")


def lines(holder: subprocess.Popen[str]) -> Iterator[str]:
    """What it says, line by line; one that has said nothing that its reader wants in `PATIENCE` seconds is killed."""
    assert holder.stdout
    given_up = threading.Timer(PATIENCE, holder.kill)
    given_up.daemon = True
    given_up.start()
    try:
        for line in holder.stdout:  # noqa: UP028 - `yield from` would close it
            yield line
    finally:
        given_up.cancel()


def last_event(holder: subprocess.Popen[str]) -> FaultEvent:
    """What it says at the end."""
    out, errors = holder.communicate(timeout=PATIENCE)
    assert not errors
    return parse_fault_events(out)[-1]


def stopped(holder: subprocess.Popen[str]) -> FaultEvent:
    """End it before its time; what it says then."""
    holder.terminate()
    return last_event(holder)


def traces(pod: Namespaces) -> str:
    """What is left of any fault in the pod; empty where nothing is."""
    queues = pod.in_pod("cat", "/proc/self/net/netfilter/nfnetlink_queue")
    return pod.in_pod("nft", "list", "ruleset") + queues
