"""A real PostgreSQL server whose connections are taken, seen by an application that wants one."""

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from stresscampaigns.api.fault_protocol import (
    DATABASE_PASSWORD,
    DATABASE_USER,
    FaultEvent,
    FaultOrder,
    parse_fault_events,
)
from stresscampaigns.faults.connections import exhausted
from stresscampaigns.faults.protocol import CannotWork
from tests.unit.faults.held_faults import PATIENCE, last_event, lines, stopped
from tests.unit.faults.postgres_server import MOST, PASSWORD, RESERVED, USER, Postgres, needs_postgres

pytestmark = needs_postgres
FREE = MOST - RESERVED
HOLDERS: list[subprocess.Popen[str]] = []
NOBODY = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs") if os.geteuid() == 0 else ()


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as postgres:
        yield postgres


@pytest.fixture(autouse=True)
def quiet(server: Postgres) -> Iterator[None]:
    """Each test finds and leaves a server without sessions."""
    yield
    while HOLDERS:
        HOLDERS.pop().kill()
    assert all(server.becomes(0, user) for user in (USER, "digested", "chief"))


def started(
    port: int, seconds: float = 600, user: str = USER, password: str = PASSWORD, **settings: Any
) -> tuple[subprocess.Popen[str], FaultEvent]:
    """A holder without any capability, and what it has said once that is more than that it could work."""
    now = time.time()
    settings = {"port": port, "credentials": {"database": "postgres"}, **settings}
    order = FaultOrder("DatabasePoolExhausted", "stress-f", now, now + seconds, settings)
    command = [*NOBODY, sys.executable, "-m", "stresscampaigns.faults", "hold", order.text()]
    environment = {**os.environ, DATABASE_USER: user, DATABASE_PASSWORD: password}
    pipe = subprocess.PIPE
    holder = subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)
    HOLDERS.append(holder)
    for line in lines(holder):
        for event in parse_fault_events(line):
            if event.event != "checked":
                return holder, event
    raise AssertionError(holder.communicate(timeout=PATIENCE)[1])


def held(server: Postgres, seconds: float = 600, **asked: Any) -> subprocess.Popen[str]:
    holder, said = started(server.port, seconds, **asked)
    assert said.event == "injected", said
    return holder


def refusal(port: int, **asked: Any) -> str:
    holder, said = started(port, **asked)
    holder.communicate(timeout=PATIENCE)
    assert said.event == "refused"
    return said.message or ""


@pytest.mark.parametrize(("user", "taken"), [(USER, FREE), ("digested", FREE), ("chief", MOST)])
def test_all_connections_that_its_user_could_have_are_taken_and_given_back(
    server: Postgres, user: str, taken: int
) -> None:
    holder = held(server, user=user)
    assert not server.lets_in(user)
    said = stopped(holder)
    assert (said.event, said.harmed, said.unit) == ("aborted", taken, "connections held")
    assert server.lets_in(user)


def test_those_that_are_kept_for_superusers_stay_free_for_them(server: Postgres) -> None:
    holder = held(server)
    assert server.becomes(FREE)
    assert server.lets_in("chief")
    stopped(holder)


def test_they_are_given_back_at_the_deadline(server: Postgres) -> None:
    holder = held(server, 2)
    said = last_event(holder)
    assert (said.event, said.harmed) == ("ended", FREE)
    assert server.lets_in()


def test_some_are_left_where_some_are_asked_for(server: Postgres) -> None:
    holder = held(server, leave=2)
    assert server.becomes(FREE - 2)
    with server.application(), server.application():
        assert not server.lets_in()
    assert stopped(holder).harmed == FREE - 2


@pytest.mark.parametrize("leave", [{}, {"leave": 2}])
def test_what_gets_free_meanwhile_is_taken_too(server: Postgres, leave: dict[str, int]) -> None:
    left = leave.get("leave", 0)
    with server.application(), server.application(), server.application():
        holder = held(server, **leave)
        assert server.sessions("watcher") == 3
        assert server.becomes(FREE - 3 - left)
    assert server.becomes(FREE - left)
    assert stopped(holder).harmed == FREE - left


def test_sessions_that_somebody_ends_are_replaced(server: Postgres) -> None:
    holder = held(server)
    cut = server.query(
        f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{USER}'"
    )
    assert cut == str(FREE)
    assert server.becomes(FREE)
    assert stopped(holder).harmed == FREE


def test_a_server_that_was_away_is_exhausted_again_when_it_is_back(server: Postgres) -> None:
    holder = held(server)
    server.stop()
    server.start()
    assert server.becomes(FREE)
    assert stopped(holder).event == "aborted"


def test_connections_go_with_the_process_that_holds_them(server: Postgres) -> None:
    holder = held(server)
    holder.kill()
    assert server.becomes(0, seconds=2)
    holder.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("leave", [{}, {"leave": 2}])
def test_of_a_process_that_is_stopped_the_server_ends_them_at_the_deadline(
    server: Postgres, leave: dict[str, int]
) -> None:
    begun = time.monotonic()
    holder = held(server, 4, **leave)
    taken = FREE - leave.get("leave", 0)
    assert server.becomes(taken)
    while time.monotonic() < begun + 2.5:
        assert server.sessions() == taken
    holder.send_signal(signal.SIGSTOP)
    assert server.becomes(0, seconds=begun + 5.5 - time.monotonic())
    holder.send_signal(signal.SIGCONT)
    assert last_event(holder).event == "ended"


def test_a_password_never_shows(server: Postgres) -> None:
    holder = held(server)
    command = Path(f"/proc/{holder.pid}/cmdline").read_text()
    holder.terminate()
    out, errors = holder.communicate(timeout=PATIENCE)
    assert not any(PASSWORD in text for text in (command, out, errors))


def test_a_wrong_login_is_refused_and_neither_user_nor_password_shows(server: Postgres) -> None:
    words = refusal(server.port, user="somebody", password="wrong one")
    assert "does not let us in: password authentication failed" in words
    assert "somebody" not in words
    assert "wrong one" not in words


def test_a_user_who_may_have_a_few_only_cannot_exhaust_a_server(server: Postgres) -> None:
    assert "connection limit of its own (5)" in refusal(server.port, user="limited")


def test_a_server_that_is_full_before_it_begins_is_told_so(server: Postgres) -> None:
    holder = held(server)
    assert "no connection left before" in refusal(server.port)
    stopped(holder)


def test_where_nobody_listens_it_is_refused() -> None:
    assert "no server answers at port 1 of this pod" in refusal(1)


def test_without_credentials_it_is_refused() -> None:
    order = FaultOrder(
        "DatabasePoolExhausted", "f", 0, 1, {"port": 1, "credentials": {"database": "postgres"}}
    )
    with pytest.raises(CannotWork, match="no credentials"):
        exhausted(order, lambda name: None)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak PostgreSQL's protocol"),
        (b"R\0\0\0\x0c\0\0\0\x07abcd", "neither password, MD5 nor SCRAM"),
        (b"R\0\0\0\x04", "does not speak PostgreSQL's protocol"),
        (b"R\xff\xff\xff\xff", "does not speak PostgreSQL's protocol"),
        (b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0R\0\0\0\x0b\0\0\0\x0br=x", "does not speak PostgreSQL's"),
        (b'E\0\0\0\x3bC42704\0Munrecognized parameter "idle_session_timeout"\0\0', "PostgreSQL 14 or newer"),
        (b"", "the server closed the connection"),
    ],
)
def test_what_is_no_postgres_of_today_is_refused_with_words(answer: bytes, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=_answer, args=(other, answer), daemon=True).start()
        assert words in refusal(other.getsockname()[1])


def test_a_server_that_only_pretends_to_know_the_password_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=_pretend, args=(other,), daemon=True).start()
        assert "does not know the password" in refusal(other.getsockname()[1])


def _pretend(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        connection.recv(1000)
        connection.sendall(_asks(10, b"SCRAM-SHA-256\0\0"))
        nonce = connection.recv(1000).rpartition(b"r=")[2]
        connection.sendall(_asks(11, b"r=" + nonce + b"x,s=AAAA,i=1"))
        connection.recv(1000)
        connection.sendall(_asks(12, b"v=AAAA") + _asks(0, b"") + b"Z\0\0\0\x05I")
        connection.recv(1000)


def _asks(number: int, words: bytes) -> bytes:
    return b"R" + struct.pack(">ii", 8 + len(words), number) + words


def _answer(listening: socket.socket, answer: bytes) -> None:
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        connection.recv(1000)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1000)
