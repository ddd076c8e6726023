"""What each built-in scenario sends, and what it takes for a failure."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from stresscampaigns.api.load_plan import PlannedScenario
from stresscampaigns.load.recorder import Recorder
from stresscampaigns.load.scenarios import set_writes, user_classes
from stresscampaigns.load.users import Means
from stresscampaigns.load.written import Written
from tests.unit.load.environment import Environment
from tests.unit.load.http.raw_server import ok, read_request, redirect, serving

Answer = Callable[[str, str, bytes], bytes]
"""Method, path, body → the bytes to answer with."""


@pytest.fixture(autouse=True)
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr(Means, "recorder", made)
    return made


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    made = Written()
    monkeypatch.setattr(set_writes, "WRITTEN", made)
    return made


@contextmanager
def target(answer: Answer) -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    seen: list[tuple[str, str, bytes]] = []

    def handle(sock: Any) -> None:
        while request := read_request(sock):
            head, _, body = request.partition(b"\r\n\r\n")
            method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
            seen.append((method, path, body))
            sock.sendall(answer(method, path, body))

    with serving(handle) as url:
        yield url, seen


def live(url: str, iterations: int, name: str, **parameters: object) -> None:
    """So many iterations of one user."""
    (made,) = user_classes([PlannedScenario.model_validate({"name": name, "parameters": parameters})])
    user = made(Environment(url))
    for _ in range(iterations):
        user.iteration()


def counted(recorder: Recorder) -> dict[str, tuple[int, dict[str, int]]]:
    """Name → how many, and failures by kind."""
    return {
        one["name"]: (one["count"], one["failures"])
        for entries in recorder.take().values()
        for one in entries
    }


def status(code: int, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {code} X", "Content-Length: 0", *headers, "", ""]).encode()


def test_an_agent_reads_back_the_workflow_that_it_started(recorder: Recorder) -> None:
    with target(lambda method, path, body: ok(b'{"id": 7}')) as (url, seen):
        live(url, 2, "agent-workflow", readRatio=1)
    assert [path for _, path, _ in seen] == ["/workflows", "/workflows/7"] * 2
    assert counted(recorder) == {"POST /workflows": (2, {}), "GET /workflows/[id]": (2, {})}


def test_an_answer_without_what_was_asked_for_is_a_failure(recorder: Recorder) -> None:
    with target(lambda method, path, body: ok(b"[]")) as (url, _):
        live(url, 1, "agent-workflow")
    assert counted(recorder) == {"POST /workflows": (1, {"the answer holds no id": 1})}


def test_another_workflow_than_the_one_asked_for_is_a_failure(recorder: Recorder) -> None:
    def answer(method: str, path: str, body: bytes) -> bytes:
        return ok(b'{"id": 7}' if method == "POST" else b'{"id": 8}')

    with target(answer) as (url, _):
        live(url, 1, "agent-workflow", readRatio=1)
    assert counted(recorder)["GET /workflows/[id]"] == (1, {"the answer holds another id": 1})


def test_a_database_pool_scenario_holds_a_connection_for_as_long_as_asked() -> None:
    with target(lambda method, path, body: ok()) as (url, seen):
        live(url, 1, "database-pool", hold="150ms")
    ((method, path, body),) = seen
    assert (method, path, json.loads(body)) == ("POST", "/queries", {"milliseconds": 150})


def test_what_a_limiter_lets_through_and_refuses_is_counted_under_two_names(recorder: Recorder) -> None:
    turns = iter([ok(), status(429, "Retry-After: 1"), ok(), status(429, "Retry-After: 2")])
    with target(lambda method, path, body: next(turns)) as (url, _):
        live(url, 4, "rate-limiter")
    assert counted(recorder) == {"GET /limited": (2, {}), "GET /limited refused": (2, {})}


def test_the_budget_of_a_limiter_is_found_to_the_request(recorder: Recorder) -> None:
    budget = iter(range(37))

    def limited(method: str, path: str, body: bytes) -> bytes:
        return ok() if next(budget, None) is not None else status(429, "Retry-After: 1")

    with target(limited) as (url, _):
        live(url, 200, "rate-limiter")
    assert counted(recorder) == {"GET /limited": (37, {}), "GET /limited refused": (163, {})}


def test_who_is_told_when_to_come_back_waits_as_long_and_is_let_through(recorder: Recorder) -> None:
    refused_at: list[float] = []

    def limited(method: str, path: str, body: bytes) -> bytes:
        now = time.monotonic()
        if refused_at and now - refused_at[-1] >= 1.0:
            return ok()
        refused_at.append(now)
        return status(429, "Retry-After: 1")

    with target(limited) as (url, _):
        live(url, 2, "rate-limiter", honourRetryAfter=True)
    assert counted(recorder) == {"GET /limited": (1, {}), "GET /limited refused": (1, {})}


def test_who_does_not_listen_when_to_come_back_is_refused_again(recorder: Recorder) -> None:
    with target(lambda method, path, body: status(429, "Retry-After: 3600")) as (url, _):
        live(url, 3, "rate-limiter")
    assert counted(recorder) == {"GET /limited refused": (3, {})}


@pytest.mark.parametrize("told", [(), ("Retry-After: soon",), ("Retry-After: 0.5",)])
def test_a_refusal_that_does_not_say_when_to_come_back_is_a_failure(
    recorder: Recorder, told: tuple[str, ...]
) -> None:
    with target(lambda method, path, body: status(429, *told)) as (url, _):
        live(url, 1, "rate-limiter")
    ((_, failures),) = counted(recorder).values()
    assert failures == {"429 without a Retry-After in whole seconds": 1}


def test_a_limiter_that_fails_otherwise_is_a_failure_of_its_status(recorder: Recorder) -> None:
    with target(lambda method, path, body: status(500)) as (url, _):
        live(url, 1, "rate-limiter")
    assert counted(recorder) == {"GET /limited": (1, {"HTTP 500": 1})}


class Sessions:
    """Holds what it is given, as the target should; `spoil` says what it gives back instead."""

    def __init__(self, spoil: bytes | None = None) -> None:
        self.held: dict[str, bytes] = {}
        self._spoil = spoil

    def __call__(self, method: str, path: str, body: bytes) -> bytes:
        if method == "POST":
            identifier = str(len(self.held))
            self.held[identifier] = body
            return ok(json.dumps({"id": identifier}).encode())
        identifier = path.rsplit("/", 1)[-1]
        if identifier not in self.held:
            return status(404)
        if method == "PUT":
            self.held[identifier] = body
            return ok(b"")
        return ok(self._spoil if self._spoil is not None else self.held[identifier])


def test_sessions_are_opened_then_read_and_replaced_in_turn(recorder: Recorder) -> None:
    with target(Sessions()) as (url, seen):
        live(url, 7, "memory-pressure", sessions=3, payloadBytes=1024)
    assert Counter(method for method, _, _ in seen) == {"POST": 3, "GET": 4, "PUT": 4}
    assert {len(body) for method, _, body in seen if method != "GET"} == {1024}
    assert all(failures == {} for _, failures in counted(recorder).values())


def test_a_session_that_holds_something_else_is_a_failure(recorder: Recorder) -> None:
    with target(Sessions(spoil=b"else")) as (url, _):
        live(url, 2, "memory-pressure", sessions=1)
    assert counted(recorder)["GET /sessions/[id]"] == (1, {"the session holds something else": 1})


def test_a_session_that_is_gone_is_a_failure_and_another_one_is_opened(recorder: Recorder) -> None:
    sessions = Sessions()
    with target(sessions) as (url, seen):
        (made,) = user_classes(
            [PlannedScenario.model_validate({"name": "memory-pressure", "parameters": {"sessions": 1}})]
        )
        user = made(Environment(url))
        user.iteration()
        sessions.held.clear()
        user.iteration()
        user.iteration()
    assert [method for method, _, _ in seen] == ["POST", "GET", "POST"]
    assert counted(recorder)["GET /sessions/[id]"] == (1, {"HTTP 404": 1})


def test_a_writer_writes_unique_elements_and_notes_what_it_was_answered(
    recorder: Recorder, written: Written
) -> None:
    turns = iter([ok(), status(503), status(409), b"no HTTP\r\n\r\n", status(201)])
    with target(lambda method, path, body: next(turns)) as (url, seen):
        live(url, 5, "set-writes")
    (book,) = written.books
    elements = [json.loads(body)["element"] for _, _, body in seen]
    assert [book.ledger.number(one) for one in elements] == [0, 1, 2, 3, 4]
    assert (book.ledger.attempted, book.ledger.refused) == (5, 1)
    assert book.ledger.acknowledged.as_int() == 0b10001
    assert counted(recorder)["POST /entries"][0] == 5


@pytest.mark.parametrize("last", [ok(), status(404)], ids=["found", "missing"])
@pytest.mark.parametrize("code", [302, 303, 307])
def test_what_is_answered_behind_a_redirect_neither_acknowledges_nor_refuses_an_element(
    written: Written, code: int, last: bytes
) -> None:
    with target(lambda method, path, body: last if path == "/login" else redirect("/login", code)) as (
        url,
        _,
    ):
        live(url, 2, "set-writes")
    (book,) = written.books
    assert (book.ledger.attempted, book.ledger.refused, book.ledger.acknowledged.as_int()) == (2, 0, 0)


def test_no_two_users_write_the_same_element(written: Written) -> None:
    with target(lambda method, path, body: ok()) as (url, seen):
        live(url, 3, "set-writes")
        live(url, 3, "set-writes")
    assert len({body for _, _, body in seen}) == 6


def test_whatever_was_sent_is_counted_when_the_load_ends_in_the_midst_of_it(recorder: Recorder) -> None:
    import gevent

    with serving(lambda sock: gevent.sleep(30)) as url:
        user = gevent.spawn(live, url, 1, "http")
        gevent.sleep(0.05)
        user.kill()
    assert counted(recorder) == {"GET /": (1, {"CutOff": 1})}
    assert (recorder.sent, recorder.completed) == (1, 1)
