"""The work queue when work fails, when objects go, and when it is told to stop."""

import asyncio
import logging

import pytest

from stresscampaigns.runtime.queue import LONGEST_RETRY, WorkQueue
from tests.unit.runtime.fake_clock import BEGIN, FakeClock, run_in


class Broken:
    """Fails so many times, then never again; notes when it was tried."""

    def __init__(self, clock: FakeClock, times: int) -> None:
        self.tried: list[int] = []
        self._clock, self._left = clock, times

    async def __call__(self, key: str) -> float | None:
        self.tried.append(int(self._clock.now() - BEGIN))
        self._left -= 1
        if self._left >= 0:
            raise RuntimeError(f"{key} is broken")
        return None


async def lived(queue: "WorkQueue[str]", seconds: float, *keys: str) -> None:
    """The queue's life, with these keys poked at its beginning."""
    running = asyncio.create_task(queue.run())
    for key in keys:
        queue.poke(key)
    await asyncio.sleep(seconds)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def clock() -> FakeClock:
    """The tests' time."""
    return FakeClock()


def test_what_fails_is_tried_again_later_and_later(clock: FakeClock) -> None:
    work = Broken(clock, times=100)
    run_in(clock, lived(WorkQueue(work, clock), 130.0, "a"))
    assert work.tried == [0, 1, 3, 7, 15, 31, 61, 91, 121]
    assert LONGEST_RETRY == 30.0


def test_after_a_success_a_new_failure_is_tried_again_soon(clock: FakeClock) -> None:
    work = Broken(clock, times=3)
    queue = WorkQueue(work, clock)

    async def live() -> None:
        await lived(queue, 20.0, "a")
        work._left = 1
        await lived(queue, 20.0, "a")

    run_in(clock, live())
    assert work.tried == [0, 1, 3, 7, 20, 21]


def test_a_failure_is_logged_with_its_key(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    run_in(clock, lived(WorkQueue(Broken(clock, times=1), clock), 5.0, "smoke"))
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "smoke failed; tried again in 1 s")


def test_one_that_fails_does_not_stop_the_others(clock: FakeClock) -> None:
    done: list[str] = []

    async def work(key: str) -> None:
        if key == "broken":
            raise RuntimeError
        done.append(key)

    run_in(clock, lived(WorkQueue(work, clock), 5.0, "a", "broken", "b"))
    assert done == ["a", "b"]


def test_what_is_forgotten_is_not_worked_on_any_more(clock: FakeClock) -> None:
    work = Broken(clock, times=0)
    queue = WorkQueue(work, clock)
    queue.poke("a", after=5.0)
    queue.forget("a")
    queue.forget("never known")
    run_in(clock, lived(queue, 20.0))
    assert work.tried == []


def test_what_is_forgotten_may_come_again(clock: FakeClock) -> None:
    work = Broken(clock, times=0)
    queue = WorkQueue(work, clock)
    queue.poke("a", after=5.0)
    queue.forget("a")
    queue.poke("a", after=9.0)
    run_in(clock, lived(queue, 20.0))
    assert work.tried == [9]


def test_a_queue_that_is_stopped_stops_what_is_under_way(clock: FakeClock) -> None:
    reached: list[str] = []

    async def work(key: str) -> None:
        reached.append("begun")
        try:
            await asyncio.sleep(100.0)
            reached.append("went on")
        finally:
            reached.append("ended")

    async def live() -> None:
        await lived(WorkQueue(work, clock), 1.0, "a")
        await asyncio.sleep(200.0)

    run_in(clock, live())
    assert reached == ["begun", "ended"]


def test_work_that_is_cancelled_from_inside_does_not_lose_its_key(clock: FakeClock) -> None:
    tried: list[str] = []

    async def work(key: str) -> None:
        tried.append(key)
        if len(tried) == 1:
            raise asyncio.CancelledError

    async def live() -> None:
        queue = WorkQueue(work, clock)
        running = asyncio.create_task(lived(queue, 50.0, "a"))
        await asyncio.sleep(10.0)
        queue.poke("a")
        await running

    run_in(clock, live())
    assert tried == ["a", "a"]
