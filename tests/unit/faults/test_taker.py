"""Connections that are taken by a thread which may die: what is told then. The server is a fake."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from stresscampaigns.faults import connections
from stresscampaigns.faults.connections import Exhaustion
from stresscampaigns.faults.patience import comes_true
from stresscampaigns.faults.postgres import Login, Session
from stresscampaigns.faults.protocol import CannotWork
from stresscampaigns.faults.taking import Server

MOST = 3
DIES = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class Unforeseen(Exception):
    """Nobody thought of it."""


class FakeSession(Session):
    """A pair of sockets; what comes unasked is more than it can bear."""

    def __init__(self) -> None:
        self._socket, self.server_end = socket.socketpair()

    def ask(self, question: str) -> list[list[str | None]]:
        return [["1"]] if "count(*)" in question else [[str(MOST), "0", "-1"]]

    def lives(self) -> bool:
        raise Unforeseen


@dataclass(frozen=True)
class FakeServer(Server):
    """Gives as many sessions as it is asked for."""

    given: list[FakeSession] = field(default_factory=list)

    def session(self, seconds: float) -> FakeSession:
        self.given.append(FakeSession())
        return self.given[-1]


@dataclass(frozen=True)
class OddServer(FakeServer):
    """Lets in who asks, and nobody to stay."""

    def session(self, seconds: float) -> FakeSession:
        if self.given:
            raise Unforeseen
        return super().session(seconds)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    made = FakeServer(("127.0.0.1", 5432), Login("u", "p", "d"), "stress-f")
    yield made
    for one in made.given:
        one.close()


def taken(server: FakeServer) -> Exhaustion:
    fault = Exhaustion([server], 0)
    fault.check()
    fault.inject(600)
    return fault


def awaited_end(session: FakeSession) -> None:
    session.server_end.settimeout(30)
    with suppress(ConnectionResetError):  # what it was sent was not read
        while session.server_end.recv(100):
            pass


def test_connections_that_were_held_to_the_end_are_told(server: FakeServer) -> None:
    fault = taken(server)
    assert fault.evidence() == MOST
    fault.end()
    assert fault.gone()


def test_ended_before_it_is_asked_it_has_not_broken_off(server: FakeServer) -> None:
    fault = taken(server)
    fault.end()
    assert fault.evidence() == MOST


class EndedSession(FakeSession):
    """The server ends it."""

    def lives(self) -> bool:
        return False


@dataclass(frozen=True)
class ClosedServer(FakeServer):
    """Once all are taken, it lets in nobody any more, for a reason of its own."""

    refused: list[float] = field(default_factory=list)

    def session(self, seconds: float) -> FakeSession:
        if len(self.given) > MOST:  # one has looked whether it can work
            self.refused.append(seconds)
            raise OSError("u may not log in any more")
        self.given.append(EndedSession())
        return self.given[-1]


def test_connections_that_were_lost_and_could_not_be_taken_again_were_not_held_to_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "_LAPSE", 0.0)
    server = ClosedServer(("127.0.0.1", 5432), Login("u", "p", "d"), "stress-f")
    fault = taken(server)
    lost = server.given[-1]
    lost.server_end.send(b"E")
    awaited_end(lost)
    assert comes_true(lambda: len(server.refused) > 1, 30)
    with pytest.raises(CannotWork, match=r"could not be taken again in the last .*: … may not log in"):
        fault.evidence()
    fault.end()


@DIES
def test_a_taker_that_dies_gives_all_back_and_is_no_success(server: FakeServer) -> None:
    fault = taken(server)
    held = server.given[-1]
    held.server_end.send(b"?")
    awaited_end(held)
    fault.end()
    with pytest.raises(CannotWork, match="broke off"):
        fault.evidence()
    assert fault.gone()


@DIES
def test_a_helper_that_dies_ends_the_taking_and_is_no_success() -> None:
    fault = taken(OddServer(("127.0.0.1", 5432), Login("u", "p", "d"), "stress-f"))
    fault.end()
    with pytest.raises(CannotWork, match="broke off"):
        fault.evidence()
