"""The sidecar of what breaks a container from within: it waits for burn, watches it, ends it, proves its end."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stresscampaigns.api.fault_protocol import FaultOrder
from stresscampaigns.faults.board import Board, Burn
from stresscampaigns.faults.kinds import made
from stresscampaigns.faults.protocol import CannotWork
from stresscampaigns.faults.within import SILENT, Within
from tests.unit.faults.burning import DESCRIPTOR, PATIENCE, Burning, needs_gcc

pytestmark = needs_gcc


@pytest.fixture
def burning(tmp_path: Path) -> Iterator[Burning]:
    """A tenth of a core."""
    one = Burning(tmp_path, "cpu", "0.1")
    yield one
    one.end()


def sidecar_of(one: Burning) -> Within:
    return Within("CPU milliseconds burnt", one.board)


def test_it_is_in_force_when_burn_has_brought_it_about(burning: Burning) -> None:
    fault = sidecar_of(burning)
    fault.check()
    fault.inject(600)
    assert burning.board.read().begun > 0
    burning.wait_for(lambda: fault.evidence() >= 10)
    assert not burning.log.read_text().count("refused")


def test_its_end_kills_burn_and_is_proven_by_the_kernels_lock(burning: Burning) -> None:
    fault = sidecar_of(burning.in_force())
    assert not Within("", burning.board, patience=0).gone()
    fault.end()
    assert fault.gone()
    assert burning.process.wait(PATIENCE) == -signal.SIGKILL
    fault.end()


class Going(Board):
    """Of a burn that ends as soon as somebody has seen it live."""

    def __init__(self, burning: Burning) -> None:
        self._burning = burning

    def read(self) -> Burn:
        return self._burning.board.read()

    def close(self) -> None:
        self._burning.board.close()

    def alive(self) -> bool:
        lived = self._burning.process.returncode is None
        self._burning.end()
        return lived


def test_burn_that_ends_by_itself_in_that_moment_is_no_error(burning: Burning) -> None:
    fault = Within("", Going(burning.in_force()))
    fault.end()
    assert fault.gone()


def test_after_its_end_an_operator_that_comes_late_starts_nothing(burning: Burning) -> None:
    burning.end()
    board = Board(DESCRIPTOR)
    fault = Within("", board)
    fault.end()
    assert burning.another().communicate(timeout=PATIENCE)[0] == "already\n"
    assert fault.gone()


def test_what_burn_could_not_do_is_told_in_its_words(tmp_path: Path) -> None:
    one = Burning(tmp_path, "disk", "/etc", "0.1")
    with pytest.raises(CannotWork, match="/etc is no volume"):
        sidecar_of(one).inject(600)
    one.end()


def test_where_nobody_started_burn_it_says_what_may_be_the_reason() -> None:
    with pytest.raises(CannotWork, match="no process was started in the target"):
        Within("", Board(DESCRIPTOR), patience=0).inject(600)


def test_who_asks_for_the_end_is_heard_while_burn_is_waited_for() -> None:
    fault = Within("", Board(DESCRIPTOR), patience=600, asked_to_end=lambda: True)
    with pytest.raises(CannotWork, match="the end was asked for"):
        fault.inject(600)


def test_burn_that_was_killed_before_its_time_is_no_success(burning: Burning) -> None:
    fault = sidecar_of(burning.in_force())
    fault.inject(600)
    burning.end()
    silent_from = burning.board.read().last_beat
    burning.wait_for(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) > silent_from + SILENT)
    with pytest.raises(CannotWork, match="was killed, "):
        fault.evidence()


def test_what_burn_did_is_known_after_its_end(burning: Burning) -> None:
    fault = sidecar_of(burning.in_force())
    burning.wait_for(lambda: burning.board.read().did >= 10)
    fault.end()
    assert fault.gone()
    assert burning.board.read().did >= 10


def test_as_the_first_process_of_its_own_it_sees_no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 1)
    with pytest.raises(CannotWork, match="targetContainerName"):
        Within("", Board(DESCRIPTOR)).check()


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        ("CpuPressure", "CPU milliseconds burnt"),
        ("MemoryPressure", "bytes held"),
        ("DiskFull", "bytes written"),
        ("ServiceCrash", "processes killed"),
    ],
)
def test_each_kind_counts_in_its_own_unit(kind: str, unit: str) -> None:
    assert made(FaultOrder(kind, "f", 0, 1)).unit == unit
