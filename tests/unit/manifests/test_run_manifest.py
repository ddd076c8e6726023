"""The run that is due: a frozen copy of what the campaign asks for, owned by it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from stresscampaigns.api.base import FINALIZER
from stresscampaigns.api.campaign import StressCampaignSpec
from stresscampaigns.core.campaigns import NewRun
from stresscampaigns.manifests.run import run_manifest
from stresscampaigns.runtime.parsing import campaign_view, run_view

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
FILES = sorted(CAMPAIGNS.glob("*.yaml"))


def body(file: Path) -> dict[str, Any]:
    campaign: dict[str, Any]
    *_, campaign = yaml.safe_load_all(file.read_text())
    campaign["metadata"] |= {"uid": "u-c", "generation": 4, "creationTimestamp": "2026-01-01T00:00:00Z"}
    return campaign


def due(file: Path) -> dict[str, Any]:
    view = campaign_view(body(file))
    return run_manifest(view, NewRun(f"{view.name}-1", "Schedule", 1_800_000_000.0))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_campaign_of_ours_makes_a_run_that_can_be_read_back(file: Path) -> None:
    made = due(file)
    metadata = {**made["metadata"], "uid": "u-r", "generation": 1}
    view = run_view({**made, "metadata": metadata})
    assert view.template == StressCampaignSpec.model_validate(body(file)["spec"]).template()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_run_belongs_to_its_campaign_and_is_not_gone_before_load_and_faults_are(file: Path) -> None:
    metadata = due(file)["metadata"]
    (owner,) = metadata["ownerReferences"]
    assert (owner["kind"], owner["uid"], owner["controller"]) == ("StressCampaign", "u-c", True)
    assert metadata["finalizers"] == [FINALIZER]


def test_a_run_says_why_and_for_when_it_was_made() -> None:
    spec = due(FILES[0])["spec"]
    assert (spec["trigger"], spec["campaignGeneration"]) == ("Schedule", 4)
    assert spec["intendedTime"].startswith("2027-01-15T08:00:00")
