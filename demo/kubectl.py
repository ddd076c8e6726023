"""kubectl and Helm, as the demo uses them."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class CommandFailed(Exception):
    """A command failed; the message is its own, `code` the number that it exited with, `said` its standard error."""

    def __init__(self, message: str, code: int, said: str) -> None:
        super().__init__(message)
        self.code = code
        self.said = said


def run(*command: str, stdin: str | None = None) -> str:
    """What a command prints.

    Raises:
        CommandFailed: it failed.
    """
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        said = done.stderr.strip()
        raise CommandFailed(f"{' '.join(command[:4])} …: {said[-1500:]}", done.returncode, said)
    return done.stdout


def apply(manifest: Mapping[str, Any]) -> None:
    """Apply one object."""
    run("kubectl", "apply", "-f", "-", stdin=json.dumps(manifest))


def get(*what: str) -> dict[str, Any] | None:
    """One object or a list; None where it is not there."""
    text = run("kubectl", "get", "--ignore-not-found", "-o", "json", *what)
    found: dict[str, Any] | None = json.loads(text) if text.strip() else None
    return found
