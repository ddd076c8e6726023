"""`self.client` of a Locust file, made by our client: what Locust's own offers, it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from locust.event import EventHook

from stresscampaigns.load.http.client import Client
from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.recorder import Recorder, failure_kind, is_counted
from stresscampaigns.load.session import Session
from tests.unit.load.http.raw_server import Handler, ok, read_request, serving

FAILS = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


class Told:
    """What Locust's request event was told."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, **event: Any) -> None:
        self.events.append(event)

    @property
    def kinds(self) -> list[str | None]:
        return [one["exception"] and failure_kind(one["exception"]) for one in self.events]


@contextmanager
def session(answer: bytes, seen: list[bytes] | None = None) -> Iterator[tuple[Session, Told]]:
    def handle(sock: Any) -> None:
        while request := read_request(sock):
            if seen is not None:
                seen.append(request)
            sock.sendall(answer)

    handler: Handler = handle
    hook, told = EventHook(), Told()
    hook.add_listener(told)
    with serving(handler) as url:
        yield Session(Client(Connector()), url, hook, Recorder()), told


def test_a_request_is_told_with_name_time_and_size() -> None:
    with session(ok(b"hello")) as (client, told):
        assert client.get("/page/7", name="/page/[id]").text == "hello"
    (event,) = told.events
    assert (event["request_type"], event["name"], event["response_length"]) == ("GET", "/page/[id]", 5)
    assert event["response_time"] > 0


def test_a_status_of_400_or_more_is_a_failure() -> None:
    with session(FAILS) as (client, told):
        client.get("/")
    assert told.kinds == ["HTTP 503"]


def test_no_answer_is_a_failure_of_its_kind_and_no_exception() -> None:
    told = Told()
    hook = EventHook()
    hook.add_listener(told)
    answer = Session(Client(Connector()), "http://127.0.0.1:1", hook, Recorder()).get("/")
    assert (answer.status_code, answer.ok, told.kinds) == (0, False, ["ConnectFailed"])


def test_a_scenario_may_judge_for_itself() -> None:
    with session(FAILS) as (client, told):
        with client.get("/", catch_response=True) as answer:
            answer.success()
        with client.get("/", catch_response=True) as answer:
            answer.failure("not today")
        with client.get("/", catch_response=True):
            pass
    assert told.kinds == [None, "CatchResponseError: not today", "HTTP 503"]


def test_a_failing_assertion_counts_as_an_error_of_its_own_words() -> None:
    with session(ok(b"[]")) as (client, told), client.get("/", catch_response=True) as answer:
        assert answer.json(), "nothing in it"
    assert str(told.kinds[0]).startswith("CatchResponseError: nothing in it")


def test_an_error_in_the_block_goes_on_and_is_counted_by_its_kind() -> None:
    with (
        session(ok(b"no json")) as (client, told),
        pytest.raises(ValueError, match="Expecting"),
        client.get("/", catch_response=True) as answer,
    ):
        answer.json()
    assert told.kinds == ["JSONDecodeError"]


def test_what_is_raised_after_a_verdict_on_the_request_is_no_second_failure() -> None:
    """One request that failed would else be two errors in `errorRate`: itself, and one of its task."""

    def fail_and_raise(client: Session) -> None:
        with client.get("/", catch_response=True) as answer:
            answer.failure("no such id")
            raise error

    error = KeyError("id")
    with session(ok()) as (client, told), pytest.raises(KeyError):
        fail_and_raise(client)
    assert told.kinds == ["CatchResponseError: no such id"]
    assert is_counted(error)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"json": {"a": 1}}, b"Content-Type: application/json"),
        ({"data": {"a": "b c"}}, b"a=b+c"),
        ({"data": "text"}, b"\r\n\r\ntext"),
        ({"auth": ("me", "pw")}, b"Authorization: Basic bWU6cHc="),
        ({"params": {"q": "1"}}, b"POST /form?q=1 HTTP/1.1"),
        ({"headers": {"X-Mine": "1"}}, b"X-Mine: 1"),
    ],
)
def test_what_is_asked_for_is_sent(options: dict[str, Any], line: bytes) -> None:
    seen: list[bytes] = []
    with session(ok(), seen) as (client, _):
        client.post("/form", **options)
    assert line in seen[0]


def test_cookies_come_back() -> None:
    seen: list[bytes] = []
    with session(ok(b"", "Set-Cookie: session=abc; Path=/"), seen) as (client, _):
        client.get("/")
        client.get("/")
    assert b"Cookie" not in seen[0]
    assert b"Cookie: session=abc" in seen[1]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_each_method_is_the_one_that_is_sent(method: str) -> None:
    seen: list[bytes] = []
    with session(ok(), seen) as (client, _):
        getattr(client, method)("/")
    assert seen[0].startswith(method.upper().encode() + b" / ")
