"""Names that do not resolve, asked for in a real network namespace."""

import pytest

from tests.unit.faults.held_faults import start, stopped, traces
from tests.unit.faults.name_server import NameServer
from tests.unit.faults.namespaces import Namespaces, needs_namespaces

pytestmark = needs_namespaces


@pytest.fixture
def server(pod: Namespaces) -> NameServer:
    known = NameServer(pod)
    assert known.ask("db.example.com") == "0"
    assert known.ask("db.example.com", over="tcp") == "0"
    return known


def test_no_name_gets_an_answer(pod: Namespaces, server: NameServer) -> None:
    holder = start(pod, "DnsFailure", 600, port=None)
    assert server.ask("db.example.com") == "silence"
    assert server.ask("db.example.com", over="tcp") == "silence"
    assert stopped(holder).harmed
    assert server.ask("db.example.com") == "0"


@pytest.mark.parametrize(("how", "code"), [("NoSuchName", "3"), ("ServerFailure", "2")])
def test_names_get_the_answer_that_was_asked_and_over_tcp_none(
    pod: Namespaces, server: NameServer, how: str, code: str
) -> None:
    holder = start(pod, "DnsFailure", 600, port=None, how=how)
    assert server.ask("db.example.com") == code
    assert server.ask("other.example.com") == code
    assert server.ask("db.example.com", over="tcp") == "silence"
    said = stopped(holder)
    assert said.unit == "questions unanswered"
    assert (said.harmed or 0) >= 3
    assert server.ask("db.example.com") == "0"
    assert traces(pod) == ""


@pytest.mark.parametrize(("how", "seen"), [("Silent", "silence"), ("NoSuchName", "3")])
def test_only_its_names_fail(pod: Namespaces, server: NameServer, how: str, seen: str) -> None:
    start(pod, "DnsFailure", 600, port=None, how=how, names=["db.example.com", "*.away.test"])
    assert [server.ask(name) for name in ("db.example.com", "DB.Example.COM", "a.b.away.test")] == [seen] * 3
    assert [server.ask(name) for name in ("example.com", "adb.example.com", "away.test")] == ["0"] * 3
    assert server.ask("db.example.com", over="tcp") == "silence"
    assert server.ask("example.com", over="tcp") == "0"


def test_with_its_holder_killed_all_names_resolve(pod: Namespaces, server: NameServer) -> None:
    holder = start(pod, "DnsFailure", 600, port=None, how="ServerFailure")
    assert server.ask("db.example.com") == "2"
    holder.kill()
    holder.wait()
    assert server.ask("db.example.com") == "0"
