"""Deployments at the API server: how they are seen, how a bad revision is rolled out there, and how back."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from stresscampaigns.adapters.kubernetes_api import MANAGER, MERGE, Content, Object
from stresscampaigns.adapters.kubernetes_errors import (
    AlreadyThere,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from stresscampaigns.adapters.rollouts import deployment_view
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.api.base import BAD_REVISION_ANNOTATION, ROLLBACK_ANNOTATION
from stresscampaigns.api.rollback import EnvChange, ImageChange, Rollback, read_rollback
from stresscampaigns.core.deployments import Deployment, NoDeployment, Template, TemplateContainer, changed
from stresscampaigns.runtime.ports import Refusal
from tests.unit.adapters.fake_api import FakeApi

PATH = "/apis/apps/v1/namespaces/staging/deployments/agents"
FIELD: dict[str, Any] = {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}
NOTE = Rollback(
    run="uid-of-run",
    fault="bad",
    at=1.0,
    deadline=2.0,
    generation=3,
    container="agents",
    image=ImageChange(before="agents:1", after="agents:2"),
    env=[EnvChange(name="URL", before={"name": "URL", "value": ""}, after="x")],
)
BAD_ENV = [FIELD, {"name": "URL", "value": "x"}]


def body(version: str = "7", bad: bool = False, generation: int = 3, **spec: Any) -> dict[str, Any]:
    """As the API server shows it: what is empty is left out."""
    main = {"name": "agents", "image": "agents:2" if bad else "agents:1"}
    env = BAD_ENV if bad else [FIELD, {"name": "URL"}]
    inside = {"annotations": {BAD_REVISION_ANNOTATION: NOTE.mark}} if bad else {"labels": {"app": "agents"}}
    notes = {"annotations": {ROLLBACK_ANNOTATION: NOTE.text()}} if bad else {}
    metadata = {"name": "agents", "uid": "u-1", "resourceVersion": version, "generation": generation}
    template = {
        "metadata": inside,
        "spec": {"containers": [{**main, "env": env}, {"name": "beside", "image": "b"}]},
    }
    return {
        "metadata": {**metadata, **notes},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "agents"}}, "template": template, **spec},
        "status": {"observedGeneration": 3, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 1},
    }


def looked(api: FakeApi) -> Deployment | NoDeployment:
    return asyncio.run(KubernetesStaging(api).deployment("staging", "agents"))


def back(api: FakeApi, seen: Deployment) -> None:
    asyncio.run(KubernetesStaging(api).roll_back("staging", seen, NOTE))


def out(api: FakeApi) -> None:
    asyncio.run(KubernetesStaging(api).roll_out("staging", deployment_view(body()), NOTE))


def test_a_deployment_is_seen_as_decisions_need_it() -> None:
    env = (FIELD, {"name": "URL", "value": ""})
    template = Template((TemplateContainer("agents", "agents:1", env), TemplateContainer("beside", "b")))
    assert looked(FakeApi({PATH: body()})) == Deployment(
        "agents", "u-1", "7", 3, 3, template, "app=agents", None, False, 3, 3, 2, 1
    )
    bad = deployment_view(body(bad=True))
    assert (bad.template, bad.rollback) == (changed(template, NOTE), NOTE.text())


def test_a_new_one_of_which_nothing_is_known_yet_has_no_pods() -> None:
    found = deployment_view({**body(paused=True, replicas=0), "status": None})
    assert (found.observed, found.paused, found.replicas, found.total) == (False, True, 0, 0)


def test_its_pods_are_picked_as_it_picks_them() -> None:
    words = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "old", "operator": "DoesNotExist"},
        {"key": "app", "operator": "Exists"},
        {"key": "track", "operator": "NotIn", "values": ["canary"]},
    ]
    found = deployment_view(body(selector={"matchLabels": {"x": "1"}, "matchExpressions": words}))
    assert found.selector == "x=1,tier in (a,b),!old,app,track notin (canary)"


@pytest.mark.parametrize(
    ("error", "gone", "words"),
    [
        (NotFound("no"), True, "there is no Deployment agents in namespace staging"),
        (
            NotAllowed("deployments.apps is forbidden"),
            False,
            "bind the ClusterRole `<release>-rollouts` there",
        ),
    ],
)
def test_why_it_cannot_be_seen_is_told_with_what_to_do(error: Exception, gone: bool, words: str) -> None:
    found = looked(FakeApi({PATH: error}))
    assert isinstance(found, NoDeployment)
    assert found.gone is gone
    assert words in found.message


def test_it_is_rolled_out_by_one_patch_that_holds_the_way_back() -> None:
    api = FakeApi({PATH: body()})
    out(api)
    ((_, path, patch),) = api.changes
    assert path == PATH
    assert patch["metadata"] == {
        "uid": "u-1",
        "resourceVersion": "7",
        "annotations": {ROLLBACK_ANNOTATION: NOTE.text()},
    }
    assert patch["spec"]["template"] == {
        "metadata": {"annotations": {BAD_REVISION_ANNOTATION: "uid-of-run.bad"}},
        "spec": {
            "containers": [{"name": "agents", "image": "agents:2", "env": [{"$patch": "replace"}, *BAD_ENV]}]
        },
    }


class Pinning(FakeApi):
    """A webhook of its pins every image; then somebody may be in the way of noting that."""

    in_the_way: Exception | None = None

    async def patch(self, path: str, body: Content, kind: str = MERGE) -> Object:
        taken = await super().patch(path, body, kind)
        if isinstance(body, list) and self.in_the_way:
            raise self.in_the_way
        if isinstance(body, Mapping):
            taken["spec"]["template"]["spec"]["containers"][0]["image"] = "agents@sha256:2"
        return taken


@pytest.mark.parametrize("error", [None, AlreadyThere("rolled back"), Unavailable("slow")])
def test_what_a_webhook_has_made_of_it_is_noted_where_the_way_back_is(error: Exception | None) -> None:
    api = Pinning({PATH: body(bad=True)})
    api.in_the_way = error
    out(api)
    _, (_, _, (test, replace)) = api.changes
    assert (test["op"], test["value"]) == ("test", NOTE.text())
    noted = read_rollback(replace["value"])
    assert noted == NOTE.model_copy(update={"image": ImageChange(before="agents:1", after="agents@sha256:2")})
    assert test["path"] == replace["path"] == "/metadata/annotations/stresscampaigns.dev~1rollback"


@pytest.mark.parametrize("error", [AlreadyThere("changed"), NotFound("gone")])
def test_one_that_has_changed_meanwhile_is_left_alone(error: Exception) -> None:
    out(FakeApi({f"PATCH {PATH}": error}))


@pytest.mark.parametrize("error", [NotAllowed("forbidden"), Refused("a policy forbids it")])
def test_what_the_api_server_will_not_have_is_a_refusal(error: Exception) -> None:
    with pytest.raises(Refusal, match=str(error)):
        out(FakeApi({f"PATCH {PATH}": error}))
    with pytest.raises(Refusal, match=str(error)):
        back(FakeApi({PATH: body(bad=True), f"PATCH {PATH}": error}), deployment_view(body(bad=True)))


def test_it_is_rolled_back_as_it_is_by_then() -> None:
    api = FakeApi({PATH: body(bad=True, version="9")})
    back(api, deployment_view(body(bad=True)))
    ((_, _, patch),) = api.changes
    assert patch["metadata"] == {
        "uid": "u-1",
        "resourceVersion": "9",
        "annotations": {ROLLBACK_ANNOTATION: None},
    }
    env = [{"$patch": "replace"}, FIELD, {"name": "URL", "value": ""}]
    assert patch["spec"]["template"] == {
        "metadata": {"annotations": {BAD_REVISION_ANNOTATION: None}},
        "spec": {"containers": [{"name": "agents", "image": "agents:1", "env": env}]},
    }


@pytest.mark.parametrize(
    "now", [body(bad=True, generation=4), body(), NotFound("gone"), NotAllowed("forbidden")]
)
def test_where_something_else_is_asked_for_by_then_nothing_is_done(now: Any) -> None:
    api = FakeApi({PATH: now})
    back(api, deployment_view(body(bad=True)))
    assert api.changes == []


class Busy(FakeApi):
    """Its status changes between each look and the next patch, so often."""

    times = 2

    async def patch(self, path: str, body: Mapping[str, Any], kind: str = MERGE) -> Object:
        self.times -= 1
        if self.times >= 0:
            raise AlreadyThere("has changed")
        return await super().patch(path, body, kind)


def test_a_rollout_that_is_under_way_does_not_keep_it_from_being_rolled_back() -> None:
    api = Busy({PATH: body(bad=True)})
    back(api, deployment_view(body(bad=True)))
    assert len(api.changes) == 1


THEIRS = {"manager": "kubectl", "operation": "Apply"}
OURS = {"manager": MANAGER, "operation": "Update"}
STATUS = {"manager": MANAGER, "operation": "Update", "subresource": "status"}


class Owned(FakeApi):
    """It tells who has changed what; somebody may be in the way of changing that."""

    in_the_way: tuple[Exception, ...] = ()

    async def patch(self, path: str, body: Content, kind: str = MERGE) -> Object:
        if kind == MERGE and self.in_the_way:
            first, *rest = self.in_the_way
            self.in_the_way = tuple(rest)
            raise first
        await super().patch(path, body, kind)
        return {"metadata": {"resourceVersion": "10", "managedFields": [THEIRS, OURS, STATUS]}}


def owned(*in_the_way: Exception) -> Owned:
    there = body(bad=True)
    there["metadata"]["managedFields"] = [OURS, THEIRS]
    api = Owned({PATH: there})
    api.in_the_way = in_the_way
    back(api, deployment_view(body(bad=True)))
    return api


def test_what_was_rolled_back_is_ours_no_more_so_that_whose_it_is_may_apply_it() -> None:
    _, (_, path, patch) = owned().changes
    assert path == PATH
    assert patch == {"metadata": {"resourceVersion": "10", "managedFields": [THEIRS, STATUS]}}


def test_that_is_tried_again_where_the_deployment_has_changed_since() -> None:
    _, (_, _, patch) = owned(AlreadyThere("changed")).changes
    assert patch == {"metadata": {"resourceVersion": "7", "managedFields": [THEIRS]}}


@pytest.mark.parametrize(
    "error", [Refused("no"), NotAllowed("forbidden"), Unavailable("slow"), NotFound("gone")]
)
def test_it_is_rolled_back_though_that_cannot_be_done(error: Exception) -> None:
    assert len(owned(*[error] * 9).changes) == 1
