"""The work queue: what is due is worked on in its time, each key by one task at a time."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.runtime.queue import WorkQueue
from tests.unit.runtime.fake_clock import BEGIN, FakeClock, run_in


class Notebook:
    """Notes when each key was worked on, in whole seconds; the work takes its time."""

    def __init__(self, clock: FakeClock, takes: float = 0.0, again: dict[str, float] | None = None) -> None:
        self.noted: list[tuple[str, int]] = []
        self.busy: dict[str, int] = {}
        self.most_at_once, self.same_at_once = 0, 0
        self._clock, self._takes, self._again = clock, takes, again or {}

    async def __call__(self, key: str) -> float | None:
        self.noted.append((key, int(self._clock.now() - BEGIN)))
        self.busy[key] = self.busy.get(key, 0) + 1
        self.same_at_once = max(self.same_at_once, self.busy[key])
        self.most_at_once = max(self.most_at_once, sum(self.busy.values()))
        await asyncio.sleep(self._takes)
        self.busy[key] -= 1
        return self._again.get(key)


def worked(
    notebook: Notebook,
    clock: FakeClock,
    pokes: dict[float, list[str]],
    seconds: float = 100.0,
    parallel: int = 32,
) -> list[tuple[str, int]]:
    """What was worked on when, with these keys poked at these seconds."""

    async def live() -> None:
        queue = WorkQueue(notebook, clock, parallel)
        running = asyncio.create_task(queue.run())
        for at, keys in sorted(pokes.items()):
            await asyncio.sleep(BEGIN + at - clock.now())
            for key in keys:
                queue.poke(key)
        await asyncio.sleep(BEGIN + seconds - clock.now())
        running.cancel()

    run_in(clock, live())
    return notebook.noted


def test_a_key_that_is_poked_is_worked_on_at_once_and_once() -> None:
    clock = FakeClock()
    assert worked(Notebook(clock), clock, {1: ["a"], 7: ["b"]}) == [("a", 1), ("b", 7)]


def test_pokes_of_one_key_at_the_same_time_are_one() -> None:
    clock = FakeClock()
    assert worked(Notebook(clock), clock, {1: ["a", "b", "a", "a"]}) == [("a", 1), ("b", 1)]


def test_a_key_comes_again_when_its_work_says_so() -> None:
    clock = FakeClock()
    notebook = Notebook(clock, again={"a": 30.0})
    assert worked(notebook, clock, {0: ["a", "b"]}) == [("a", 0), ("b", 0), ("a", 30), ("a", 60), ("a", 90)]


def test_a_poke_comes_before_the_time_that_was_planned_and_plans_anew() -> None:
    clock = FakeClock()
    notebook = Notebook(clock, again={"a": 30.0})
    assert worked(notebook, clock, {0: ["a"], 10: ["a"]}) == [("a", 0), ("a", 10), ("a", 40), ("a", 70)]


def test_a_poke_for_later_puts_off_nothing() -> None:
    clock = FakeClock()
    notebook = Notebook(clock)

    async def live() -> None:
        queue = WorkQueue(notebook, clock)
        queue.poke("a", after=5.0)
        queue.poke("a", after=50.0)
        running = asyncio.create_task(queue.run())
        await asyncio.sleep(100.0)
        running.cancel()

    run_in(clock, live())
    assert notebook.noted == [("a", 5)]


def test_a_poke_while_the_key_is_worked_on_is_kept_for_afterwards() -> None:
    clock = FakeClock()
    notebook = Notebook(clock, takes=5.0)
    assert worked(notebook, clock, {0: ["a"], 2: ["a"], 3: ["a"]}) == [("a", 0), ("a", 5)]
    assert notebook.same_at_once == 1


def test_what_is_due_comes_in_its_time_though_the_clock_is_set_back_meanwhile() -> None:
    clock = FakeClock()
    notebook = Notebook(clock, again={"a": 10.0})

    async def live() -> None:
        queue = WorkQueue[str](notebook, clock)
        queue.poke("a")
        running = asyncio.create_task(queue.run())
        await asyncio.sleep(1)
        clock.set_ahead = -3600.0
        await asyncio.sleep(10)
        running.cancel()

    run_in(clock, live())
    assert [key for key, _ in notebook.noted] == ["a", "a"]


def test_a_slow_key_does_not_hold_up_the_others() -> None:
    clock = FakeClock()
    notebook = Notebook(clock, takes=50.0)
    assert worked(notebook, clock, {0: ["a"], 1: ["b"]}) == [("a", 0), ("b", 1)]
    assert notebook.most_at_once == 2


def test_no_more_are_worked_on_at_once_than_allowed() -> None:
    clock = FakeClock()
    notebook = Notebook(clock, takes=10.0)
    noted = worked(notebook, clock, {0: ["a", "b", "c", "d", "e"]}, parallel=2)
    assert sorted(noted) == [("a", 0), ("b", 0), ("c", 10), ("d", 10), ("e", 20)]
    assert notebook.most_at_once == 2


@given(
    st.dictionaries(st.floats(0, 50), st.lists(st.sampled_from("abc"), min_size=1, max_size=4), max_size=12),
    st.floats(0, 9),
)
def test_no_poke_is_ever_lost_and_no_key_ever_worked_on_twice_at_once(
    pokes: dict[float, list[str]], takes: float
) -> None:
    clock = FakeClock()
    notebook = Notebook(clock, takes)
    noted = worked(notebook, clock, pokes, seconds=1000.0)
    assert notebook.same_at_once <= 1
    for at, keys in pokes.items():
        for key in keys:
            assert any(one == key and when >= int(at) for one, when in noted), (at, key, noted)


def test_once_stopped_nothing_is_under_way_any_more() -> None:
    clock, cleared = FakeClock(), list[str]()

    async def work(key: str) -> None:
        try:
            await asyncio.sleep(50)
        finally:
            await asyncio.sleep(1)
            cleared.append(key)

    async def live() -> list[str]:
        queue = WorkQueue[str](work, clock)
        queue.poke("slow")
        running = asyncio.create_task(queue.run())
        await asyncio.sleep(5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return list(cleared)

    assert run_in(clock, live()) == ["slow"]
