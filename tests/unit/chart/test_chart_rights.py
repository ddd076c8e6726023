"""What the operator may do, where: little everywhere, and what it needs only where it is let in."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.chart.rendering import HELM, WHY_NOT, of_kind, rendered

pytestmark = pytest.mark.skipif(HELM is None, reason=WHY_NOT)


@pytest.fixture(scope="module")
def objects() -> list[dict[str, Any]]:
    """With two namespaces under stress, in one of which Deployments may be changed."""
    return rendered("namespaces={staging,preview}", "rollouts={staging}")


def roles(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*of_kind(objects, "ClusterRole"), *of_kind(objects, "Role")]


def rules_everywhere(objects: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rules that hold in the whole cluster."""
    bound = {one["roleRef"]["name"] for one in of_kind(objects, "ClusterRoleBinding")}
    for role in of_kind(objects, "ClusterRole"):
        if role["metadata"]["name"] in bound:
            yield from role["rules"]


def test_no_rule_is_for_everything(objects: list[dict[str, Any]]) -> None:
    for role in roles(objects):
        for rule in role["rules"]:
            words = [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
            assert not any("*" in word for word in words), rule


def test_nobody_may_read_secrets_or_give_himself_rights(objects: list[dict[str, Any]]) -> None:
    for role in roles(objects):
        for rule in role["rules"]:
            assert "secrets" not in rule["resources"]
            assert "rbac.authorization.k8s.io" not in rule["apiGroups"]
            assert not {"escalate", "bind", "impersonate"} & set(rule["verbs"])


def test_everywhere_it_has_power_over_its_own_resources_alone(objects: list[dict[str, Any]]) -> None:
    found = list(rules_everywhere(objects))
    assert found
    for rule in found:
        if rule["apiGroups"] != ["stresscampaigns.dev"]:
            allowed = {"get", "list", "watch"} | ({"create"} if rule["resources"] == ["events"] else set())
            assert set(rule["verbs"]) <= allowed, rule
            assert not any(word.startswith("pods") for word in rule["resources"]), rule


CORE, OURS = "", "stresscampaigns.dev"
USED = {
    "st": {
        (OURS, "stresscampaigns"): {"get", "list", "watch"},
        (OURS, "stresscampaigns/status"): {"patch"},
        (OURS, "stresscampaigns/finalizers"): {"update"},
        (OURS, "stressruns/finalizers"): {"update"},
        (OURS, "stressruns"): {"get", "list", "watch", "create", "patch", "delete"},
        (OURS, "stressruns/status"): {"patch"},
        (CORE, "namespaces"): {"get"},
        (CORE, "events"): {"create"},
        ("apiextensions.k8s.io", "customresourcedefinitions"): {"list", "watch"},
        ("coordination.k8s.io", "leases"): {"create", "get", "update", "patch"},
    },
    "st-namespace": {
        (CORE, "pods"): {"get", "list", "delete"},
        (CORE, "pods/log"): {"get"},
        (CORE, "pods/ephemeralcontainers"): {"patch"},
        (CORE, "pods/exec"): {"create", "get"},
        (CORE, "events"): {"list"},
        (CORE, "configmaps"): {"create", "delete"},
        (CORE, "services"): {"list", "create", "delete"},
        ("batch", "jobs"): {"list", "create", "delete"},
        ("metrics.k8s.io", "pods"): {"list"},
    },
    "st-rollouts": {("apps", "deployments"): {"get", "patch"}},
}
"""By role, what the adapters and kopf, which watches the whole cluster, ask for."""


@pytest.mark.parametrize("name", USED)
def test_nothing_is_granted_that_nobody_uses(objects: list[dict[str, Any]], name: str) -> None:
    granted: dict[tuple[str, str], set[str]] = {}
    for role in roles(objects):
        for rule in role["rules"] if role["metadata"]["name"] == name else []:
            for resource in rule["resources"]:
                granted.setdefault((rule["apiGroups"][0], resource), set()).update(rule["verbs"])
    assert granted == USED[name]


def test_the_power_over_a_namespace_is_bound_only_where_the_values_say(objects: list[dict[str, Any]]) -> None:
    bound = [
        one["metadata"]["namespace"]
        for one in of_kind(objects, "RoleBinding")
        if one["roleRef"]["name"] == "st-namespace"
    ]
    assert sorted(bound) == ["preview", "staging"]
    assert "st-namespace" not in {one["roleRef"]["name"] for one in of_kind(objects, "ClusterRoleBinding")}


def test_deployments_can_be_changed_only_where_the_values_say_so_apart(objects: list[dict[str, Any]]) -> None:
    able = {
        role["metadata"]["name"]
        for role in roles(objects)
        for rule in role["rules"]
        if "apps" in rule["apiGroups"]
    }
    assert able == {"st-rollouts"}
    bound = [one for one in of_kind(objects, "RoleBinding") if one["roleRef"]["name"] == "st-rollouts"]
    assert [one["metadata"]["namespace"] for one in bound] == ["staging"]
    assert "st-rollouts" not in {one["roleRef"]["name"] for one in of_kind(objects, "ClusterRoleBinding")}


def test_how_much_pods_use_is_read_only_where_pods_are(objects: list[dict[str, Any]]) -> None:
    able = [
        (role["metadata"]["name"], rule["resources"], rule["verbs"])
        for role in roles(objects)
        for rule in role["rules"]
        if "metrics.k8s.io" in rule["apiGroups"]
    ]
    assert able == [("st-namespace", ["pods"], ["list"])]


def test_without_namespaces_it_may_work_nowhere() -> None:
    references = [one["roleRef"]["name"] for one in of_kind(rendered(), "RoleBinding")]
    assert references == ["st"]


def test_every_binding_is_for_the_operators_own_account(objects: list[dict[str, Any]]) -> None:
    (account,) = of_kind(objects, "ServiceAccount")
    wanted = {"kind": "ServiceAccount", "name": account["metadata"]["name"], "namespace": "ops"}
    for binding in (*of_kind(objects, "RoleBinding"), *of_kind(objects, "ClusterRoleBinding")):
        assert binding["subjects"] == [wanted]


def test_every_role_that_is_bound_is_there(objects: list[dict[str, Any]]) -> None:
    there = {(role["kind"], role["metadata"]["name"]) for role in roles(objects)}
    for binding in (*of_kind(objects, "RoleBinding"), *of_kind(objects, "ClusterRoleBinding")):
        assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) in there


def test_only_its_own_lease_can_be_changed(objects: list[dict[str, Any]]) -> None:
    (role,) = of_kind(objects, "Role")
    for rule in role["rules"]:
        assert rule["resources"] == ["leases"]
        assert rule["verbs"] == ["create"] or rule["resourceNames"] == ["st"]
