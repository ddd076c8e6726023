"""Locust's own HTTP clients, in the corners: each request that they begin ends once, whatever happens to it."""

import http.client
from typing import Any

import gevent
import gevent.event
import pytest
from gevent import GreenletExit
from locust import clients
from locust.contrib import fasthttp
from locust.event import EventHook
from locust.exception import InterruptTaskSet

from stresscampaigns.load.recorder import Recorder, is_counted
from stresscampaigns.load.stock.counting import count_from_the_beginning
from stresscampaigns.load.stock.whole import take_no_part_for_the_whole
from stresscampaigns.load.stock.wire import count_what_goes_out
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.http.raw_server import ok, read_request, redirect, serving
from tests.unit.raw_server import RawServer

PATCHED = (
    (clients.HttpSession, "request"),
    (clients.HttpSession, "send"),
    (clients.ResponseContextManager, "__exit__"),
    (fasthttp.FastHttpSession, "request"),
    (fasthttp.ResponseContextManager, "__exit__"),
    (fasthttp.ResponseContextManager, "success"),
    (http.client, "parse_headers"),
    (fasthttp.LocustUserAgent, "__init__"),
)


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    for owner, name in PATCHED:
        monkeypatch.setattr(owner, name, getattr(owner, name))  # so that it is taken back afterwards
    for answer in (clients.ResponseContextManager, fasthttp.FastResponse):
        monkeypatch.setattr(answer, "stress_begun", False, raising=False)
    count_from_the_beginning(recorder)
    count_what_goes_out(recorder.wire)
    take_no_part_for_the_whole()
    return recorder


@pytest.fixture
def hook(counted: Recorder) -> EventHook:
    hook = EventHook()
    hook.add_listener(counted.on_request)
    return hook


@pytest.fixture(params=[clients.HttpSession, fasthttp.FastHttpSession])
def session(request: pytest.FixtureRequest, server: CountingServer, hook: EventHook) -> Any:
    return request.param(server.url, hook, None)


@pytest.fixture
def fast(hook: EventHook) -> Any:
    return lambda url, **options: fasthttp.FastHttpSession(url, hook, None, max_redirects=5, **options)


def told(recorder: Recorder) -> dict[str, tuple[int, dict[str, int]]]:
    """Name → how many, and which failures; every request that began has ended."""
    assert recorder.sent == recorder.completed
    return {
        one["name"]: (one["count"], one["failures"])
        for entries in recorder.take().values()
        for one in entries
    }


def test_a_listener_that_sends_the_user_elsewhere_ends_nothing_twice(
    session: Any, counted: Recorder, hook: EventHook
) -> None:
    def leave(**_: object) -> None:
        raise InterruptTaskSet

    hook.add_listener(leave)
    with pytest.raises(InterruptTaskSet):
        session.get("/")
    assert told(counted) == {"GET /": (1, {})}


def test_an_event_of_the_files_own_about_an_answer_is_one_more(
    session: Any, counted: Recorder, hook: EventHook
) -> None:
    answer = session.get("/")
    hook.fire(request_type="TX", name="login", response_time=1.0, response_length=0, response=answer)
    assert told(counted) == {"GET /": (1, {}), "TX login": (1, {})}


def test_a_client_that_only_tells_is_counted_when_it_does(counted: Recorder, hook: EventHook) -> None:
    hook.fire(request_type="MQ", name="publish", response_time=1.0, response_length=0, exception=None)
    assert (told(counted), counted.wire.sent) == ({"MQ publish": (1, {})}, 1)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (GreenletExit(), "CutOff"),
        (gevent.Timeout(), "Timeout"),
        (AssertionError(), "CatchResponseError: an assertion failed"),
    ],
)
def test_whatever_ends_a_block_ends_its_request_and_goes_on(
    session: Any, counted: Recorder, error: BaseException, kind: str
) -> None:
    with pytest.raises(type(error)), session.get("/", catch_response=True):
        raise error
    assert told(counted) == {"GET /": (1, {kind: 1})}
    assert is_counted(error)


def test_a_block_that_only_goes_elsewhere_lets_the_answer_speak(session: Any, counted: Recorder) -> None:
    with pytest.raises(InterruptTaskSet), session.get("/fails", catch_response=True):
        raise InterruptTaskSet
    assert told(counted) == {"GET /fails": (1, {"HTTP 500": 1})}


@pytest.mark.parametrize(
    ("error", "failures"),
    [(GreenletExit(), {}), (AssertionError("after all"), {"CatchResponseError: after all": 1})],
)
def test_a_success_outlives_being_cut_off_and_not_a_failing_assertion(
    session: Any, counted: Recorder, error: BaseException, failures: dict[str, int]
) -> None:
    def succeed_and_raise() -> None:
        with session.get("/fails", catch_response=True) as answer:
            answer.success()
            raise error

    with pytest.raises(type(error)):
        succeed_and_raise()
    assert told(counted) == {"GET /fails": (1, failures)}


def test_what_is_raised_after_a_verdict_on_the_request_is_no_second_failure(
    session: Any, counted: Recorder
) -> None:
    """One request that failed would else be two errors in `errorRate`: itself, and one of its task."""

    def fail_and_raise() -> None:
        with session.get("/", catch_response=True) as answer:
            answer.failure("no such id")
            raise error

    error = KeyError("id")
    with pytest.raises(KeyError):
        fail_and_raise()
    assert told(counted) == {"GET /": (1, {"CatchResponseError: no such id": 1})}
    assert is_counted(error)


def test_what_is_raised_after_a_success_is_an_error_of_the_task(session: Any, counted: Recorder) -> None:
    def succeed_and_raise() -> None:
        with session.get("/", catch_response=True) as answer:
            answer.success()
            raise error

    error = KeyError("id")
    with pytest.raises(KeyError):
        succeed_and_raise()
    assert told(counted) == {"GET /": (1, {})}
    assert not is_counted(error)


def test_a_url_that_cannot_be_used_is_a_failure_that_was_not_on_the_wire(
    counted: Recorder, hook: EventHook
) -> None:
    with pytest.raises(ValueError, match="No scheme"):
        clients.HttpSession("", hook, None).get("nowhere")
    assert told(counted) == {"GET nowhere": (1, {"MissingSchema": 1})}
    assert counted.wire.sent == 0


@pytest.mark.parametrize("kind", [clients.HttpSession, fasthttp.FastHttpSession])
def test_what_finds_no_connection_was_not_on_the_wire(kind: Any, counted: Recorder, hook: EventHook) -> None:
    kind("http://127.0.0.1:1", hook, None).get("/")
    assert told(counted)["GET /"][0] == 1
    assert counted.wire.sent == 0


def test_a_request_that_the_user_is_killed_in_is_cut_off(fast: Any, counted: Recorder) -> None:
    arrived = gevent.event.Event()

    def silent(sock: Any) -> None:
        read_request(sock)
        arrived.set()
        gevent.sleep(60)

    with serving(silent) as url:
        user = gevent.spawn(fast(url).get, "/", name="the page")
        assert arrived.wait(5)
        user.kill()
    assert told(counted) == {"GET the page": (1, {"CutOff": 1})}
    assert (counted.wire.sent, counted.wire.answered) == (1, 0)


def test_a_redirect_that_leads_to_no_answer_was_on_the_wire_twice(fast: Any, counted: Recorder) -> None:
    def handle(sock: Any) -> None:
        if b"/old" in read_request(sock):
            sock.sendall(redirect("/new", 307))

    with serving(handle) as url:
        fast(url, concurrency=1).post("/old")
    assert counted.wire.sent == 2
    assert counted.wire.answered == 0


def test_a_request_that_is_sent_again_was_on_the_wire_each_time(fast: Any, counted: Recorder) -> None:
    seen: list[bytes] = []

    def handle(sock: Any) -> None:
        seen.append(read_request(sock))
        if len(seen) == 2:
            return  # read, and not answered
        sock.sendall(ok())
        while more := read_request(sock):
            seen.append(more)
            sock.sendall(ok())

    with serving(handle) as url:
        client = fast(url)
        client.get("/")
        client.client.clientpool.close()
        client.get("/")
    assert told(counted) == {"GET /": (2, {})}
    assert (counted.wire.sent, counted.wire.answered) == (len(seen), 2) == (3, 2)


HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
CUT_OFF = (
    b"HTTP/1.1 200 OK",
    b"HTTP/1.1 200 OK\r\nContent-Le",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nServer: x\r\n",
    HALF,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
)


@pytest.fixture(params=[clients.HttpSession, fasthttp.FastHttpSession])
def either(request: pytest.FixtureRequest, hook: EventHook) -> Any:
    return lambda url: request.param(url, hook, None)


@pytest.mark.parametrize("answer", CUT_OFF)
def test_an_answer_that_ends_early_is_none(either: Any, counted: Recorder, answer: bytes) -> None:
    with RawServer(answer) as target:
        either(target.url).get("/")
    ((count, failures),) = told(counted).values()
    assert (count, sum(failures.values())) == (1, 1)
    assert (counted.wire.sent, counted.wire.answered) == (1, 0)


@pytest.mark.parametrize("body", [b"", b"whole"])
def test_an_answer_that_the_end_of_the_stream_ends_as_it_may_is_whole(
    either: Any, counted: Recorder, body: bytes
) -> None:
    with RawServer(b"HTTP/1.0 200 OK\r\n\r\n" + body) as target:
        either(target.url).get("/")
    assert told(counted) == {"GET /": (1, {})}


def test_half_an_answer_is_no_success_though_the_file_takes_its_status_for_one(
    either: Any, counted: Recorder
) -> None:
    with RawServer(HALF) as target, either(target.url).get("/", catch_response=True) as answer:
        if answer.status_code == 200:
            answer.success()
    ((count, failures),) = told(counted).values()
    assert (count, sum(failures.values())) == (1, 1)


def test_a_body_that_is_read_as_it_comes_and_breaks_off_fails_the_block_that_reads_it(
    either: Any, counted: Recorder
) -> None:
    def read() -> None:
        with either(target.url).get("/", stream=True, catch_response=True) as answer:
            list(answer.iter_content())

    with RawServer(HALF) as target, pytest.raises(Exception, match="Incomplete") as broken:
        read()
    ((count, failures),) = told(counted).values()
    assert (count, sum(failures.values())) == (1, 1)
    assert is_counted(broken.value)
