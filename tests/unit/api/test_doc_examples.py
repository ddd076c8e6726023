"""What README.md and docs/ show as YAML is what the models take, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

from stresscampaigns.api.campaign import StressCampaignSpec
from tests.doc_examples import OBJECT, PAGES, ROOT, beside_campaigns, blocks, examples

FIELDS_SHOWN = {"faults", "checks", "abortWhen", "saturation", "neighbours", "faultLimits"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_example_is_part_of_a_campaign(page: Path) -> None:
    for spec in examples(page):
        StressCampaignSpec.model_validate(spec)


def test_whole_campaigns_are_what_the_models_take() -> None:
    campaigns = [one for one in beside_campaigns(OBJECT) if one["kind"] == "StressCampaign"]
    assert [StressCampaignSpec.model_validate(one["spec"]) for one in campaigns]


def test_examples_are_found() -> None:
    """Else the test above would say nothing."""
    assert blocks("text\n\n    a: 1\n\n    b: 2\n\nmore\n") == ["a: 1\n\nb: 2"]
    shown = {field for page in PAGES for spec in examples(page) for field in spec}
    assert shown >= FIELDS_SHOWN
    assert sum(len(list(examples(page))) for page in PAGES) > 30


def places(page: Path) -> set[str]:
    """What a link can lead to in a page: its headings, as they are written in a link."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {"", *(re.sub(r"[^-a-z0-9 ]", "", title.lower()).replace(" ", "-") for title in titles)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path, _, place = link.partition("#")
        target = page.parent / path if path else page
        assert target.is_file(), link
        assert not place or place in places(target), link
    for named in re.findall(r"`(campaigns/[-a-z0-9]+\.yaml)`", page.read_text()):
        assert (ROOT / named).is_file(), named
