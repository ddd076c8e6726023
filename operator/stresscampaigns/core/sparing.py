"""Pods that a selector picks and that are left alone all the same: a load's, those that would be gone for good, and
those that only their node can change."""

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core.observation import Pod
from stresscampaigns.core.within import kills, place

MOST_WORN = 1_000_000
"""Bytes of a pod's description that ephemeral containers may take: some 600 faults. With 1,700 (measured) it is larger
than what the API server's store takes, which then refuses even what the pod's node wants to tell of it."""


def spared(fault: Fault, pod: Pod) -> str | None:
    """Why the fault is not put into this pod, and what to do; None: nothing speaks against it."""
    if pod.role is not None:
        return f"pod {pod.name} is part of the load of a run, which no fault may break: correct the fault's selector"
    if pod.static:
        return (
            f"pod {pod.name} is a static pod: its node runs it by itself, takes no sidecar for it, and goes on with it "
            "when it is deleted; correct the fault's selector"
        )
    if pod.worn > MOST_WORN and place(fault) != "cluster":
        return (
            f"pod {pod.name} is full of ended sidecars of earlier faults, which Kubernetes keeps until it is replaced: "
            "one day it could not even write down any more how the pod is; `kubectl rollout restart` what made it"
        )
    if pod.bare and (place(fault) == "cluster" or (kills(fault) and not pod.restarts)):
        return (
            f"pod {pod.name} has no controller that would put another one in its place: it would be gone for good; "
            "correct the fault's selector, or let a Deployment make the pod"
        )
    return None
