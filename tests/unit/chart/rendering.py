"""The chart, rendered by Helm as a user would."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from cluster.settings import BIN

ROOT = Path(__file__).parents[3]
CHART = ROOT / "charts" / "stresscampaigns"
HELM = shutil.which("helm", path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")
WHY_NOT = "no helm here: `make up` builds one, or install it"


class HelmRefused(Exception):
    """Helm's own words."""


def helm(*arguments: str) -> str:
    """What Helm prints."""
    done = subprocess.run([str(HELM), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise HelmRefused(done.stderr + done.stdout)
    return done.stdout


def rendered(*values: str, **whole: object) -> list[dict[str, Any]]:
    """Every object of a release called `st` in the namespace `ops`; `values` as for `--set`, `whole` as in a file."""
    sets = [word for value in values for word in ("--set", value)]
    sets += [word for key, value in whole.items() for word in ("--set-json", f"{key}={json.dumps(value)}")]
    text = helm("template", "st", str(CHART), "-n", "ops", "--kube-version", "1.34.0", *sets)
    return [one for one in yaml.safe_load_all(text) if one]


def of_kind(objects: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Those of one kind."""
    return [one for one in objects if one["kind"] == kind]
