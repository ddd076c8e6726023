"""That there was nobody to be killed is told from a node that could not be entered."""

import asyncio
import os
from pathlib import Path

import pytest

from demo.kubectl import CommandFailed
from tests.torture.choice import Kill
from tests.torture.victims import kill_when_due

KUBELET = Kill("kubelet", 0.0)


def killed(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str = "") -> Kill | None:
    """With a docker that says this and exits so."""
    docker = folder / "docker"
    docker.write_text(f"#!/bin/sh\necho -n '{said}' >&2\nexit {code}\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return asyncio.run(kill_when_due(KUBELET, 0.0, "stress-r1"))


def test_who_was_met_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert killed(tmp_path, monkeypatch, 0) == KUBELET


@pytest.mark.parametrize("said", ["", "pkill: killing pid 7 failed: No such process"])
def test_nobody_there_is_nobody_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    assert killed(tmp_path, monkeypatch, 1, said) is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1, "Error response from daemon: No such container: node"),
        (2, "pkill: only one pattern can be provided"),
        (126, "OCI runtime exec failed"),
    ],
)
def test_a_kill_that_failed_is_not_taken_for_nobody_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    with pytest.raises(CommandFailed, match=said):
        killed(tmp_path, monkeypatch, code, said)
