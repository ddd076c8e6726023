"""A process that holds a fault is found by its command line, wherever it runs."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.inside import scan as scanner
from tests.torture.inside.processes import ours
from tests.torture.inside.scan import BLIND, CannotLook, nft, scan, watch
from tests.unit.faults.namespaces import Namespaces, needs_namespaces


@pytest.fixture
def _started(request: pytest.FixtureRequest) -> Iterator[int]:
    """A process with this command line."""
    asleep = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)", *request.param]
    with subprocess.Popen(asleep, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process.pid
        process.kill()


def found(pid: int, started_before: float) -> bool:
    return any(words.startswith(f"process {pid} ") for words in ours(started_before))


@pytest.mark.parametrize("_started", [["stresscampaigns.faults", "hold", "{}"]], indirect=True)
def test_a_sidecars_process_is_found(_started: int) -> None:
    assert found(_started, time.time() + 1)


@pytest.mark.parametrize("_started", [["stresscampaigns.faults", "hold", "{}"]], indirect=True)
def test_one_that_was_started_after_its_time_is_not_counted(_started: int) -> None:
    assert not found(_started, time.time() - 600)


@pytest.mark.parametrize("_started", [["stresscampaigns.faults", "end"]], indirect=True)
def test_one_that_ends_a_fault_holds_none(_started: int) -> None:
    assert not found(_started, time.time() + 1)


def test_burn_is_found_by_its_name(tmp_path: Path) -> None:
    burn = tmp_path / "burn"
    burn.symlink_to("/bin/sleep")
    with subprocess.Popen([burn, "60"]) as process:
        assert found(process.pid, time.time() + 1)
        process.kill()


@pytest.fixture
def _blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """No namespace is seen."""
    monkeypatch.setattr(scanner, "spaces", list)


@pytest.mark.usefixtures("_blind")
def test_a_scan_that_saw_no_namespace_is_no_clean_one() -> None:
    assert BLIND in scan(0.0).leaks
    assert watch(0.0, 0.0, ["what is looked for"]).leaks == [BLIND]


@needs_namespaces
def test_a_process_or_a_table_that_has_gone_has_left_nothing() -> None:
    with Namespaces() as pod:
        assert nft(pod.pid, "list", "table", "inet", "gone") == []
    assert nft(pod.pid, "list", "tables") == []


@needs_namespaces
@pytest.mark.parametrize("tool", ["false", "not-installed"])
def test_an_nft_that_fails_is_no_clean_look(monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    monkeypatch.setattr(scanner, "NFT", tool)
    with Namespaces() as pod, pytest.raises(CannotLook, match=tool):
        nft(pod.pid, "list", "tables")
