"""The CustomResourceDefinitions, made from the models.

`python -m stresscampaigns.api.crd FOLDER...` writes them into each folder; a test fails when they drift.
"""

import argparse
from pathlib import Path

import yaml
from pydantic import BaseModel

from stresscampaigns.api.base import GROUP, VERSION
from stresscampaigns.api.campaign import StressCampaign
from stresscampaigns.api.run import StressRun
from stresscampaigns.api.structural import object_in, structural_schema

Columns = list[dict[str, object]]

_AGE: dict[str, object] = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
_CAMPAIGN_COLUMNS: Columns = [
    {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
    {"name": "Verdict", "type": "string", "jsonPath": ".status.verdict"},
    {"name": "Last Run", "type": "date", "jsonPath": ".status.lastRun.time"},
    {"name": "Next Run", "type": "string", "jsonPath": ".status.nextRun"},
    _AGE,
    {"name": "Schedule", "type": "string", "jsonPath": ".spec.schedule", "priority": 1},
    {"name": "Suspended", "type": "boolean", "jsonPath": ".spec.suspend", "priority": 1},
    {"name": "Failed Checks", "type": "string", "jsonPath": ".status.failedChecks", "priority": 1},
    {
        "name": "In The Way",
        "type": "string",
        "jsonPath": '.status.conditions[?(@.type=="Stalled")].message',
        "priority": 1,
    },
]
_RUN_COLUMNS: Columns = [
    {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
    {"name": "Verdict", "type": "string", "jsonPath": ".status.verdict"},
    {"name": "Checks", "type": "string", "jsonPath": ".status.passedChecks"},
    {"name": "Rehearsal", "type": "string", "jsonPath": ".spec.rehearsal.speed"},
    {"name": "Dry Run", "type": "boolean", "jsonPath": ".spec.dryRun", "priority": 1},
    {"name": "Started", "type": "date", "jsonPath": ".status.startTime"},
    _AGE,
    {"name": "Failed Checks", "type": "string", "jsonPath": ".status.failedChecks", "priority": 1},
    {"name": "Message", "type": "string", "jsonPath": ".status.message", "priority": 1},
]


def definition(model: type[BaseModel], short_name: str, columns: Columns) -> dict[str, object]:
    """The CustomResourceDefinition of one model."""
    kind = model.__name__
    plural = f"{kind.lower()}s"
    schema = structural_schema(model)
    schema["properties"] = object_in(schema["properties"]) | {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
    }
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": columns,
        "schema": {"openAPIV3Schema": schema},
    }
    names = {
        "kind": kind,
        "listKind": f"{kind}List",
        "plural": plural,
        "singular": kind.lower(),
        "shortNames": [short_name],
        "categories": ["stress"],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }


def definitions() -> dict[str, str]:
    """File name → YAML text of every definition."""
    made = {
        "stresscampaigns.yaml": definition(StressCampaign, "scamp", _CAMPAIGN_COLUMNS),
        "stressruns.yaml": definition(StressRun, "srun", _RUN_COLUMNS),
    }
    header = "# Generated from the models by `make crds`; do not edit.\n"
    return {name: header + yaml.safe_dump(body, sort_keys=False, width=110) for name, body in made.items()}


def main() -> None:
    """Write the definitions into the folders named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stresscampaigns.api.crd", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="where the YAML files go")
    for folder in parser.parse_args().folders:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in definitions().items():
            (folder / name).write_text(text)


if __name__ == "__main__":
    main()
