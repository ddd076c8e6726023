"""Load pods on nodes that do not answer: nobody sees them end, but when they end by themselves is known. Pure."""

from stresscampaigns.core.observation import Observation, Pod
from stresscampaigns.core.plan import longest_load
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.readiness import time_to_report

UNCONFIRMED = 15.0
"""Seconds after which a node that has not said that a pod is gone does not answer. A worker whose coordinator is gone
stops within 4.5 s."""


def stranded(run: RunView, seen: Observation) -> tuple[Pod, ...]:
    """The pods that are all that is left of a load, and have ended by themselves if they were not dead before.

    Kubernetes keeps showing them until their node answers or is deleted, which may be never: a run that waited for
    that would never be finished, and its namespace have no other. None, while any pod may still put load on.
    """
    pods = () if seen.load.exists else seen.load.pods
    if any(not _unconfirmed(pod, seen.now) for pod in pods):
        return ()
    alone = all(pod.role == "worker" for pod in pods)
    return pods if alone or _time_is_over(run, seen.now) else ()


def _unconfirmed(pod: Pod, now: float) -> bool:
    return pod.gone_by is not None and now > pod.gone_by + UNCONFIRMED


def _time_is_over(run: RunView, now: float) -> bool:
    """Of a coordinator, and so of its workers. Of a run that cannot be read nobody knows it."""
    if "load" not in run.spec.template.model_fields_set:
        return False
    load, told = run.template.load, run.status.load
    began = told.started_at if told else None
    if began is None:
        began = (run.status.phase_time or now) + run.start_timeout
    return now > began + longest_load(load) + time_to_report(run.template)


def words(pods: tuple[Pod, ...]) -> str:
    """What becomes of them, for whoever finds them."""
    named = ", ".join(f"{pod.name} on {pod.node}" for pod in pods)
    return (
        f"load pods are left to their nodes, which do not answer: {named}; they put on no load any more, and go when "
        "the node is back or deleted"
    )
