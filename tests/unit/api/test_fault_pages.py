"""Each fault has a page in docs/faults, whose examples are faults."""

import re
from pathlib import Path

import pytest
import yaml

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.fault_types import TYPES
from tests.doc_examples import blocks

DOCS = Path(__file__).parents[3] / "docs"
HEADINGS = ["What it does", "How it ends", "What it needs", "What it looks like"]


def name_of(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind).lower() + ".md"


@pytest.mark.parametrize("kind", TYPES)
def test_a_fault_has_a_page_with_examples_that_are_faults(kind: str) -> None:
    page = (DOCS / "faults" / name_of(kind)).read_text()
    title = page.partition("\n")[0]
    assert title == f"# {kind}"
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == HEADINGS
    examples = yaml.safe_load(blocks(page[: page.index("## ")])[0])
    assert {Fault.model_validate(one).type for one in examples} == {kind}


def test_the_list_names_each_page_and_there_is_no_other() -> None:
    listed = set(re.findall(r"\(faults/([-a-z]+\.md)\)", (DOCS / "faults.md").read_text()))
    there = {file.name for file in (DOCS / "faults").iterdir()}
    assert listed == there == {name_of(kind) for kind in TYPES}
