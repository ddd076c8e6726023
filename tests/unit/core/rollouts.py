"""A Deployment and the fault that rolls a bad revision of it out, as plain values."""

from dataclasses import replace
from typing import Any

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.run import FaultPod
from stresscampaigns.core.deployments import (
    Deployment,
    NoDeployment,
    Template,
    TemplateContainer,
    changed,
    restored,
)
from stresscampaigns.core.observation import Container, Pod
from stresscampaigns.core.rollout import AHEAD, Look, rollout_step
from tests.unit.core.builders import FAULT_END, FAULT_START

RUN = "uid-of-run"
BAD: dict[str, Any] = {
    "name": "bad",
    "type": "BadRollout",
    "at": "50s",
    "duration": "10s",
    "deployment": "agents",
    "env": {"URL": "http://nowhere"},
}
URL: dict[str, Any] = {"name": "URL", "value": "http://$(HOST)"}
HOST: dict[str, Any] = {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}
CHOSEN = FaultPod(pod="agents", uid="uid-agents")
OUT = CHOSEN.model_copy(update={"injected_at": FAULT_START, "harmed": 2, "unit": "pods of the bad revision"})
"""It is in force."""
ASKED = OUT.model_copy(update={"asked_at": FAULT_END - AHEAD})
"""It is to be rolled back, and that is written down."""
GONE = NoDeployment("there is no Deployment agents in namespace staging", gone=True)
CLOSED = NoDeployment("the operator may not")
AGENTS = TemplateContainer("agents", "agents:1", (HOST, URL))


def deployment(**changes: Any) -> Deployment:
    """Three pods, all of one revision, all available."""
    fields: dict[str, Any] = {
        "name": "agents",
        "uid": "uid-agents",
        "version": "7",
        "generation": 3,
        "observed_generation": 3,
        "template": Template((AGENTS,)),
        "selector": "app=agents",
        "replicas": 3,
        "total": 3,
        "updated": 3,
        "available": 3,
    }
    return Deployment(**(fields | changes))


def fault(**changes: Any) -> Fault:
    """A fault of it."""
    return Fault.model_validate(BAD | changes)


def look(found: Any, now: float, *pods: Pod, **changes: Any) -> Look:
    """One look at it."""
    return Look(RUN, fault(), found, pods, now, FAULT_START, FAULT_END, **changes)


def bad_pod(name: str, began: bool = True) -> Pod:
    """One of the bad revision's."""
    inside = (Container("agents", began=began),)
    return Pod(name, f"uid-{name}", ready=began, containers=inside, mark=f"{RUN}.bad")


def after(found: Deployment, actions: Any) -> Deployment:
    """The Deployment once these were done; its controller follows at once."""
    for action in actions:
        rolled_out = type(action).__name__ == "RollOut"
        note = action.rollback
        template = (
            changed(found.template, note) if rolled_out else restored(found.template, note, found.generation)
        )
        found = asked(found, template, note.text() if rolled_out else None)
    return found


def asked(found: Deployment, template: Template, note: str | None) -> Deployment:
    """Somebody asks for this; what is asked for again is nothing new."""
    more = 0 if template == found.template else 1
    generation = found.generation + more
    return replace(
        found, template=template, rollback=note, generation=generation, observed_generation=generation
    )


def rolled_out() -> Deployment:
    """Its bad revision is out, since the fault's start."""
    _, actions = rollout_step(CHOSEN, look(deployment(), FAULT_START))
    return after(deployment(), actions)


def other_image(found: Deployment) -> Deployment:
    """Somebody deploys another one."""
    (main,) = found.template.containers
    newest = replace(found.template, containers=(replace(main, image="agents:2"),))
    return asked(found, newest, found.rollback)
