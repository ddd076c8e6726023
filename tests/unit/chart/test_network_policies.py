"""Who reaches the operator's pod, and where it and the load's pods may connect to."""

import json
from typing import Any

import pytest

from stresscampaigns.handlers.settings import Settings
from stresscampaigns.manifests.load import METRICS_PORT, PORT
from tests.doc_examples import OBJECT, ROOT, VALUES, beside_campaigns
from tests.unit.chart.network_policies import (
    Peer,
    Policy,
    as_kubernetes_reads_it,
    concerns,
    lets_in,
    lets_out,
)
from tests.unit.chart.rendering import HELM, WHY_NOT, of_kind, rendered
from tests.unit.manifests.examples import load

helm = pytest.mark.skipif(HELM is None, reason=WHY_NOT)
NAME_SERVER = Peer("kube-system", {"k8s-app": "kube-dns"})
PROMETHEUS = Peer("monitoring", {"app": "prometheus"})
TARGET = Peer("staging", {"app": "agents"}, opted_in=True)
API_SERVER, METADATA = Peer(address="10.0.0.10"), Peer(address="169.254.169.254")
LOAD = {
    role: Peer("staging", load()[f"Job/{role}"]["spec"]["template"]["metadata"]["labels"])
    for role in ("coordinator", "worker")
}
(SHOWN,) = [one for one in beside_campaigns(OBJECT) if one["kind"] == "NetworkPolicy"]
(SHOWN_VALUES,) = beside_campaigns(VALUES)


def chart(**values: object) -> tuple[Policy, Peer, Peer]:
    """The chart's policy, the operator's pod, and that of `helm test`."""
    objects = rendered(**values)
    (policy,), (deployment,), (test,) = (
        of_kind(objects, kind) for kind in ("NetworkPolicy", "Deployment", "Pod")
    )
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    return policy, Peer("ops", labels), Peer("ops", test["metadata"]["labels"])


@helm
@pytest.mark.parametrize("who", [Peer("any", {}), PROMETHEUS, API_SERVER])
def test_the_operator_is_reached_from_anywhere_at_the_ports_that_it_serves_and_at_no_other(who: Peer) -> None:
    policy, operator, _ = chart()
    settings = Settings.from_environment({})
    assert concerns(policy, operator)
    reached = {port for port in range(1, 65_536) if lets_in(policy, who, port)}
    assert reached == {settings.health_port, settings.metrics_port}
    assert not lets_in(policy, who, settings.health_port, "UDP")


@helm
def test_nobody_elses_way_is_limited() -> None:
    policy, _, test = chart()
    assert not any(concerns(policy, pod) for pod in (test, TARGET, *LOAD.values()))


@helm
def test_whom_the_operator_calls_is_open_where_nobody_lists_it() -> None:
    policy, _, _ = chart()
    assert policy["spec"]["policyTypes"] == ["Ingress"]
    assert "egress" not in policy["spec"]


@helm
@pytest.mark.parametrize("value", ["networkPolicy.enabled=false", "networkPolicy=null"])
def test_it_can_be_left_out_and_values_of_an_older_chart_have_none(value: str) -> None:
    assert of_kind(rendered(value), "NetworkPolicy") == []


@helm
def test_the_list_that_the_docs_show_is_all_that_the_operator_needs() -> None:
    policy, _, _ = chart(**SHOWN_VALUES)
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    needed = [(NAME_SERVER, 53), (API_SERVER, 6443), (PROMETHEUS, 9090), (TARGET, 8080)]
    assert all(lets_out(policy, to, port) for to, port in needed)
    assert lets_out(policy, NAME_SERVER, 53, "UDP")
    closed = [(METADATA, 80), (API_SERVER, 22), (PROMETHEUS, 80), (Peer("shop"), 8080)]
    assert not any(lets_out(policy, to, port) for to, port in closed)


@helm
@pytest.mark.parametrize("values", [{}, SHOWN_VALUES], ids=["open", "listed"])
def test_the_charts_policy_is_one_that_kubernetes_knows(values: dict[str, Any]) -> None:
    policy, _, _ = chart(**values)
    assert as_kubernetes_reads_it(policy) == policy


def test_the_policy_that_the_docs_show_is_one_that_kubernetes_knows() -> None:
    assert as_kubernetes_reads_it(SHOWN) == SHOWN
    misspelt = {**SHOWN, "spec": {**SHOWN["spec"], "egres": []}}
    assert as_kubernetes_reads_it(misspelt) != misspelt


def test_it_concerns_the_loads_pods_and_no_other() -> None:
    assert all(concerns(SHOWN, pod) for pod in LOAD.values())
    assert not concerns(SHOWN, TARGET)


def test_load_under_it_reaches_its_coordinator_the_target_and_a_name_server_and_nothing_else() -> None:
    assert lets_out(SHOWN, LOAD["coordinator"], PORT)
    assert lets_out(SHOWN, TARGET, 8080)
    assert lets_out(SHOWN, NAME_SERVER, 53, "UDP")
    assert lets_out(SHOWN, NAME_SERVER, 53)
    closed = [(METADATA, 80), (API_SERVER, 6443), (PROMETHEUS, 9090), (NAME_SERVER, 80), (Peer("shop"), 8080)]
    assert not any(lets_out(SHOWN, to, port) for to, port in closed)


def test_where_the_target_is_elsewhere_workers_still_reach_their_coordinator() -> None:
    elsewhere = json.loads(json.dumps(SHOWN).replace('"kubernetes.io/metadata.name": "staging"', '"x": "y"'))
    assert elsewhere != SHOWN
    assert lets_out(elsewhere, LOAD["coordinator"], PORT)
    assert not lets_out(elsewhere, TARGET, 8080)


def test_the_ports_that_the_docs_name_are_the_coordinators() -> None:
    page = (ROOT / "docs" / "guard-rails.md").read_text()
    assert f"coordinator's port {PORT}, and Prometheus its {METRICS_PORT}" in page
