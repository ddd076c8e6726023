"""Real loads that write: what the target forgets is found when all is over, by workers as processes of their own."""

from pathlib import Path

import pytest

from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.written_set import WrittenSet
from tests.unit.load.distributed import DistributedLoad, plan
from tests.unit.load.keeping_server import KeepingServer

STAGES = [{"name": "up", "users": 4, "duration": 1}, {"name": "down", "users": 1, "duration": 1}]
WRITES = {"name": "set-writes", "parameters": {"thinkTime": "20ms"}}
WRITERS = 4
"""Users at once; none comes later."""


@pytest.fixture(scope="module")
def target() -> KeepingServer:
    return KeepingServer(forgets=10)


@pytest.fixture(scope="module")
def result(target: KeepingServer, tmp_path_factory: pytest.TempPathFactory) -> LoadResult:
    folder = tmp_path_factory.mktemp("load")
    with target, DistributedLoad(plan(target.url, stages=STAGES, scenarios=[WRITES]), folder) as load:
        return load.result()


@pytest.fixture(scope="module")
def told(result: LoadResult) -> WrittenSet:
    assert result.written is not None
    return result.written


def test_every_element_that_the_target_has_forgotten_is_found_and_no_other(
    told: WrittenSet, target: KeepingServer
) -> None:
    assert told.lost == len(target.forgotten) > 0
    assert {one.element for one in told.lost_elements} == target.forgotten


def test_elements_of_users_that_are_gone_are_read_back_too(told: WrittenSet, target: KeepingServer) -> None:
    assert told.kept + told.recovered == len(target.kept)
    assert told.attempted == told.acknowledged + told.unknown == len(target.kept | target.forgotten)
    assert (told.never_read, told.problem) == (0, None)


def test_reading_back_is_on_the_wire_and_in_none_of_the_loads_numbers(
    result: LoadResult, told: WrittenSet
) -> None:
    assert result.totals.sent == result.totals.completed == told.attempted
    asked = result.totals.transmitted - told.attempted
    assert asked == told.attempted + WRITERS, "each element, and of each writer one that it never wrote"
    assert result.findings == []
    assert result.finished - result.started == pytest.approx(2, abs=1.5)


def test_a_load_that_writes_nothing_has_no_set(tmp_path: Path) -> None:
    stages = [{"name": "only", "users": 1, "duration": 1}]
    with KeepingServer() as keeping, DistributedLoad(plan(keeping.url, stages=stages), tmp_path) as load:
        assert load.result().written is None


def test_a_load_that_is_aborted_tells_its_results_without_reading_anything_back(tmp_path: Path) -> None:
    rule = {"name": "stalled", "kind": "throughput", "below": 1_000_000, "seconds": 1}
    stages = [{"name": "long", "users": 2, "duration": 60}]
    keeping = KeepingServer()
    asked = plan(keeping.url, stages=stages, scenarios=[WRITES], abort_rules=[rule])
    with keeping, DistributedLoad(asked, tmp_path) as load:
        result = load.result()
    assert result.totals.completed > 0
    assert result.written is None
    assert not keeping.reading.is_set()


def test_a_worker_that_dies_while_it_reads_takes_its_answer_with_it(tmp_path: Path) -> None:
    stages = [{"name": "only", "users": 2, "duration": 1}]
    keeping = KeepingServer()
    keeping.answers.clear()
    with keeping, DistributedLoad(plan(keeping.url, stages=stages, scenarios=[WRITES]), tmp_path) as load:
        assert keeping.reading.wait(60)
        load.workers[0].kill()
        keeping.answers.set()
        told = load.result().written
    assert told is not None
    assert told.problem == "1 of 2 workers did not tell what became of what they wrote"
    assert 0 < told.kept < len(keeping.kept)
