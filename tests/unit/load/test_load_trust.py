"""Loads whose generator was not well: it is told, with the number. Real processes."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from stresscampaigns.api.load_result import LoadResult
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan
from tests.unit.load.freezing_server import FreezingServer

pytestmark = pytest.mark.alone
BURNING = """
import time
from locust import User, constant, task

began, used = time.perf_counter(), time.process_time()

class Burner(User):
    wait_time = constant(0)

    def on_start(self):
        global began, used
        began, used = time.perf_counter(), time.process_time()

    @task
    def burn(self):
        until = time.perf_counter() + 0.019
        while time.perf_counter() < until:
            pass
        time.sleep(0.001)
        share = (time.process_time() - used) / (time.perf_counter() - began)
        with open("{told}", "w") as file:
            file.write(str(share))
"""
PREPARING = """
import time
from locust import User, task

class Idle(User):
    def __init__(self, environment):
        super().__init__(environment)
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            sum(range(300_000))
            time.sleep(0)

    @task
    def rest(self):
        pass
"""
TRIES, ENOUGH = 3, 0.85
"""How often it is tried to get more than such a share of a core."""
PAUSE, SHORT = 1.5, 0.5


def paused_later(url: str, folder: Path) -> DistributedLoad:
    """Its stages are short: in whatever moment it is paused, one is about to begin."""
    stages = [{"name": f"s{number}", "users": 4, "duration": SHORT} for number in range(16)]
    return DistributedLoad(plan(url, stages=stages), folder)


def of_one_user(folder: Path, file: str, **stage: float) -> LoadResult:
    """Who sends nothing, on one worker."""
    (folder / "locustfile.py").write_text(file)
    own = {"scenarios": [], "locustfile": str(folder / "locustfile.py"), "workers": 1, "max_in_flight": 1}
    words: dict[str, Any] = {"stages": [{"name": "only", **stage}], **own}
    with DistributedLoad(plan("http://127.0.0.1:9", **words), folder) as load:
        return load.result()


def numbers(result: LoadResult, words: str) -> list[float]:
    """Of the findings that say so."""
    return [finding.value or 0.0 for finding in result.findings if words in finding.reason]


class Paused:
    """Of one load a worker is paused, of another one the coordinator: for a moment, too short to be lost."""

    def __init__(self, stack: ExitStack, folders: pytest.TempPathFactory) -> None:
        servers = [stack.enter_context(CountingServer()) for _ in range(2)]
        loads = [stack.enter_context(paused_later(one.url, folders.mktemp("paused"))) for one in servers]
        for one, server in zip(loads, servers, strict=True):
            one.until("started")
            server.wait_for(40)
        paused = (loads[0].workers[0], loads[1].coordinator)
        for process in paused:
            process.send_signal(signal.SIGSTOP)
        time.sleep(PAUSE)
        for process in paused:
            process.send_signal(signal.SIGCONT)
        self.worker, self.coordinator = (one.result() for one in loads)


@pytest.fixture(scope="module")
def paused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paused]:
    with ExitStack() as stack:
        yield Paused(stack, tmp_path_factory)


def test_a_worker_that_is_paused_for_a_moment_is_a_stall_and_not_lost(paused: Paused) -> None:
    """It looks ten times a second: of the pause it may miss one look's time."""
    (stall,) = numbers(paused.worker, "event loop stood still")
    assert PAUSE - 0.1 <= stall < 10
    assert paused.worker.workers_lost == 0


def test_a_worker_that_is_paused_begins_its_next_stages_after_the_other(paused: Paused) -> None:
    """The first of them begins, and the coordinator sees it, within the pause's first half."""
    apart = numbers(paused.worker, "apart")
    assert PAUSE - SHORT - 0.25 <= max(apart) < 10
    assert paused.worker.stages_apart == max(apart)


def test_a_coordinator_that_is_paused_for_a_moment_makes_its_stages_late(paused: Paused) -> None:
    """It looks four times a second."""
    (late,) = numbers(paused.coordinator, "stages were late")
    assert PAUSE - 0.25 <= late < 10
    assert paused.coordinator.workers_lost == 0
    assert numbers(paused.worker, "stages were late") == []


def test_users_who_wait_for_their_last_answer_make_no_stage_late(tmp_path: Path) -> None:
    """Nine of ten are to stop, and have to wait for 2 s first."""
    stages = [{"name": "many", "users": 10, "duration": 2}, {"name": "few", "users": 1, "duration": 3}]
    with (
        FreezingServer(delays=(2.0,)) as server,
        DistributedLoad(plan(server.url, stages=stages), tmp_path) as load,
    ):
        assert numbers(load.result(), "stages were late") == []


def burned(folder: Path) -> tuple[LoadResult, float]:
    """A load whose only user does nothing but burn; the share of a core that its worker really got."""
    told = folder / "share"
    result = of_one_user(folder, BURNING.format(told=told), users=1, duration=5)
    return result, float(told.read_text())


def test_a_worker_that_uses_its_core_up_is_told_with_its_share(tmp_path: Path) -> None:
    """Its own measure holds on any machine. A busy one may not have a whole core for it: then it is tried again."""
    tries = (burned(tmp_path) for _ in range(TRIES))
    result, share = next(one for number, one in enumerate(tries, 1) if number == TRIES or one[1] > ENOUGH)
    (cpu,) = result.generator_cpu.values()
    assert share - 0.15 < cpu < 1.05
    assert numbers(result, "more than 80 % of its core") == ([cpu] if cpu > 0.8 else [])
    if share <= ENOUGH:
        pytest.skip(f"the machine is too busy: at the last try, too, the worker had {share:.0%} of its core")


def test_what_a_worker_needs_to_prepare_itself_is_not_held_against_the_load(tmp_path: Path) -> None:
    """Users of an open model are made before the load's time begins, and one that takes long keeps its worker busy."""
    result = of_one_user(tmp_path, PREPARING, rate=2, duration=3)
    assert result.totals.arrived == 6
    assert numbers(result, "more than 80 % of its core") == []
