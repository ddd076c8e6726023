"""Headers that stand for one origin go with every request to it, and to nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.load.http.client import Client
from stresscampaigns.load.http.connecting import Connector, Trust
from stresscampaigns.load.http.request import Prepared, Standing, prepare
from tests.unit.load.http.raw_server import (
    answering,
    certificate,
    ok,
    read_request,
    redirect,
    server_context,
    serving,
)

LOGIN = "Bearer s3cret"
LINE = f"Authorization: {LOGIN}\r\n".encode()


def client_of(url: str, **how: Any) -> Client:
    return Client(Connector(standing=Standing.of(url, {"Authorization": LOGIN}), **how), timeout=5.0)


@contextmanager
def watched(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server with these answers, over one connection or several, and what it was asked."""
    seen: list[bytes] = []
    left = iter(answers)

    def handle(sock: Any) -> None:
        while request := read_request(sock):
            seen.append(request)
            sock.sendall(next(left))

    with serving(handle) as url:
        yield url, seen


def fetched(client: Client, url: str, method: str = "GET") -> None:
    client.send(client.prepare(method, url))


def test_every_request_to_the_target_carries_them() -> None:
    with watched(ok(), ok()) as (url, seen):
        client = client_of(url)
        fetched(client, f"{url}/a?b=c")
        fetched(client, f"{url}/other", "POST")
    assert [request.count(LINE) for request in seen] == [1, 1]


def test_a_redirect_to_another_host_takes_none_of_them_along() -> None:
    with watched(ok()) as (foreign, there), watched(redirect(foreign)) as (url, here):
        fetched(client_of(url), url)
    assert LINE in here[0]
    assert LOGIN.encode() not in there[0]


def test_a_redirect_within_the_target_does_also_where_a_post_becomes_a_get() -> None:
    with watched(redirect("/login", 303), ok()) as (url, seen):
        fetched(client_of(url), f"{url}/form", "POST")
    assert [request.split(b" ")[0] for request in seen] == [b"POST", b"GET"]
    assert [request.count(LINE) for request in seen] == [1, 1]


def test_they_are_there_again_where_another_host_sends_the_request_back() -> None:
    answers = [b"", ok()]
    with watched(*answers[1:]) as (url, back), watched(redirect(f"{url}/back")) as (foreign, there):
        fetched(client_of(url), foreign)
    assert LOGIN.encode() not in there[0]
    assert LINE in back[0]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://agents:8080/",
        "http://agents:8081/",
        "http://agents.staging:8080/",
        "http://agents:8080.evil.test/",
        "http://agents:8080@evil.test/",
        "http://evil.test/?http://agents:8080",
    ],
)
def test_scheme_host_and_port_make_a_target(elsewhere: str) -> None:
    standing = Standing.of("http://agents:8080/base", {"Authorization": LOGIN})
    assert LINE in prepare("GET", "HTTP://Agents:8080/", standing=standing).payload
    try:
        sent = prepare("GET", elsewhere, standing=standing).payload
    except ValueError as error:
        sent = str(error).encode()
    assert LOGIN.encode() not in sent


def test_a_proxys_tunnel_is_asked_for_without_them(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    asked: list[bytes] = []

    def proxy(sock: Any) -> None:
        asked.append(read_request(sock))
        sock.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        answering(ok())(server_context(cert, key).wrap_socket(sock, server_side=True))

    with serving(proxy) as url:
        fetched(client_of("https://127.0.0.1:9", proxy=url, trust=Trust(ca_file=cert)), "https://127.0.0.1:9")
    assert asked[0].startswith(b"CONNECT")
    assert LOGIN.encode() not in asked[0]


NAMES = st.text("aAbBcC-", min_size=1, max_size=3)
SETS = st.dictionaries(NAMES, st.sampled_from(["1", "2", "3"]), max_size=4)


def named(headers: dict[str, str]) -> dict[str, str]:
    """By names whose capitals do not count; of several the last."""
    return {name.lower(): value for name, value in headers.items()}


def sent(request: Prepared) -> list[tuple[str, str]]:
    lines = request.payload.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")[1:]
    found = [line.split(": ", 1) for line in lines]
    return [(name.lower(), value) for name, value in found if len(name) < 4]


@given(SETS, SETS, SETS)
def test_of_one_name_there_is_one_header_the_requests_own_before_the_standing_before_the_usual(
    usual: dict[str, str], standing: dict[str, str], own: dict[str, str]
) -> None:
    made = prepare("GET", "http://a", own, usual=usual, standing=Standing.of("http://a", standing))
    lines = sent(made)
    assert dict(lines) == named(usual) | named(standing) | named(own)
    assert len(lines) == len(dict(lines))


def test_one_takes_the_place_of_what_the_client_sends_by_default() -> None:
    made = prepare("GET", "http://a", standing=Standing.of("http://a", {"user-agent": "mine"})).payload
    assert b"\r\nuser-agent: mine\r\n" in made
    assert b"stresscampaigns" not in made


def test_no_message_and_no_look_at_a_request_shows_what_they_hold() -> None:
    standing = Standing.of("http://a", {"Authorization": LOGIN})
    shown = [repr(standing), repr(prepare("GET", "http://a", standing=standing))]
    with pytest.raises(ValueError, match="'X Y' cannot be sent") as refused:
        Standing.of("http://a", {"X Y": LOGIN})
    assert not [one for one in (*shown, str(refused.value)) if "s3cret" in one]
