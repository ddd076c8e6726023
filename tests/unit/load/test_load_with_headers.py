"""Loads on a target that wants a login: whatever sends, sends the campaign's own headers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.pool import Group
from locust.event import EventHook

from stresscampaigns.api.load_events import Failed
from stresscampaigns.api.load_plan import PlannedScenario
from stresscampaigns.load.dispatch import Dispatcher
from stresscampaigns.load.http.client import Client
from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.http.request import Standing
from stresscampaigns.load.recorder import Recorder
from stresscampaigns.load.scenarios import user_classes
from stresscampaigns.load.session import Session
from stresscampaigns.load.users import Means
from tests.unit.load.distributed import DistributedLoad, plan, whole
from tests.unit.load.environment import Environment
from tests.unit.load.http.raw_server import ok, read_request, serving
from tests.unit.load.keeping_server import KeepingServer

LOGIN = "Bearer s3cret"
LINE = f"\r\nAuthorization: {LOGIN}\r\n".encode()
ARRIVALS = 5
WITHIN = ["agent-workflow", "database-pool", "http", "memory-pressure", "rate-limiter", "set-writes"]
FILE = """
from locust import constant, task
from stresscampaigns.load.users import StressUser

class Visitor(StressUser):
    wait_time = constant(0.05)

    @task
    def visit(self):
        self.client.get("/anything", name="wanted")
        self.client.get("/anything", name="refused", headers={"authorization": "Bearer wrong"})
"""


@contextmanager
def target(*headers: str) -> Iterator[tuple[str, list[bytes]]]:
    """Its URL, and every request that reaches it."""
    seen: list[bytes] = []

    def handle(sock: Any) -> None:
        while request := read_request(sock):
            seen.append(request)
            sock.sendall(ok(b'{"id": 5}', *headers))

    with serving(handle) as url:
        yield url, seen


@pytest.fixture(autouse=True)
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    for name, fresh in (("connector", Connector()), ("recorder", made), ("dispatcher", None)):
        monkeypatch.setattr(Means, name, fresh)
    return made


def logged_in(url: str, **more: str) -> Connector:
    return Connector(standing=Standing.of(url, {"Authorization": LOGIN, **more}))


def user_class(url: str, name: str, monkeypatch: pytest.MonkeyPatch, **parameters: Any) -> Any:
    """The users of a built-in scenario, in a worker whose campaign has a login."""
    monkeypatch.setattr(Means, "connector", logged_in(url, accept="application/vnd.api+json"))
    scenario = PlannedScenario.model_validate({"name": name, "parameters": parameters})
    (made,) = user_classes([scenario])
    made.get_ready(url)
    return made


def user_of(url: str, name: str, monkeypatch: pytest.MonkeyPatch, **parameters: Any) -> Any:
    """One of them."""
    return user_class(url, name, monkeypatch, **parameters)(Environment(url))


@pytest.mark.parametrize("name", WITHIN)
def test_every_request_of_every_built_in_scenario_carries_them(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with target() as (url, seen):
        user = user_of(url, name, monkeypatch)
        for _ in range(8):
            user.iteration()
    assert len(seen) >= 8
    assert all(LINE in request for request in seen)
    assert all(b"\r\naccept: application/vnd.api+json\r\n" in request for request in seen)
    assert not any(b"Accept: " in request for request in seen)


def test_a_header_that_a_scenarios_own_parameters_give_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    with target() as (url, seen):
        user_of(url, "http", monkeypatch, headers={"authorization": "Basic mine"}, body={"a": 1}).iteration()
    assert b"\r\nauthorization: Basic mine\r\n" in seen[0]
    assert LINE not in seen[0]


def test_in_the_open_model_they_are_part_of_what_was_prepared_before_the_load(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An arrival sends one and the same bytes: what a header costs does not depend on how often it is sent."""
    with target() as (url, seen):
        dispatcher = Means.dispatcher = Dispatcher(iter([0.0] * ARRIVALS), {"http": 1})
        made, group = user_class(url, "http", monkeypatch), Group()
        users = [made(Environment(url)) for _ in range(ARRIVALS)]
        monkeypatch.setattr(Client, "prepare", None)
        for user in users:
            user.start(group)
        gevent.sleep(0.02)
        dispatcher.begin()
        with gevent.Timeout(10):
            while len(seen) < ARRIVALS:
                gevent.sleep(0.01)
        group.kill()
    assert {*seen} == {users[0].request.payload}
    assert LINE in seen[0]


def session(url: str, **more: str) -> Session:
    """`self.client` of a Locust file's StressUser."""
    return Session(Client(logged_in(url, **more)), url, EventHook(), Recorder())


def test_a_locust_files_own_client_carries_them_to_the_target_and_to_nobody_else() -> None:
    with target() as (elsewhere, there), target() as (url, seen):
        client = session(url)
        client.get("/")
        client.post(f"{url}/form", json={"a": 1})
        client.get(elsewhere)
    assert [LINE in request for request in seen] == [True, True]
    assert LOGIN.encode() not in there[0]


def test_what_a_locust_file_asks_for_itself_stands() -> None:
    with target() as (url, seen):
        session(url).get("/", headers={"Authorization": "mine"})
        session(url).get("/", auth=("me", "pw"))
    assert b"\r\nAuthorization: mine\r\n" in seen[0]
    assert b"\r\nAuthorization: Basic bWU6cHc=\r\n" in seen[1]


def test_the_campaigns_cookie_and_type_stand_before_those_that_the_client_would_find_by_itself() -> None:
    with target("Set-Cookie: session=theirs; Path=/") as (url, seen):
        client = session(url, cookie="session=ours", **{"content-type": "application/vnd.api+json"})
        client.get("/")
        client.post("/", json={"a": 1})
    assert b"\r\ncookie: session=ours\r\n" in seen[1]
    assert b"\r\ncontent-type: application/vnd.api+json\r\n" in seen[1]
    assert b"theirs" not in seen[1]
    assert b"application/json" not in seen[1]


def secret(folder: Path, held: bytes) -> dict[str, Any]:
    """Changes of a plan: a login out of a Secret."""
    file = folder / "api-login" / "token"
    file.parent.mkdir()
    file.write_bytes(held)
    return {"headers": [{"name": "Authorization", "file": str(file)}]}


def test_a_load_with_a_login_is_let_in_and_so_is_whoever_reads_back_what_it_wrote(tmp_path: Path) -> None:
    """Real processes; the Secret was written by `echo`."""
    changes = secret(tmp_path, f"{LOGIN}\n".encode())
    changes["scenarios"] = [{"name": "set-writes", "parameters": {"thinkTime": "50ms"}}]
    with (
        KeepingServer(login=LOGIN) as keeping,
        DistributedLoad(plan(keeping.url, **changes), tmp_path) as load,
    ):
        result = load.result()
        complaints = load.complaints()
    assert result.totals.sent > 0
    assert [one.failures for one in whole(result).requests] == [{}]
    assert result.written is not None
    assert (result.written.kept, result.written.problem) == (len(keeping.kept), None)
    assert LOGIN not in complaints + result.model_dump_json()


def test_a_locust_file_is_let_in_by_its_own_client_and_where_it_says_so_refused(tmp_path: Path) -> None:
    (tmp_path / "locustfile.py").write_text(FILE)
    changes = secret(tmp_path, LOGIN.encode())
    own = {"scenarios": [], "locustfile": str(tmp_path / "locustfile.py"), "workers": 1}
    keeping = KeepingServer(login=LOGIN)
    with keeping, DistributedLoad(plan(keeping.url, **changes, **own), tmp_path) as load:
        kinds = {one.name: set(one.failures) for one in whole(load.result()).requests}
    assert kinds == {"GET wanted": {"HTTP 404"}, "GET refused": {"HTTP 401"}}


def test_a_secret_that_no_header_can_hold_ends_the_worker_before_the_first_request(tmp_path: Path) -> None:
    """The coordinator, which has no part in the Secret, only misses it."""
    changes = secret(tmp_path, b"s3cret\ns3cret") | {"workers": 1, "connect_timeout": 4}
    with KeepingServer() as keeping, DistributedLoad(plan(keeping.url, **changes), tmp_path) as load:
        (failed,) = load.events()
        codes, complaints = load.exit_codes(), load.complaints()
    assert codes == [3, 3]
    assert "header Authorization: key token of Secret api-login holds line breaks" in complaints
    assert isinstance(failed, Failed)
    assert failed.reason == "0 of 1 workers connected within 4s"
    assert "s3cret" not in complaints
