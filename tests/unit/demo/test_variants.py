"""The staging system's variants: each overlay sets what it says, in the container that is there."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from service.defects import DEFECTS

MANIFESTS = Path(__file__).parents[3] / "demo" / "manifests"


def patched(variant: str) -> dict[str, Any]:
    """The agents' Deployment as the overlay changes it."""
    overlay = yaml.safe_load((MANIFESTS / variant / "kustomization.yaml").read_text())
    assert overlay["resources"] == ["../base"]
    (patch,) = overlay["patches"]
    found: dict[str, Any] = yaml.safe_load(patch["patch"])
    return found


def container(deployment: dict[str, Any]) -> dict[str, Any]:
    (found,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(found)


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_has_an_overlay_of_its_name(defect: str) -> None:
    asked = {one["name"]: one["value"] for one in container(patched(defect))["env"]}
    assert asked.pop("DEFECT") == defect
    assert asked == ({"MAX_WORKFLOWS": "2"} if defect == "no-recovery" else {})


def test_the_broken_variant_has_a_pool_of_one() -> None:
    assert container(patched("broken"))["env"] == [{"name": "POOL_SIZE", "value": "1"}]


@pytest.mark.parametrize("variant", ["broken", *DEFECTS])
def test_an_overlay_changes_what_is_there(variant: str) -> None:
    base = next(yaml.safe_load_all((MANIFESTS / "base" / "agents.yaml").read_text()))
    changed = patched(variant)
    assert (changed["kind"], changed["metadata"]["name"], changed["metadata"]["namespace"]) == (
        base["kind"],
        base["metadata"]["name"],
        base["metadata"]["namespace"],
    )
    assert container(changed)["name"] == container(base)["name"]


def test_there_are_no_other_variants() -> None:
    assert {folder.name for folder in MANIFESTS.iterdir()} == {"base", "broken", *DEFECTS}
