"""A Deployment as decisions see it, and the two changes that a bad rollout makes: there and back again. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue

from stresscampaigns.api.rollback import EnvChange, ImageChange, Rollback

EnvEntry = Mapping[str, JsonValue]
"""As the template has it: a name, and a value or where to take it from."""


@dataclass(frozen=True)
class TemplateContainer:
    """A container of the pod template."""

    name: str
    image: str
    env: tuple[EnvEntry, ...] = ()


@dataclass(frozen=True)
class Template:
    """The pod template, as far as a bad rollout may change it."""

    containers: tuple[TemplateContainer, ...]
    mark: str | None = None
    """Whose bad revision it is."""

    def container(self, name: str) -> TemplateContainer | None:
        """By its name."""
        return next((one for one in self.containers if one.name == name), None)


@dataclass(frozen=True)
class Deployment:
    """A Deployment as the API server holds it."""

    name: str
    uid: str
    version: str
    """Changes with whatever changes in it."""
    generation: int
    """Changes when what is asked for changes."""
    observed_generation: int
    """The newest one that its controller has seen."""
    template: Template
    selector: str = ""
    """Of its pods, as the API server's `labelSelector` parameter."""
    rollback: str | None = None
    """The annotation."""
    paused: bool = False
    replicas: int = 1
    """As many are asked for; so many are there, are of the newest revision, are available:"""
    total: int = 1
    updated: int = 1
    available: int = 1

    @property
    def observed(self) -> bool:
        """Has its controller seen what is asked for?"""
        return self.observed_generation >= self.generation


@dataclass(frozen=True)
class NoDeployment:
    """Why it cannot be seen."""

    message: str
    gone: bool = False
    """There is none; else we may not look."""


def changed(template: Template, rollback: Rollback) -> Template:
    """The bad revision."""
    found = template.container(rollback.container)
    if found is None:
        return template
    env = found.env
    for one in rollback.env:
        env = _with_entry(env, one.name, {"name": one.name, "value": one.after})
    image = rollback.image.after if rollback.image else found.image
    return replace(_with(template, replace(found, image=image, env=env)), mark=rollback.mark)


def as_taken(rollback: Rollback, template: Template) -> Rollback:
    """With the values that the template has by now, whatever an admission webhook has made of those that were asked.

    So they are known as ours however often somebody asks for something else, as an autoscaler does for replicas.
    """
    found = template.container(rollback.container)
    if found is None:
        return rollback
    image = rollback.image and rollback.image.model_copy(update={"after": found.image})
    env = [_with_value_of(one, _entry(found.env, one.name)) for one in rollback.env]
    return rollback.model_copy(update={"image": image, "env": env})


def _with_value_of(change: EnvChange, entry: EnvEntry | None) -> EnvChange:
    value = entry and entry.get("value")
    return change.model_copy(update={"after": value}) if isinstance(value, str) else change


def restored(template: Template, rollback: Rollback, generation: int) -> Template:
    """Rolled back, field by field. What is not as we left it is somebody else's, and stays.

    Args:
        generation: the Deployment's; where nobody else has asked for anything, all of it is ours, whatever an admission
            webhook may have made of it.
    """
    alone = generation <= rollback.generation
    found = template.container(rollback.container)
    if found is not None:
        env = found.env
        for one in rollback.env:
            env = _with_entry(env, one.name, one.before) if alone or _is_ours(env, one) else env
        ours = alone or (rollback.image is not None and rollback.image.after == found.image)
        image = rollback.image.before if rollback.image and ours else found.image
        template = _with(template, replace(found, image=image, env=env))
    return replace(template, mark=None) if alone or template.mark == rollback.mark else template


def foreign(template: Template, rollback: Rollback, generation: int) -> list[str]:
    """Which of the changed fields somebody else has changed since."""
    if generation <= rollback.generation:
        return []
    found = template.container(rollback.container)
    if found is None:
        return [f"container {rollback.container}"]
    image = rollback.image and rollback.image.after != found.image
    names = [f"env {one.name}" for one in rollback.env if not _is_ours(found.env, one)]
    mark = [] if template.mark == rollback.mark else ["the mark of its pods"]
    return [*(["image"] if image else []), *names, *mark]


def differences(
    container: TemplateContainer, env: Mapping[str, str], image: str | None
) -> tuple[ImageChange | None, list[EnvChange]]:
    """What has to be changed in a container so that it has these; nothing where it has them already."""
    changes = []
    for name, value in sorted(env.items()):
        before = _entry(container.env, name)
        if before != {"name": name, "value": value}:
            changes.append(
                EnvChange(name=name, before=dict(before) if before is not None else None, after=value)
            )
    other = image is not None and image != container.image
    return ImageChange(before=container.image, after=image) if image and other else None, changes


def _with(template: Template, container: TemplateContainer) -> Template:
    containers = [container if one.name == container.name else one for one in template.containers]
    return replace(template, containers=tuple(containers))


def _place(env: tuple[EnvEntry, ...], name: str) -> int | None:
    """Of the last one, which is the one that counts."""
    return next((at for at in reversed(range(len(env))) if env[at].get("name") == name), None)


def _entry(env: tuple[EnvEntry, ...], name: str) -> EnvEntry | None:
    place = _place(env, name)
    return None if place is None else env[place]


def _is_ours(env: tuple[EnvEntry, ...], change: EnvChange) -> bool:
    return _entry(env, change.name) == {"name": change.name, "value": change.after}


def _with_entry(env: tuple[EnvEntry, ...], name: str, entry: EnvEntry | None) -> tuple[EnvEntry, ...]:
    """In its place, for later entries may refer to earlier ones; a new one at the end; None: without it."""
    place, new = _place(env, name), () if entry is None else (entry,)
    return (*env, *new) if place is None else (*env[:place], *new, *env[place + 1 :])
