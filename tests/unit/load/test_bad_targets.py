"""What is wrong with a target ends each request in bounded time, counted under the name of what went wrong."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
import pytest

from stresscampaigns.api.load_plan import PlannedScenario
from stresscampaigns.load.http.connecting import Connector, Trust
from stresscampaigns.load.http.resolving import Address, Resolver
from stresscampaigns.load.recorder import Recorder
from stresscampaigns.load.scenarios import user_classes
from stresscampaigns.load.users import Means, StressUser
from tests.unit.load.http.raw_server import (
    answering,
    issued,
    ok,
    read_request,
    redirect,
    server_context,
    serving,
)

TIMEOUT = 0.5
OK = b"HTTP/1.1 200 OK\r\n"
LONGEST = OK + b"Content-Length: 1000000000000\r\n\r\n"
Target = Callable[[Path, pytest.MonkeyPatch], Any]
"""A context in which it can be reached; its URL."""


class Environment:
    """As much of Locust's as a user looks at; its event goes to the recorder, as in a worker."""

    def __init__(self, host: str, recorder: Recorder) -> None:
        self.host = host
        self.events = self
        self.request = self
        self.fire = recorder.on_request


def connected(patch: pytest.MonkeyPatch, **how: Any) -> None:
    patch.setattr(Means, "connector", Connector(**how))


@contextmanager
def without_address(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    def nothing(host: str, port: int) -> list[Address]:
        raise OSError("Name or service not known")

    connected(patch, resolver=Resolver(nothing))
    yield "http://nowhere.test"


@contextmanager
def of_an_unknown_authority(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    _, cert, key = issued(folder)
    connected(patch)
    with serving(answering(ok()), ssl_context=server_context(cert, key)) as url:
        yield url


@contextmanager
def of_a_known_authority(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    authority, cert, key = issued(folder)
    connected(patch, trust=Trust(ca_file=authority))
    with serving(answering(ok()), ssl_context=server_context(cert, key)) as url:
        yield url


@contextmanager
def that_sends_in_circles(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    def handle(sock: Any) -> None:
        while read_request(sock):
            sock.sendall(redirect("/"))

    connected(patch)
    with serving(handle) as url:
        yield url


@contextmanager
def whose_body_never_ends(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    connected(patch, most_bytes=1_000_000)
    with serving(_endless(b"x" * 65_536, pause=0)) as url:
        yield url


@contextmanager
def whose_body_trickles_for_ever(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    connected(patch)
    with serving(_endless(b"x", pause=0.01)) as url:
        yield url


@contextmanager
def whose_headers_never_end(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    connected(patch)
    with serving(_endless(b"X-More: " + b"x" * 65_536 + b"\r\n", pause=0, head=OK)) as url:
        yield url


@contextmanager
def that_is_always_about_to_answer(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    connected(patch)
    with serving(
        _endless(1000 * b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", pause=0, head=b"")
    ) as url:
        yield url


def _endless(piece: bytes, pause: float, head: bytes = LONGEST) -> Callable[[Any], None]:
    def handle(sock: Any) -> None:
        read_request(sock)
        sock.sendall(head)
        while True:
            sock.sendall(piece)
            gevent.sleep(pause)

    return handle


TARGETS: dict[str, tuple[Target, dict[str, int]]] = {
    "a name without address": (without_address, {"NameNotResolved": 1}),
    "an authority that nobody knows": (of_an_unknown_authority, {"TlsFailed": 1}),
    "an authority that was given": (of_a_known_authority, {}),
    "redirects in circles": (that_sends_in_circles, {"TooManyRedirects": 1}),
    "a body without end": (whose_body_never_ends, {"TooLarge": 1}),
    "a body that trickles": (whose_body_trickles_for_ever, {"TimedOut": 1}),
    "headers without end": (whose_headers_never_end, {"TooLarge": 1}),
    "interim answers without end": (that_is_always_about_to_answer, {"TooLarge": 1}),
}


def of_a_scenario(environment: Environment) -> None:
    """One request of a built-in scenario."""
    parameters = {"timeout": TIMEOUT}
    (made,) = user_classes([PlannedScenario.model_validate({"name": "http", "parameters": parameters})])
    made(environment).iteration()


def of_a_locust_file(environment: Environment) -> None:
    """One request of a user's own file."""

    class Visitor(StressUser):
        request_timeout = TIMEOUT

    Visitor(environment).client.get("/")


@pytest.mark.parametrize("request_of", [of_a_scenario, of_a_locust_file])
@pytest.mark.parametrize("wrong", TARGETS)
def test_it_is_counted_under_its_kind(
    wrong: str, request_of: Callable[[Environment], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, failures = TARGETS[wrong]
    recorder = Recorder()
    monkeypatch.setattr(Means, "recorder", recorder)
    with target(tmp_path, monkeypatch) as url:
        began = time.perf_counter()
        request_of(Environment(url, recorder))
        assert time.perf_counter() - began < TIMEOUT + 10
    ((counted,),) = recorder.take().values()
    assert (counted["count"], counted["failures"]) == (1, failures)
    assert recorder.sent == recorder.completed == 1
