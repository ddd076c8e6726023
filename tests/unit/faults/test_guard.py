"""The kernel's part in the end of a user's program: whoever is killed or stopped, nothing outlives the deadline."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stresscampaigns.faults.guard import LAST
from tests.unit.faults.own_programs import BUSY, RUNAWAY, Held, awaited, needs_containers

pytestmark = needs_containers

SCRIPT = f"""
case "$1" in
inject) {RUNAWAY} ;;
hold) {RUNAWAY} {BUSY} ;;
evidence) echo 1 thing broken ;;
*) exit 64 ;;
esac
"""
Start = Callable[[float], Held]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """In force, with two processes that have run away and hear no signal but SIGKILL."""
    held: list[Held] = []

    def begin(seconds: float) -> Held:
        held.append(Held(tmp_path, SCRIPT, seconds).until("injected"))
        awaited(lambda: len(held[-1].others()) >= 3)
        return held[-1]

    yield begin
    for one in held:
        one.end()


def gone(pids: set[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.parametrize("whom", ["holder", "guard"])
def test_when_the_holder_or_the_guard_is_killed_everything_ends_at_once(start: Start, whom: str) -> None:
    held = start(600)
    everything = held.others() | {held.holder, held.guard}
    held.signal(signal.SIGKILL, getattr(held, whom))
    awaited(lambda: gone(everything))
    assert held.last().event == "injected"


def test_the_holder_cannot_be_stopped_while_its_guard_lives(start: Start) -> None:
    held = start(2)
    held.signal(signal.SIGSTOP, held.holder)
    last = held.last()
    assert last.event == "ended"
    assert last.at < held.order.until + LAST


@pytest.mark.parametrize("whom", [("guard",), ("guard", "holder")])
def test_with_both_of_them_stopped_the_kernel_ends_everything(start: Start, whom: tuple[str, ...]) -> None:
    held = start(1.5)
    everything = held.others() | {held.holder, held.guard}
    for one in whom:
        held.signal(signal.SIGSTOP, getattr(held, one))
    awaited(lambda: gone(everything))
    assert held.order.until <= time.time() < held.order.until + 5
    assert held.last().event == "injected"


def test_a_holder_that_is_traced_by_a_living_guard_hears_its_signals(start: Start) -> None:
    held = start(600)
    held.signal(signal.SIGCONT, held.holder)
    held.signal(signal.SIGTERM, held.holder)
    assert held.last().event == "aborted"
