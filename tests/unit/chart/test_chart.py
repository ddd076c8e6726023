"""The chart renders, refuses wrong values, and runs an operator that may do little."""

import json
from typing import Any

import pytest
import yaml

from stresscampaigns.api.selection import SYSTEM_NAMESPACES
from stresscampaigns.handlers.settings import Settings
from stresscampaigns.runtime.leaving import PATIENCE
from tests.unit.chart.rendering import CHART, HELM, ROOT, WHY_NOT, HelmRefused, helm, of_kind, rendered

HELM_WAITS = 300
"""Seconds, for a hook, where nobody says otherwise."""

pytestmark = pytest.mark.skipif(HELM is None, reason=WHY_NOT)


@pytest.fixture(scope="module")
def objects() -> list[dict[str, Any]]:
    """With one namespace under stress."""
    return rendered("namespaces={staging}")


def pods(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        *(
            one["spec"]["template"]["spec"]
            for kind in ("Deployment", "Job")
            for one in of_kind(objects, kind)
        ),
        *(one["spec"] for one in of_kind(objects, "Pod")),
    ]


def test_helm_ends_what_is_under_way_before_it_takes_the_operator_away(objects: list[dict[str, Any]]) -> None:
    (job,) = of_kind(objects, "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-delete"
    spec = job["spec"]["template"]["spec"]
    assert spec["containers"][0]["command"] == ["python", "-m", "stresscampaigns.handlers.leave"]
    assert spec["serviceAccountName"] == of_kind(objects, "ServiceAccount")[0]["metadata"]["name"]
    assert PATIENCE < job["spec"]["activeDeadlineSeconds"] < HELM_WAITS


def test_the_service_leads_to_the_operator_and_to_no_pod_of_a_hook(objects: list[dict[str, Any]]) -> None:
    (service,) = of_kind(objects, "Service")
    selector = service["spec"]["selector"].items()
    template = of_kind(objects, "Deployment")[0]["spec"]["template"]
    hooks = [of_kind(objects, "Job")[0]["spec"]["template"], *of_kind(objects, "Pod")]
    assert selector <= template["metadata"]["labels"].items()
    assert not any(selector <= hook["metadata"]["labels"].items() for hook in hooks)


def test_helm_finds_nothing_wrong() -> None:
    assert "1 chart(s) linted, 0 chart(s) failed" in helm("lint", "--strict", str(CHART))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("namespace=staging", "namespace"),
        ("namespaces=staging", "namespaces"),
        ("namespaces={Staging_1}", "namespaces"),
        ("namespaces={a,a}", "namespaces"),
        ("rollouts=staging", "rollouts"),
        ("namespaces={staging,kube-system}", "namespaces"),
        ("rollouts={kube-public}", "rollouts"),
        ("namespaces={ops}", "ops is the operator's own namespace"),
        ("rollouts={ops}", "ops is the operator's own namespace"),
        ("images.pullPolicy=Sometimes", "pullPolicy"),
        ("images.operator=", "operator"),
        ("images.sidecar=x", "sidecar"),
        ("resources.limit.cpu=1", "limit"),
        ("networkPolicy.enabled=perhaps", "networkPolicy"),
        ("networkPolicy.ingress={}", "ingress"),
        ("networkPolicy.egress[0].from={}", "from"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(value: str, words: str) -> None:
    with pytest.raises(HelmRefused, match=words):
        rendered(value)


def test_the_namespaces_to_which_nobody_gives_rights_are_those_that_stay_closed() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    for value in ("namespaces", "rollouts"):
        assert tuple(schema["properties"][value]["items"]["not"]["enum"]) == SYSTEM_NAMESPACES


@pytest.mark.parametrize("name", ["stresscampaigns.yaml", "stressruns.yaml"])
def test_the_charts_definitions_are_the_repositorys(name: str) -> None:
    assert (CHART / "files" / "crds" / name).read_bytes() == (ROOT / "crds" / name).read_bytes()


def test_definitions_are_rendered_unchanged_and_stay_when_the_chart_goes(
    objects: list[dict[str, Any]],
) -> None:
    found = of_kind(objects, "CustomResourceDefinition")
    for one in found:
        assert one["metadata"].pop("annotations") == {"helm.sh/resource-policy": "keep"}
    wanted = [yaml.safe_load(file.read_text()) for file in sorted((ROOT / "crds").glob("*.yaml"))]
    assert found == wanted


def test_every_pod_runs_as_nobody_and_can_write_nothing(objects: list[dict[str, Any]]) -> None:
    found = pods(objects)
    assert len(found) == 3
    for spec in found:
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}


def test_the_operator_understands_the_environment_that_the_chart_gives(objects: list[dict[str, Any]]) -> None:
    (deployment,) = of_kind(objects, "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    given = {one["name"]: one.get("value", "from the pod") for one in container["env"]}
    settings = Settings.from_environment(given)
    assert (settings.lease, settings.images.pull_policy) == ("st", "IfNotPresent")
    assert (settings.namespace, settings.identity) == ("from the pod", "from the pod")
    assert {port["containerPort"] for port in container["ports"]} == {
        settings.health_port,
        settings.metrics_port,
    }


def test_the_service_leads_to_the_operator(objects: list[dict[str, Any]]) -> None:
    (deployment,), (service,) = of_kind(objects, "Deployment"), of_kind(objects, "Service")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_an_operator_is_started_elsewhere_soon_after_its_node_is_known_to_be_away(
    objects: list[dict[str, Any]],
) -> None:
    """Where nobody says otherwise, Kubernetes waits for five minutes."""
    (deployment,) = of_kind(objects, "Deployment")
    waits = {
        one["key"]: one["tolerationSeconds"] for one in deployment["spec"]["template"]["spec"]["tolerations"]
    }
    assert waits == {"node.kubernetes.io/not-ready": 20, "node.kubernetes.io/unreachable": 20}
