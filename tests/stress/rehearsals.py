"""Campaigns as they are shipped, in compressed time, on the staging system."""

import uuid
from typing import Any

import yaml

from demo.kubectl import ROOT, apply, get, run
from tests.e2e.campaigns import NAMESPACE, finished
from tests.e2e.waiting import eventually


def rehearsed(name: str, length: str) -> dict[str, Any]:
    """The status of a rehearsal of `campaigns/<name>.yaml`; nothing of the file is changed but that it is suspended."""
    *needed, manifest = yaml.safe_load_all((ROOT / "campaigns" / f"{name}.yaml").read_text())
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


def failed(status: dict[str, Any]) -> set[str]:
    """Names of the checks that failed."""
    return {check["name"] for check in status.get("checks") or [] if check["verdict"] == "Failed"}


def not_passed(status: dict[str, Any]) -> list[dict[str, Any]]:
    """Checks that failed or could not be decided."""
    return [check for check in status.get("checks") or [] if check["verdict"] != "Passed"]
