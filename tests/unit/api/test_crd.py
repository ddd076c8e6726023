"""The CRDs are what the models say."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stresscampaigns.api.crd import definitions
from stresscampaigns.api.units import DURATION_PATTERN

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("folder", ["crds", "charts/stresscampaigns/files/crds"])
def test_committed_definitions_have_not_drifted_from_the_models(folder: str) -> None:
    committed = {path.name: path.read_text() for path in (ROOT / folder).glob("*.yaml")}
    assert committed == definitions(), "run `make crds` and commit what it changes"


def _nodes(schema: dict[str, Any]) -> list[dict[str, Any]]:
    children = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return [schema, *(node for child in children for node in _nodes(child))]


@pytest.mark.parametrize("name", sorted(definitions()))
def test_every_node_has_a_type_as_a_structural_schema_must(name: str) -> None:
    version = yaml.safe_load(definitions()[name])["spec"]["versions"][0]
    untyped = [
        node
        for node in _nodes(version["schema"]["openAPIV3Schema"])
        if "type" not in node
        and not node.get("x-kubernetes-int-or-string")
        and not node.get("x-kubernetes-preserve-unknown-fields")
    ]
    assert untyped == []


@pytest.mark.parametrize(
    ("question", "bounds"), [("checks", ("max", "min")), ("abortWhen", ("above", "below"))]
)
def test_a_bound_that_is_written_holds_something(question: str, bounds: tuple[str, str]) -> None:
    """Its pattern is of parts that may all be left out; one that cannot be read would judge nothing."""
    version = yaml.safe_load(definitions()["stresscampaigns.yaml"])["spec"]["versions"][0]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    fields = spec[question]["items"]["properties"]
    assert [fields[bound]["minLength"] for bound in bounds] == [1, 1]


def test_a_percentile_is_of_a_hundred_wherever_one_is_asked_for() -> None:
    version = yaml.safe_load(definitions()["stresscampaigns.yaml"])["spec"]["versions"][0]
    asked = [
        node["properties"]["percentile"]
        for node in _nodes(version["schema"]["openAPIV3Schema"])
        if "percentile" in node.get("properties", {})
    ]
    assert len(asked) == 3  # of checks, abort rules, a search
    assert all("95 rather than 0.95" in one["x-kubernetes-validations"][0]["message"] for one in asked)


def test_columns_show_phase_verdict_and_times() -> None:
    version = yaml.safe_load(definitions()["stresscampaigns.yaml"])["spec"]["versions"][0]
    columns = version["additionalPrinterColumns"]
    shown = [column["name"] for column in columns if not column.get("priority")]
    wide = [column["name"] for column in columns if column.get("priority")]
    assert shown == ["Phase", "Verdict", "Last Run", "Next Run", "Age"]
    assert wide == ["Schedule", "Suspended", "Failed Checks", "In The Way"]


def test_a_rehearsal_is_seen_in_the_list_of_runs() -> None:
    version = yaml.safe_load(definitions()["stressruns.yaml"])["spec"]["versions"][0]
    columns = {column["name"]: column for column in version["additionalPrinterColumns"]}
    assert columns["Rehearsal"]["jsonPath"] == ".spec.rehearsal.speed"
    assert not columns["Rehearsal"].get("priority")


def _schema(name: str) -> dict[str, Any]:
    version = yaml.safe_load(definitions()[name])["spec"]["versions"][0]
    found: dict[str, Any] = version["schema"]["openAPIV3Schema"]
    return found


def _fields(schema: dict[str, Any], path: str = "spec") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field below with its path, entries of lists and maps among them."""
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from _fields(child, f"{path}.{name}")
    if "items" in schema:
        yield from _fields(schema["items"], f"{path}[]")


STATUS = dict(_fields(_schema("stressruns.yaml")["properties"]["status"], "status"))
SPEC = dict(_fields(_schema("stresscampaigns.yaml")["properties"]["spec"]))


@pytest.mark.parametrize("path", [path for path in SPEC if not path.endswith("[]")])
def test_each_field_of_a_campaign_is_explained(path: str) -> None:
    assert SPEC[path].get("description")


@pytest.mark.parametrize("path", [path for path, field in SPEC.items() if "default" in field])
def test_what_a_field_is_when_it_is_left_out_is_explained(path: str) -> None:
    default = SPEC[path]["default"]
    written = default if isinstance(default, str) else json.dumps(default)
    assert isinstance(default, dict) or written in SPEC[path]["description"]


@pytest.mark.parametrize(
    "path", [path for path, field in SPEC.items() if "pattern" in field and field.get("type") == "string"]
)
def test_whoever_misses_a_pattern_is_told_in_words_what_fits(path: str) -> None:
    told = SPEC[path].get("x-kubernetes-validations", [])
    assert any(rule["rule"].startswith(("self.matches(", "self.endsWith(")) for rule in told)


def test_of_what_is_no_duration_no_other_rule_complains() -> None:
    reading = [
        rule["rule"]
        for field in SPEC.values()
        for rule in field.get("x-kubernetes-validations", [])
        if re.search(r"duration\((self|f|c|s|g)\b", rule["rule"])
    ]
    assert len(reading) > 10
    assert [rule for rule in reading if DURATION_PATTERN not in rule] == []


@pytest.mark.parametrize(
    "path", [path for path in STATUS if path.count(".") == 1 and not path.endswith("[]")]
)
def test_each_part_of_what_a_run_tells_is_explained(path: str) -> None:
    assert STATUS[path].get("description")
