"""The patches by which a bad revision is rolled out and rolled back: what changes, and nothing else."""

from stresscampaigns.api.base import BAD_REVISION_ANNOTATION, ROLLBACK_ANNOTATION
from stresscampaigns.api.rollback import Rollback
from stresscampaigns.core.deployments import Deployment, Template, TemplateContainer, changed, restored
from stresscampaigns.manifests.manifest import Part


def roll_out_patch(seen: Deployment, rollback: Rollback) -> Part:
    """A strategic merge patch; refused where the Deployment has changed since it was seen."""
    return _patch(seen, changed(seen.template, rollback), rollback.text())


def roll_back_patch(seen: Deployment, rollback: Rollback) -> Part:
    """The same, back again."""
    return _patch(seen, restored(seen.template, rollback, seen.generation), None)


def note_patch(old: Rollback, new: Rollback) -> list[Part]:
    """The note alone, and only where it is still the old one. As JSON Patch has it."""
    place = f"/metadata/annotations/{ROLLBACK_ANNOTATION.replace('~', '~0').replace('/', '~1')}"
    return [{"op": op, "path": place, "value": one.text()} for op, one in (("test", old), ("replace", new))]


def _patch(seen: Deployment, template: Template, note: str | None) -> Part:
    containers = [
        _container(old, new)
        for old, new in zip(seen.template.containers, template.containers, strict=True)
        if old != new
    ]
    inside: Part = {"metadata": {"annotations": {BAD_REVISION_ANNOTATION: template.mark}}}
    if containers:
        inside = {**inside, "spec": {"containers": containers}}
    metadata = {"uid": seen.uid, "resourceVersion": seen.version, "annotations": {ROLLBACK_ANNOTATION: note}}
    return {"metadata": metadata, "spec": {"template": inside}}


def _container(old: TemplateContainer, new: TemplateContainer) -> Part:
    """The environment as a whole: merged by name, it would not keep its order, which counts."""
    image = {"image": new.image} if new.image != old.image else {}
    env = {"env": [{"$patch": "replace"}, *map(dict, new.env)]} if new.env != old.env else {}
    return {"name": new.name, **image, **env}
