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


@pytest.mark.parametrize("kind", TYPES)
def test_no_part_of_a_page_is_empty(kind: str) -> None:
    page = (DOCS / "faults" / name_of(kind)).read_text()
    told = [part.partition("\n")[2].split() for part in page.split("\n## ")[1:]]
    assert all(len(words) > 5 for words in told), told


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading of docs/faults.md, but for its titles."""
    part = (DOCS / "faults.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def test_the_table_says_for_each_fault_what_ends_it_whoever_is_killed() -> None:
    rows = rows_of("What ends it")
    assert {len(row) for row in rows} == {5}, "sidecar, operator, kubelet, all three"
    assert all(all(row) for row in rows)
    named = [word for row in rows for word in re.findall(r"\b[A-Z]\w+", re.sub(r"\(.*?\)", "", row[0]))]
    assert set(named) == set(TYPES)


@pytest.mark.parametrize("what", ["file descriptors", "clock skew", "slow disk", "name server"])
def test_what_was_asked_for_and_is_left_out_is_listed_with_the_reason(what: str) -> None:
    (row,) = [row for row in rows_of("Left out") if what in row[0]]
    assert len(row[1].split()) > 10
