"""A load process that watches itself: its clock, its event loop, its core."""

import subprocess
import sys
from pathlib import Path

import pytest

from stresscampaigns.load.watch import LOOK_SECONDS, ClockWatch, LoopWatch, waited_for_a_core


class Clocks:
    """Clocks that a test sets, and the seconds of a core that were used."""

    monotonic = 100.0
    wall = 1000.0
    used = 7.0
    waited = 3.0

    def advance(self, seconds: float, step: float = 0.0, share: float = 0.0, lacked: float = 0.0) -> None:
        self.monotonic += seconds
        self.wall += seconds + step
        self.used += seconds * share
        self.waited += seconds * lacked


def stepped(*moves: tuple[float, float]) -> float:
    """The farthest step that is seen where time goes on by so much, and the clock by so much more."""
    clocks = Clocks()
    watch = ClockWatch(lambda: clocks.monotonic, lambda: clocks.wall)
    for seconds, step in moves:
        clocks.advance(seconds, step)
        watch.look()
    return watch.farthest_step


class Loop:
    """A loop that turns as a test wants it to, watched."""

    def __init__(self) -> None:
        self._clocks = Clocks()
        clocks = self._clocks
        self.watch = LoopWatch(lambda: clocks.monotonic, lambda: clocks.used, lambda: clocks.waited)

    def turn(self, looks: int, share: float = 0.0, lacked: float = 0.0) -> None:
        for _ in range(looks):
            self.stand(LOOK_SECONDS, share, lacked)

    def stand(self, seconds: float, share: float = 0.0, lacked: float = 0.0) -> None:
        self._clocks.advance(seconds, share=share, lacked=lacked)
        self.watch.look()


def test_a_clock_that_runs_shows_no_step() -> None:
    assert stepped(*[(LOOK_SECONDS, 0.0)] * 50) == pytest.approx(0, abs=1e-6)


def test_the_farthest_step_of_the_clock_is_remembered_whichever_way() -> None:
    assert stepped((0.1, 0.2), (0.1, -2.2), (0.1, 1.0)) == pytest.approx(-2.0)


def test_a_loop_that_turns_shows_no_stall() -> None:
    loop = Loop()
    loop.turn(looks=35)
    assert loop.watch.take() == [(second, 0.0, 0.0, pytest.approx(0, abs=1e-6)) for second in range(3)]


def test_each_second_has_its_share_of_the_core() -> None:
    loop = Loop()
    for share in (0.2, 0.9, 0.4):
        loop.turn(10, share, lacked=share / 2)
    loop.turn(1)
    told = loop.watch.take()
    assert [used for _, used, *_ in told] == pytest.approx([0.2, 0.9, 0.4], abs=0.1)
    assert [lacked for *_, lacked, _ in told] == pytest.approx([0.1, 0.45, 0.2], abs=0.05)


def test_a_stall_belongs_to_every_second_that_it_touches() -> None:
    loop = Loop()
    loop.turn(looks=15)
    loop.stand(2.1)
    loop.turn(looks=20)
    assert [round(stall, 3) for *_, stall in loop.watch.take()] == [0.0, 2.0, 2.0, 2.0, 0.0]


def test_a_second_is_told_once_when_it_is_over() -> None:
    loop = Loop()
    loop.turn(looks=15)
    assert [second for second, *_ in loop.watch.take()] == [0]
    loop.turn(looks=10)
    assert [second for second, *_ in loop.watch.take()] == [1]


def test_the_last_word_holds_the_stall_of_a_second_that_is_not_over() -> None:
    loop = Loop()
    loop.stand(0.9)
    assert loop.watch.take() == []
    assert loop.watch.take(last=True) == [(0, 0.0, 0.0, pytest.approx(0.8))]


def test_a_process_whose_loop_stands_still_ends_and_leaves_behind_in_which_line(tmp_path: Path) -> None:
    stuck = (
        "import sys, gevent\n"
        "from stresscampaigns.load.watch import end_when_stuck\n"
        "gevent.spawn(end_when_stuck, lambda: 0.2, open(sys.argv[1], 'w'))\n"
        "def never_yields():\n"
        "    while True: pass\n"
        "gevent.sleep(0.1)\n"
        "never_yields()\n"
    )
    told = tmp_path / "last-words"
    assert subprocess.run([sys.executable, "-c", stuck, told], check=False, timeout=60).returncode == 1
    assert "line 5 in never_yields" in told.read_text()


def test_what_was_before_the_load_does_not_count() -> None:
    loop = Loop()
    loop.stand(5.0, share=1.0)
    loop.watch.begin()
    loop.turn(looks=15)
    assert loop.watch.take() == [(0, 0.0, 0.0, pytest.approx(0, abs=1e-6))]


def test_the_kernel_tells_how_long_a_core_was_waited_for() -> None:
    before = waited_for_a_core()
    assert 0 < before <= waited_for_a_core()
