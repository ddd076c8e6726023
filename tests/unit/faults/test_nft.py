"""The nft command, where starting anything is hard."""

import errno
import subprocess
from typing import Any

import pytest

from stresscampaigns.faults import nft as module
from stresscampaigns.faults.nft import NftError, nft


class FullPod:
    """For a while the pod may have no process more."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def __call__(self, *_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        if self.refusals:
            self.refusals -= 1
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return subprocess.CompletedProcess([], 0, "table inet mine", "")


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AGAIN", 0.0)


def test_a_pod_that_is_full_of_processes_for_a_moment_does_not_keep_a_fault_from_ending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subprocess, "run", FullPod(refusals=3))
    assert nft(["list", "tables"]) == "table inet mine"


def test_one_that_stays_full_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", FullPod(refusals=10_000))
    with pytest.raises(NftError, match="nft cannot be started: Resource temporarily unavailable"):
        nft(["list", "tables"])
