"""A malformed campaign is refused at apply, by the API server, with a message that names the field."""

import json
from pathlib import Path

import pytest

from demo.kubectl import ROOT, CommandFailed, run
from tests.doc_examples import OBJECT, PAGES, beside_campaigns, examples
from tests.e2e.admission import FAULT, POOL, Wrong, offer, refused, staged
from tests.e2e.campaigns import NAMESPACE, campaign, delete
from tests.e2e.waiting import eventually

WRONG: dict[str, Wrong] = {
    "an unknown field": ({"lod": {}}, "spec.lod", "unknown field"),
    "a resource called as one that is looked at anyway": (
        {"saturation": [{**POOL, "name": "memory"}]},
        "spec.saturation[0].name",
        "give this resource another name",
    ),
    "two resources of the same name": (
        {"saturation": [POOL, POOL]},
        "spec.saturation",
        "two resources have the same name",
    ),
    "a resource without a limit": (
        {"saturation": [{"name": "db-pool", "used": "x"}]},
        "spec.saturation[0].limit",
        "Required",
    ),
    "a system namespace as target": (
        {
            "target": {
                "namespace": "kube-system",
                "url": "http://agents:8080",
                "selector": {"matchLabels": {"app": "agents"}},
            }
        },
        "spec.target.namespace",
        "a system namespace is never a target",
    ),
    "a share of no pods": (
        {"faultLimits": {"maxShare": "0%"}},
        "spec.faultLimits.maxShare",
        "more than 0%",
    ),
    "an abort rule without a question": (
        {"abortWhen": [{"name": "r", "above": "1%"}]},
        "spec.abortWhen[0]",
        "exactly one question",
    ),
    "an abort rule with two bounds": (
        {"abortWhen": [{"name": "r", "query": "up", "above": 1, "below": 0}]},
        "spec.abortWhen[0]",
        "either above or below",
    ),
    "an abort rule whose bound is of another kind": (
        {"abortWhen": [{"name": "r", "latency": {"percentile": 95}, "above": "50%"}]},
        "spec.abortWhen[0].above",
        "is a duration",
    ),
    "an abort rule for half a second": (
        {"abortWhen": [{"name": "r", "errorRate": {}, "above": "50%", "for": "500ms"}]},
        "spec.abortWhen[0].for",
        "from 1s to 1h",
    ),
    "two abort rules with one name": (
        {"abortWhen": [{"name": "r", "errorRate": {}, "above": "50%"}] * 2},
        "spec.abortWhen",
        "two abort rules have the same name",
    ),
    "an abort rule on a scenario that is not there": (
        {"abortWhen": [{"name": "r", "errorRate": {"scenario": "http"}, "above": "50%"}]},
        "spec.abortWhen",
        "an abort rule names a scenario that is not in load.scenarios",
    ),
    "a URL without scheme": ({"prometheus": {"url": "prometheus:9090"}}, "spec.prometheus.url", "scheme"),
    "Prometheus at a link-local address": (
        {"prometheus": {"url": "http://169.254.169.254/latest/meta-data"}},
        "spec.prometheus.url",
        "a link-local address is never asked",
    ),
    "a target at a link-local address": (
        {"target": {"url": "http://[fe80::1]:8080", "selector": {"matchLabels": {"app": "agents"}}}},
        "spec.target.url",
        "a link-local address is never asked",
    ),
    "a proxy at a link-local address": (
        {"load": staged(proxy="http://169.254.1.1:3128")},
        "spec.load.proxy",
        "a link-local address is never asked",
    ),
    "a wait that keeps others from their turn for weeks": (
        {"startTimeout": "1000h"},
        "spec.startTimeout",
        "24h at most",
    ),
    "a schedule of four fields": ({"schedule": "0 2 * *"}, "spec.schedule", "five fields"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused_with_the_field_and_what_is_wrong(wrong: str) -> None:
    refused(WRONG[wrong])


@pytest.mark.parametrize("name", ["release-2.4", "24h", "x" * 53])
def test_a_name_of_which_no_names_of_services_can_be_made_is_refused(name: str) -> None:
    with pytest.raises(CommandFailed, match=r"metadata\.name needs lower-case letters"):
        offer(campaign(name))


def test_a_good_one_is_accepted() -> None:
    offer(campaign("well-formed", faults=[FAULT], schedule="0 2 * * 6"))


def test_guard_rails_are_accepted() -> None:
    rules = [
        {"name": "meltdown", "errorRate": {}, "above": "50%", "for": "1m"},
        {"name": "slow", "latency": {"percentile": 99}, "above": "5s"},
        {"name": "stalled", "throughput": {"scenario": "agent-workflow"}, "below": 1, "for": "30s"},
        {"name": "pool", "query": "max(db_pool_waiting)", "above": 100},
    ]
    offer(campaign("guarded", abortWhen=rules, faultLimits={"maxShare": "50%"}, dryRun=True, faults=[FAULT]))


def test_one_that_is_nested_deeper_than_python_reads_keeps_the_operator_from_nothing() -> None:
    """The API server takes 10,000 levels where anything may stand. It is asked for its phase alone, for we, too, are
    Python."""
    body = "[" * 3_000 + "]" * 3_000
    load = staged(scenarios=[{"name": "http", "parameters": {"body": "BODY"}}])
    text = json.dumps(campaign("nested", load=load)).replace('"BODY"', body)
    run("kubectl", "apply", "-f", "-", stdin=text)
    try:
        words = ("-n", NAMESPACE, "get", "stresscampaign", "nested", "-o", "jsonpath={.status.phase}")
        eventually(lambda: run("kubectl", *words) == "Invalid" or None, 30, "it is Invalid")
    finally:
        delete("nested")


@pytest.mark.parametrize("file", sorted((ROOT / "campaigns").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_campaign_that_we_ship_is_accepted(file: Path) -> None:
    run("kubectl", "apply", "--dry-run=server", "-f", str(file))


def test_what_the_docs_show_is_accepted() -> None:
    """In one request, for there are many; of those that are refused, all are named."""
    shown = [spec for page in PAGES for spec in examples(page)]
    bodies = [{**campaign(f"example-{at}"), "spec": spec} for at, spec in enumerate(shown)]
    offer({"apiVersion": "v1", "kind": "List", "items": [*bodies, *beside_campaigns(OBJECT)]})
