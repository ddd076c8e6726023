"""The docs' table of why a run is Inconclusive has each reason, and none that there is not."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "operator" / "stresscampaigns"
ENDS = re.compile(r'(?:Probe\([^,()]*|inconclusive\(run, [\w.()]+),\s*"([A-Z][A-Za-z]+)"')
NAMED = re.compile(r'^NOT_FOUND = "(\w+)"|return \(?\s*"([A-Z]\w+)", *\S?', re.MULTILINE)
"""Those that have a name, or are one of two things that a function tells."""


def reasons_in_code() -> set[str]:
    named = [(SOURCES / "core" / name).read_text() for name in ("consent.py", "readiness.py")]
    found = [pair for text in named for pair in NAMED.findall(text)]
    ends = [reason for file in SOURCES.rglob("*.py") for reason in ENDS.findall(file.read_text())]
    return {*ends, *(reason for pair in found for reason in pair if reason)}


def reasons_in_docs() -> set[str]:
    _, _, rest = (ROOT / "docs" / "first-campaign.md").read_text().partition("## Inconclusive")
    rows = [line.split(" | ")[0] for line in rest.splitlines() if line.startswith("| `")]
    return {reason for row in rows for reason in re.findall(r"`(\w+)`", row)}


def test_whoever_has_a_reason_finds_it_in_the_docs() -> None:
    assert reasons_in_code() == reasons_in_docs()
    assert len(reasons_in_docs()) > 20
