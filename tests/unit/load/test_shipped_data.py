"""The data of the campaigns that we ship fit their scenarios."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from stresscampaigns.api.campaign import StressCampaignSpec
from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.core.plan import DATA_FOLDER, load_plan
from stresscampaigns.load.environment import environment

CAMPAIGNS = sorted((Path(__file__).parents[3] / "campaigns").glob("*.yaml"))


def mounted(config_maps: list[dict[str, Any]], folder: Path) -> None:
    """Their files, as the load pods see them."""
    for one in config_maps:
        (folder / one["metadata"]["name"]).mkdir()
        for key, text in one["data"].items():
            (folder / one["metadata"]["name"] / key).write_text(text)


@pytest.mark.parametrize("file", CAMPAIGNS, ids=lambda file: file.stem)
def test_every_scenario_of_a_shipped_campaign_finds_its_columns(file: Path, tmp_path: Path) -> None:
    *config_maps, manifest = yaml.safe_load_all(file.read_text())
    mounted(config_maps, tmp_path)
    spec = StressCampaignSpec.model_validate(manifest["spec"])
    plan = load_plan(spec.template(), "r-1", "r", "staging").model_dump_json()
    here = LoadPlan.model_validate_json(plan.replace(DATA_FOLDER, str(tmp_path)))
    assert len(environment(here).user_classes) == len(spec.load.scenarios or [])
