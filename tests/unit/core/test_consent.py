"""Only where invited: what a namespace's owner allows, and where nobody can invite us."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from stresscampaigns.api.base import ALLOWED_LABEL, MAX_FAULT_SHARE_ANNOTATION, TRUSTS_ANNOTATION
from stresscampaigns.api.campaign import Target
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.load_spec import Proxy
from stresscampaigns.api.selection import SYSTEM_NAMESPACES
from stresscampaigns.core.consent import (
    NOT_FOUND,
    Consent,
    all_of,
    also,
    beyond_breaking,
    consent,
    entrusted,
    led_to,
    protected,
)
from stresscampaigns.core.observation import Probe


def labelled(value: str | None = "true", share: str | None = None) -> Consent:
    labels = {} if value is None else {ALLOWED_LABEL: value}
    return consent("staging", labels, {} if share is None else {MAX_FAULT_SHARE_ANNOTATION: share})


def test_true_allows_load_and_faults() -> None:
    assert labelled() == Consent()
    assert labelled().to(faults=True).ok


def test_load_allows_load_and_no_faults_and_gives_the_command_that_does() -> None:
    found = labelled("load")
    assert found.to(faults=False).ok
    refused = found.to(faults=True)
    assert refused.reason == "FaultsNotAllowed"
    assert "`kubectl label namespace staging stresscampaigns.dev/allowed=true --overwrite`" in refused.message


@pytest.mark.parametrize("value", [None, "", "false", "True", "faults"])
@pytest.mark.parametrize("faults", [True, False])
def test_any_other_value_allows_nothing_and_both_commands_are_given(value: str | None, faults: bool) -> None:
    refused = labelled(value).to(faults)
    assert (refused.ok, refused.reason) == (False, "NamespaceNotAllowed")
    for allows in ("true", "load"):
        assert f"`kubectl label namespace staging {ALLOWED_LABEL}={allows}" in refused.message
    assert ("--overwrite" in refused.message) is (value is not None)


def test_where_all_faults_are_elsewhere_the_target_need_only_let_load_in() -> None:
    load, both = labelled("load"), labelled(share="30%")
    assert all_of(load, [both], at_target=False) == both
    assert not all_of(load, [both], at_target=True).to(faults=True).ok
    assert not all_of(both, [load], at_target=False).to(faults=True).ok
    assert all_of(load, [], at_target=False) == Consent()


def test_of_several_owners_each_must_allow_faults_and_the_tightest_share_counts() -> None:
    tight, wide = labelled(share="30%"), labelled(share="60%")
    assert all_of(wide, [wide, tight], at_target=True).most_share == 0.3
    assert not all_of(tight, [tight, labelled("load")], at_target=True).to(faults=True).ok


def test_where_faults_are_elsewhere_a_target_that_lets_no_load_in_has_no_run() -> None:
    refused = all_of(labelled(None), [labelled()], at_target=False).to(faults=True)
    assert refused.reason == "NamespaceNotAllowed"


@pytest.mark.parametrize(("share", "most"), [("50%", 0.5), ("0%", 0.0), ("100%", 1.0), ("12.5%", 0.125)])
def test_the_owner_bounds_the_share_of_pods(share: str, most: float) -> None:
    assert labelled(share=share) == Consent(most_share=most)


@pytest.mark.parametrize("share", ["half", "", "0.5", "101%", "-1%"])
def test_a_bound_that_cannot_be_read_lets_no_fault_in_but_load(share: str) -> None:
    found = labelled(share=share)
    assert found.to(faults=False).ok
    assert found.to(faults=True).reason == "FaultShareUnreadable"
    assert repr(share) in found.to(faults=True).message


@pytest.mark.parametrize("name", [*SYSTEM_NAMESPACES, "stresscampaigns"])
def test_system_namespaces_and_the_operators_own_are_closed_to_all(name: str) -> None:
    for namespaces in (("team", name), (name, "team")):
        found = protected(namespaces, {"stresscampaigns"})
        assert (found.ok, found.reason) == (False, "NamespaceProtected")
        assert name in found.message


def test_no_other_namespace_is_closed_for_that() -> None:
    assert protected(("team", "staging"), {"stresscampaigns"}).ok


@pytest.mark.parametrize(
    ("url", "namespace"),
    [
        ("http://agents:8080", "home"),
        ("http://agents.shop:8080/path", "shop"),
        ("https://agents.shop.svc", "shop"),
        ("http://agents.shop.svc.cluster.local.:80", "shop"),
        ("http://db-0.db.shop.svc.cluster.local", "shop"),
        ("http://svc.shop.svc", "shop"),
        ("http://shop.svc", "svc"),
        ("http://shop.svc.svc.cluster.local", "svc"),
        ("http://7.shop", "shop"),
        ("http://kubernetes.default.svc", "default"),
        ("http://www.shop.example", "example"),
        ("http://10.0.0.7:8080", None),
        ("http://[::1]:8080", None),
        ("http://user:word@agents.Shop/", "shop"),
        ("http://localhost:8080", None),
    ],
)
def test_the_namespace_to_which_a_url_leads_is_seen(url: str, namespace: str | None) -> None:
    assert led_to(url, "home") == namespace


@pytest.mark.parametrize(
    "host",
    ["a@b@dns.kube-system", "dns.\uff4bube-system", "dns.kube%2dsystem", "dns\\@kube-system", "a b", "@"],
)
def test_a_host_that_others_may_read_otherwise_than_we_do_is_refused(host: str) -> None:
    for url in (f"http://{host}", f"http://{host}:53/path"):
        with pytest.raises(ValidationError, match="url"):
            Target.model_validate({"url": url, "selector": {"match_labels": {"app": "agents"}}})
        with pytest.raises(ValidationError):
            TypeAdapter(Proxy).validate_python(url.removesuffix("path"))


@pytest.mark.parametrize("host", ["agents", "agents.shop:8080", "10.0.0.7", "[::1]:80", "user:wo%40rd@shop"])
def test_names_addresses_ports_and_logins_are_hosts(host: str) -> None:
    Target.model_validate({"url": f"http://{host}/p?q", "selector": {"match_labels": {"app": "agents"}}})


FAULT, USES = "spec.faults[pool]", "use no Secret of"


def with_trust(trusts: str) -> Consent:
    return consent("staging", {ALLOWED_LABEL: "true"}, {TRUSTS_ANNOTATION: trusts})


def test_who_may_write_campaigns_elsewhere_gets_no_power_by_that_beyond_breaking() -> None:
    refused = entrusted(labelled(), labelled(), "staging", "sandbox", FAULT, USES).to(faults=True)
    assert refused.reason == "NamespaceNotTrusted"
    assert "`kubectl annotate namespace staging stresscampaigns.dev/trusts=sandbox`" in refused.message
    assert refused.message.startswith(
        f"{FAULT}: a campaign of namespace sandbox may {USES} namespace staging"
    )


@pytest.mark.parametrize("trusts", ["sandbox", "tools, sandbox", "sandbox,tools,"])
def test_the_owner_may_trust_other_namespaces(trusts: str) -> None:
    assert entrusted(labelled(), with_trust(trusts), "staging", "sandbox", FAULT, USES).to(faults=True).ok


@pytest.mark.parametrize("trusts", ["", "sand", "sandbox-2", "*"])
def test_trust_is_in_whole_names(trusts: str) -> None:
    assert not entrusted(labelled(), with_trust(trusts), "staging", "sandbox", FAULT, USES).to(faults=True).ok


def test_a_campaign_of_the_namespace_itself_needs_no_trust() -> None:
    assert entrusted(labelled(), labelled(), "staging", "staging", FAULT, USES).to(faults=True).ok


def test_what_is_refused_for_another_reason_keeps_that_reason() -> None:
    closed = labelled("load")
    assert entrusted(closed, labelled(), "staging", "sandbox", FAULT, USES) == closed
    assert also(labelled(None), consent("shop", {}, {}), URL) == labelled(None)


LOGIN = {"credentials": {"secret": "login"}}


@pytest.mark.parametrize(
    ("asked", "uses"),
    [
        ({"type": "NetworkPartition"}, None),
        ({"type": "ConnectionPoolExhaustion", "port": 5432, **LOGIN}, "use no Secret of"),
        ({"type": "BadRollout", "image": "agents:broken"}, "change no Deployment of"),
        ({"type": "Custom", "image": "own:1"}, "run no program of its own in a pod of"),
    ],
    ids=lambda one: one["type"] if isinstance(one, dict) else "",
)
def test_what_takes_more_than_breaking_is_said(asked: dict[str, Any], uses: str | None) -> None:
    fault = Fault.model_construct(name="one", **{"credentials": None} | asked)
    assert beyond_breaking(fault) == uses


URL = "spec.target.url http://agents.shop:8080"


def test_who_gets_the_load_without_having_allowed_it_is_named() -> None:
    found = also(Consent(), consent("shop", {}, {}), URL)
    assert (found.to(True).ok, found.to(False).ok) == (False, False)
    assert found.load.message.startswith(f"{URL} leads there: namespace shop has not opted in")


def test_who_gets_the_load_alone_need_not_allow_faults() -> None:
    assert also(Consent(most_share=0.5), labelled("load"), URL) == Consent(most_share=0.5)


def test_a_host_elsewhere_in_the_world_has_no_namespace_to_ask() -> None:
    gone = Consent(*[Probe(False, NOT_FOUND, "namespace example does not exist")] * 2)
    assert also(Consent(), gone, "http://shop.example") == Consent()
