"""Campaigns as they are shipped, in compressed time, on the staging system."""

import uuid
from typing import Any

import yaml

from demo.kubectl import ROOT, apply, get, run
from tests.e2e.campaigns import NAMESPACE, finished
from tests.e2e.waiting import eventually

CAMPAIGNS = ROOT / "campaigns"


def shipped() -> set[str]:
    """The campaigns that there are, by name."""
    return {path.stem for path in CAMPAIGNS.glob("*.yaml")}


def manifests_of(name: str) -> list[dict[str, Any]]:
    """`campaigns/<name>.yaml`: what the campaign needs, then the campaign itself."""
    return list(yaml.safe_load_all((CAMPAIGNS / f"{name}.yaml").read_text()))


def checks_of(name: str) -> set[str]:
    """Names of the checks that a campaign makes."""
    return {check["name"] for check in manifests_of(name)[-1]["spec"]["checks"]}


def rehearsed(name: str, length: str) -> dict[str, Any]:
    """The status of a rehearsal of a campaign; nothing of its file is changed but that it is suspended."""
    *needed, manifest = manifests_of(name)
    for one in needed:
        apply(one)
    manifest["spec"]["suspend"] = True
    apply(manifest)
    known = set(_rehearsals(name))
    request = f"stresscampaigns.dev/rehearse={length} {uuid.uuid4()}"
    run("kubectl", "-n", NAMESPACE, "annotate", "--overwrite", "stresscampaign", name, request)
    fresh = eventually(lambda: next(iter(set(_rehearsals(name)) - known), None), 60, f"a rehearsal of {name}")
    return finished(fresh, 360)


def _rehearsals(campaign: str) -> list[str]:
    labels = f"stresscampaigns.dev/campaign={campaign},stresscampaigns.dev/rehearsal=true"
    found = get("-n", NAMESPACE, "stressruns", "-l", labels) or {"items": []}
    return [one["metadata"]["name"] for one in found["items"]]


def with_verdict(status: dict[str, Any], verdict: str) -> set[str]:
    """Names of the checks that came to this verdict."""
    return {check["name"] for check in status.get("checks") or [] if check["verdict"] == verdict}
