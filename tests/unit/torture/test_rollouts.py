"""What a bad revision leaves behind is seen on its Deployment and on its pods, and how late it was ended."""

from typing import Any

import pytest

from stresscampaigns.api.base import BAD_REVISION_ANNOTATION, ROLLBACK_ANNOTATION
from tests.torture.rollouts import Answerable, left

SOUND = {"containers": [{"name": "agents", "env": []}]}
OTHER = {"containers": [{"name": "agents", "env": [{"name": "EXTERNAL_URL", "value": "http://nowhere"}]}]}


def deployment(template: dict[str, Any] = SOUND, **annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": "agents", "annotations": annotations}, "spec": {"template": template}}


def pod(**annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": "agents-1", "annotations": annotations}}


def test_a_deployment_that_is_as_before_has_nothing_left() -> None:
    now = deployment(**{"deployment.kubernetes.io/revision": "3"})
    assert left(deployment(), now, [pod()]) == []


@pytest.mark.parametrize(
    ("now", "pods", "words"),
    [
        (deployment(**{ROLLBACK_ANNOTATION: "{}"}), [], f"has the annotation {ROLLBACK_ANNOTATION}"),
        (deployment(OTHER), [], "has another template than before"),
        ({}, [], "has another template than before"),
        (deployment(), [pod(**{BAD_REVISION_ANNOTATION: "r.bad"})], "pod agents-1 is of a bad revision"),
    ],
)
def test_whatever_is_not_is_named(now: dict[str, Any], pods: list[dict[str, Any]], words: str) -> None:
    (found,) = left(deployment(), now, pods)
    assert words in found


def test_what_an_operator_could_have_ended_is_late_from_the_deadline_on() -> None:
    answerable = Answerable(deadline=100.0)
    assert answerable.late(101.0) == 1.0
    assert answerable.late(107.0) == 7.0


def test_what_nobody_could_end_is_late_only_from_when_somebody_can() -> None:
    answerable = Answerable(deadline=100.0)
    assert answerable.late(120.0, "no operator runs") == 0.0
    assert answerable.late(126.0) == 6.0
    assert answerable.late(130.0, "the API server does not answer") == 0.0
    assert answerable.late(131.0) == 1.0
