"""Deployments whose bad revision is rolled out and back; what changes is decided in `core`, and how in `manifests`."""

from collections.abc import Iterator
from contextlib import suppress

from stresscampaigns.adapters.bodies import DeploymentBody, Selector, TemplateBody
from stresscampaigns.adapters.kubernetes_api import MANAGER, OPERATIONS, STRATEGIC, KubernetesApi, Object
from stresscampaigns.adapters.kubernetes_errors import (
    AlreadyThere,
    ClusterError,
    NotAllowed,
    NotFound,
    Refused,
)
from stresscampaigns.api.base import BAD_REVISION_ANNOTATION, ROLLBACK_ANNOTATION
from stresscampaigns.api.rollback import Rollback
from stresscampaigns.core.deployments import (
    Deployment,
    EnvEntry,
    NoDeployment,
    Template,
    TemplateContainer,
    as_taken,
)
from stresscampaigns.manifests.rollout import note_patch, roll_back_patch, roll_out_patch
from stresscampaigns.runtime.ports import Refusal

_TRIES = 5
"""A rollout that is under way changes its Deployment's status all the time."""


async def look_at(api: KubernetesApi, namespace: str, name: str) -> Deployment | NoDeployment:
    """The Deployment as it is now, or why it cannot be seen."""
    try:
        found = await api.get(_path(namespace, name))
        return deployment_view(
            DeploymentBody(metadata=found["metadata"], spec=found["spec"], status=found.get("status") or {})
        )
    except NotFound:
        return NoDeployment(f"there is no Deployment {name} in namespace {namespace}", gone=True)
    except NotAllowed as error:
        return NoDeployment(_not_allowed(namespace, error))


async def roll_out(api: KubernetesApi, namespace: str, seen: Deployment, rollback: Rollback) -> None:
    """Patch it; one that has changed since it was seen is left alone.

    Raises:
        Refusal: in the API server's words.
    """
    path = _path(namespace, seen.name)
    try:
        taken = await api.patch(path, roll_out_patch(seen, rollback), STRATEGIC)
    except (NotFound, AlreadyThere):
        return
    except NotAllowed as error:
        raise Refusal(_not_allowed(namespace, error)) from error
    except Refused as error:
        raise Refusal(f"Deployment {seen.name} could not be changed: {error}") from error
    await _note_what_came_of_it(api, path, rollback, _template(taken["spec"]["template"]))


async def _note_what_came_of_it(
    api: KubernetesApi, path: str, rollback: Rollback, template: Template
) -> None:
    """Where an admission webhook has made something else of our values. Without that note, too, it can be rolled back,
    as long as nobody else asks for anything.
    """
    made = as_taken(rollback, template)
    if made == rollback:
        return
    with suppress(ClusterError):
        await api.patch(path, note_patch(rollback, made), OPERATIONS)


async def roll_back(api: KubernetesApi, namespace: str, seen: Deployment, rollback: Rollback) -> None:
    """Patch it back; where somebody has asked for something else since it was seen, nothing is done.

    Raises:
        Refusal: in the API server's words.
    """
    for _ in range(_TRIES):
        found = await look_at(api, namespace, seen.name)
        if not isinstance(found, Deployment) or _intent(found) != _intent(seen):
            return
        try:
            back = await api.patch(_path(namespace, seen.name), roll_back_patch(found, rollback), STRATEGIC)
            await _let_go_of(api, _path(namespace, seen.name), back)
            return
        except AlreadyThere:
            continue
        except NotFound:
            return
        except (NotAllowed, Refused) as error:
            raise Refusal(f"Deployment {seen.name} could not be rolled back: {error}") from error


async def _let_go_of(api: KubernetesApi, path: str, found: Object) -> None:
    """A field that we have changed counts as ours, back again or not: who applies by server-side apply what differs,
    the next release for instance, would be refused. Ours no more, it is anybody's; it is tried, and no more than that.
    """
    for _ in range(_TRIES):
        metadata = found.get("metadata") or {}
        managers = metadata.get("managedFields") or []
        others = [one for one in managers if one.get("manager") != MANAGER or one.get("subresource")]
        if len(others) == len(managers):
            return
        left = {"resourceVersion": metadata["resourceVersion"], "managedFields": others}
        with suppress(ClusterError):
            try:
                await api.patch(path, {"metadata": left})
                return
            except AlreadyThere:
                found = await api.get(path)


def _intent(found: Deployment) -> tuple[str, int, str | None]:
    return found.uid, found.generation, found.rollback


def _path(namespace: str, name: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"


def _not_allowed(namespace: str, error: NotAllowed) -> str:
    return (
        f"the operator may not roll anything out in namespace {namespace} ({error}); add it to the chart's value "
        "`rollouts`, or bind the ClusterRole `<release>-rollouts` there by a RoleBinding"
    )


def deployment_view(body: DeploymentBody) -> Deployment:
    """A Deployment as the API server shows it. Pure."""
    metadata, spec, status = body["metadata"], body["spec"], body.get("status") or {}
    return Deployment(
        name=metadata["name"],
        uid=metadata["uid"],
        version=metadata["resourceVersion"],
        generation=metadata["generation"],
        observed_generation=status.get("observedGeneration", 0),
        template=_template(spec["template"]),
        selector=",".join(_requirements(spec["selector"])),
        rollback=(metadata.get("annotations") or {}).get(ROLLBACK_ANNOTATION),
        paused=bool(spec.get("paused")),
        replicas=spec.get("replicas", 1),
        total=status.get("replicas", 0),
        updated=status.get("updatedReplicas", 0),
        available=status.get("availableReplicas", 0),
    )


def _template(body: TemplateBody) -> Template:
    annotations = (body.get("metadata") or {}).get("annotations") or {}
    containers = tuple(
        TemplateContainer(one["name"], one.get("image", ""), tuple(map(_entry, one.get("env") or [])))
        for one in body["spec"]["containers"]
    )
    return Template(containers, annotations.get(BAD_REVISION_ANNOTATION))


def _entry(entry: EnvEntry) -> EnvEntry:
    """An empty value is not shown."""
    return entry if "valueFrom" in entry else {"value": "", **entry}


_OPERATORS = {"In": "{} in ({})", "NotIn": "{} notin ({})", "Exists": "{}", "DoesNotExist": "!{}"}


def _requirements(selector: Selector) -> Iterator[str]:
    for key, value in sorted((selector.get("matchLabels") or {}).items()):
        yield f"{key}={value}"
    for one in selector.get("matchExpressions") or []:
        yield _OPERATORS[one["operator"]].format(one["key"], ",".join(one.get("values") or []))
