"""Where a fault can work, above all within a container; and what it means when that container ends under it."""

import math

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.fault_types import TYPES, Place
from stresscampaigns.api.run import FaultPod
from stresscampaigns.api.units import threshold_value
from stresscampaigns.core.observation import Container, Pod, Sidecar

SETTLE = 10.0
"""Seconds after a sidecar's death in which the pod's status may not tell yet that its target has ended, too."""


def place(fault: Fault) -> Place:
    """Where it is broken."""
    return TYPES[fault.type].place


def amount(fault: Fault) -> float:
    """As a ratio."""
    return threshold_value(fault.amount or "0%")


def kills(fault: Fault) -> bool:
    """Is it meant to end the container, and with it all that was started there?"""
    return fault.type == "ServiceCrash" or (fault.type == "MemoryPressure" and amount(fault) > 1)


def _breaks_network(fault: Fault) -> bool:
    """The pod's; or who serves at a port of it: in a node's that may be another."""
    return place(fault) in ("network", "server")


def container_of(fault: Fault, pod: Pod) -> Container | None:
    """The container that the fault is for; None: the pod has none of that name."""
    name = fault.target.container if fault.target else None
    return next((one for one in pod.containers if name in (None, one.name)), None)


def cannot(fault: Fault, pod: Pod) -> str | None:
    """Why the fault cannot work in this pod, and what to do; None: nothing speaks against it."""
    if pod.host_network and _breaks_network(fault):
        return (
            f"pod {pod.name} is in the network of its node (hostNetwork): the fault would hit the node itself, or "
            "anybody there; break the pods that call it, with its `port`"
        )
    if place(fault) == "sidecar" and pod.shares:
        # Who wrote the image need not have the right to make such a pod; and what is in the image decides what runs.
        return (
            f"pod {pod.name} has {', '.join(pod.shares)}: a program of your own could reach processes of others there, "
            "or its node's network; correct the fault's selector"
        )
    if place(fault) != "container":
        return None
    into = container_of(fault, pod)
    if into is None:
        return f"pod {pod.name} has no container {fault.target.container if fault.target else ''}"
    if into.user is None:
        return (
            f"as whom container {into.name} runs is said by its image alone, and the sidecar must have the same user: "
            "set securityContext.runAsUser and runAsGroup of the pod"
        )
    if fault.type == "MemoryPressure" and into.memory_limit is None:
        return f"container {into.name} has no memory limit of which a share could be taken: set one"
    if fault.type == "DiskFull" and (fault.path or "").rstrip("/") not in into.mounts:
        known = ", ".join(into.mounts) or "none"
        return f"no volume is mounted at {fault.path} in container {into.name}; volumes are at: {known}"
    return None


def died(pod: FaultPod, sidecar: Sidecar, fault: Fault | None, start: float, now: float) -> FaultPod:
    """The sidecar ended without a word: its container's first process did, and took all the others along."""
    target = sidecar.target
    # The API server tells whole seconds.
    if target is None or target.ended_at is None or target.ended_at < math.floor(start):
        if now < (sidecar.ended_at or 0.0) + SETTLE:
            return pod
        return pod.lost("the sidecar died, and what it had started in the target's container ended with it")
    words = f"container {target.name} ended ({target.ended_reason}), and the fault with it"
    if fault is None or not kills(fault) or pod.injected_at is None:
        # What is to end a container says so before it acts: without a word it was another.
        return pod.lost(words)
    proof = {
        "ended_at": max(pod.injected_at, target.ended_at),
        "harmed": 1,
        "unit": "containers ended",
    }
    return pod.model_copy(update={**proof, "outcome": "Ended", "message": words})
