"""The examples in README.md and docs/, each completed to the spec of a campaign."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NO_YAML = (
    "kubectl ",
    "python3 -m ",
    "make ",
    "helm ",
    "FROM ",
    "#!/bin/sh",
    "from ",
    "bottleneck: ",
    "recovered  ",
)
"""How blocks begin that are no YAML: commands, programs, a message, a formula. All others are."""
OBJECT, VALUES = "apiVersion: ", "networkPolicy:"
"""How YAML begins that is no part of a campaign: an object of Kubernetes' own, values of the chart."""
_BLOCK = re.compile(r"(?<=\n\n)(?: {4}.*\n|\n)+")
_FIELD = re.compile(r"\n(?=[a-z])")
PLAIN: dict[str, Any] = {
    "target": {"url": "http://agents.staging:8080", "selector": {"matchLabels": {"app": "agents"}}},
    "prometheus": {"url": "http://prometheus.monitoring:9090"},
    "load": {
        "stages": [{"name": one, "users": 3, "duration": "1h"} for one in ("first", "last")],
        "scenarios": [{"name": "agent-workflow"}, {"name": "set-writes"}],
    },
    "faults": [{"name": "db-away", "type": "NetworkPartition", "at": "1m", "duration": "1m", "port": 5432}],
    "neighbours": [{"name": "mail", "selector": {"matchLabels": {"app": "mail"}}}],
    "checks": [{"name": "errors", "errorRate": {}, "max": "1%"}],
}
"""What examples take for granted: stages, a fault and a neighbour of these names."""
PARTS_OF_LOAD = ("stages", "capacity", "serverCounter", "locustfile", "scenarios", "headers")


def blocks(page: str) -> list[str]:
    """Its indented blocks, without their indentation."""
    found = (re.sub(r"^ {4}", "", one, flags=re.MULTILINE).strip("\n") for one in _BLOCK.findall(page))
    return [one for one in found if one]


def examples(file: Path) -> Iterator[dict[str, Any]]:
    """Specs of campaigns, one for each field that a block of YAML gives, or list of faults or scenarios."""
    for block in blocks(file.read_text() + "\n"):
        if not block.startswith((*NO_YAML, OBJECT, VALUES)):
            yield from map(_completed, map(yaml.safe_load, _FIELD.split(block)))


def beside_campaigns(beginning: str) -> list[Any]:
    """What all pages show that begins like this: `OBJECT` or `VALUES`."""
    shown = [block for page in PAGES for block in blocks(page.read_text() + "\n")]
    return [yaml.safe_load(block) for block in shown if block.startswith(beginning)]


def _completed(example: Any) -> dict[str, Any]:
    if isinstance(example, list):
        return _completed({"faults" if "type" in example[0] else "scenarios": example})
    ((field, value),) = example.items()
    if field == "spec":
        return {**_around("load" if "load" in value else field), **value}
    if field not in PARTS_OF_LOAD:
        return {**_around(field), field: value}
    load = {key: one for key, one in PLAIN["load"].items() if (field, key) != ("locustfile", "scenarios")}
    return _completed({"load": {**load, field: value}})


def _around(field: str) -> dict[str, Any]:
    """A campaign for it; another load may be shorter than the fault needs."""
    return {key: one for key, one in PLAIN.items() if (field, key) != ("load", "faults")}
