"""Real loads: coordinator and workers as processes, against a server that counts for itself."""

from pathlib import Path

import pytest

from stresscampaigns.api.load_events import (
    AbortWanted,
    BeforeFault,
    Failed,
    Finished,
    LoadEvent,
    NotGood,
    assemble_result,
)
from stresscampaigns.api.load_plan import PlannedWindow
from stresscampaigns.api.load_result import LoadResult, WindowStats
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan

STAGES = [
    {"name": "up", "users": 4, "ramp": 0.5, "duration": 2.5},
    {"name": "down", "users": 2, "duration": 1},
]


def window(result: LoadResult, name: str) -> WindowStats:
    return next(one for one in result.windows if one.name == name)


def counted(result: LoadResult, name: str) -> int:
    return sum(one.count for one in window(result, name).requests)


@pytest.fixture(scope="module")
def ended(server: CountingServer, tmp_path_factory: pytest.TempPathFactory) -> DistributedLoad:
    """One short load, over."""
    fault = PlannedWindow(name="fault", start=1, end=2)
    folder = tmp_path_factory.mktemp("load")
    with DistributedLoad(plan(server.url, stages=STAGES, windows=[fault]), folder) as load:
        load.wait()
        return load


@pytest.fixture(scope="module")
def events(ended: DistributedLoad) -> list[LoadEvent]:
    """What the coordinator told."""
    return ended.events()


@pytest.fixture(scope="module")
def result(events: list[LoadEvent]) -> LoadResult:
    return assemble_result(events)


def test_the_servers_own_counter_agrees_exactly(result: LoadResult, server: CountingServer) -> None:
    assert counted(result, "whole") == server.by_path.total() > 0


def test_what_went_over_the_wire_is_what_the_server_counted(
    result: LoadResult, server: CountingServer
) -> None:
    totals = result.totals
    assert totals.transmitted == totals.answered == totals.sent == server.by_path.total()


def test_the_seconds_add_up_to_the_whole(result: LoadResult) -> None:
    assert sum(second.completed for second in result.seconds) == counted(result, "whole")
    assert [second.t for second in result.seconds] == list(range(len(result.seconds)))


def test_a_window_of_whole_seconds_holds_just_those(result: LoadResult) -> None:
    assert counted(result, "fault") == result.seconds[1].completed


def test_every_worker_has_said_when_it_began_each_stage(result: LoadResult) -> None:
    assert result.stages_apart is not None
    assert result.stages_apart > 0
    assert result.findings == []


def test_every_worker_is_known_and_none_was_lost(result: LoadResult) -> None:
    assert (result.workers_expected, result.workers_lost, len(result.generator_cpu)) == (2, 0, 2)


def test_the_highest_number_of_users_is_the_stages(result: LoadResult) -> None:
    assert max(second.users for second in result.seconds) == 4


def test_the_coordinator_tells_its_way_in_order(events: list[LoadEvent]) -> None:
    told = [event.event for event in events if event.event not in ("heartbeat", "results")]
    assert told == ["ready", "started", "finished"]


def test_when_all_is_over_coordinator_and_workers_end_well(ended: DistributedLoad) -> None:
    assert ended.exit_codes() == [0, 0, 0]


def test_users_are_shared_among_scenarios_by_their_weights(tmp_path: Path) -> None:
    """Eight users, 3:1, on two workers. Each user keeps one connection, which the server sees."""
    scenarios = [
        {"name": "http", "weight": weight, "parameters": {"path": path, "thinkTime": "20ms"}}
        for path, weight in (("/often", 3), ("/seldom", 1))
    ]
    stages = [{"name": "only", "users": 8, "duration": 1}]
    with (
        CountingServer() as server,
        DistributedLoad(plan(server.url, stages=stages, scenarios=scenarios), tmp_path) as load,
    ):
        load.wait()
    assert {path: len(users) for path, users in server.connections.items()} == {"/often": 6, "/seldom": 2}


def test_a_load_whose_workers_never_connect_fails_with_the_count(tmp_path: Path) -> None:
    nobody = plan("http://127.0.0.1:9", connect_timeout=0.2)
    with DistributedLoad(nobody, tmp_path, workers=0) as load:
        events = load.events()
        code = load.coordinator.returncode
    assert code == 3
    assert [event.reason for event in events if isinstance(event, Failed)] == [
        "0 of 2 workers connected within 0.2s"
    ]


ENDLESS = """
import gevent
from locust import HttpUser, task

class Visitor(HttpUser):
    @task
    def visit(self):
        while True:
            self.client.get("/")
            gevent.sleep(0.02)
"""


def test_a_load_whose_abort_rule_holds_ends_at_once_and_tells_what_it_has_measured(
    server: CountingServer, tmp_path: Path
) -> None:
    file = tmp_path / "endless.py"
    file.write_text(ENDLESS)
    rule = {"name": "stalled", "kind": "throughput", "below": 1_000_000, "seconds": 1}
    long = {"stages": [{"name": "long", "users": 4, "duration": 60}], "stop_timeout": 30}
    asked = plan(server.url, locustfile=str(file), abort_rules=[rule], **long)
    with DistributedLoad(asked, tmp_path) as load:
        events = load.events()
        assert load.exit_codes() == [0, 0, 0]
    wanted, over = (next(one for one in events if isinstance(one, kind)) for kind in (AbortWanted, Finished))
    assert (wanted.rule, wanted.value > 0) == ("stalled", True)
    assert over.at - wanted.at < 15  # users that are not told to end at once take the 30 s
    result = assemble_result(events)
    assert counted(result, "whole") > 0
    assert result.workers_lost == 0
    assert len(result.seconds) < 30


def test_a_load_with_a_rule_on_recovery_tells_each_second_that_is_not_good(
    server: CountingServer, tmp_path: Path
) -> None:
    """By the rule's own words: here none is, for none is as fast as that."""
    rule = {"name": "heals", "start": 1, "max_error_ratio": 0, "max_p95_us": 1, "good_seconds": 3}
    stages = [{"name": "only", "users": 2, "duration": 4}]
    with DistributedLoad(plan(server.url, stages=stages, recovery_rules=[rule]), tmp_path) as load:
        told = [event for event in load.events() if isinstance(event, NotGood)]
    assert told[-1].bad[0][0] == 0
    assert told[-1].bad[-1][1] >= 2
    assert told[-1].completed > 0


def test_a_load_tells_each_second_before_a_fault_with_all_that_is_counted_by_then(
    server: CountingServer, tmp_path: Path
) -> None:
    before = [{"name": "cut", "start": 0, "end": 2}]
    stages = [{"name": "only", "users": 2, "duration": 5}]
    with DistributedLoad(plan(server.url, stages=stages, before_faults=before), tmp_path) as load:
        events = load.events()
    told = [event for event in events if isinstance(event, BeforeFault)]
    measured = assemble_result(events).seconds[:2]
    assert [(one.t, one.failed) for one in told] == [(0, 0), (1, 0)]
    # On a busy machine a worker may report the last of them later.
    assert all(0 < one.completed <= all_of.completed for one, all_of in zip(told, measured, strict=True))
