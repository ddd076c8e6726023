"""Redirects are followed within bounds; requests are what was asked for, and nothing that cannot be sent."""

from typing import Any

import pytest

from stresscampaigns.load.http.client import Client
from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.http.errors import BadResponse, HttpError, NameNotResolved, TooManyRedirects
from stresscampaigns.load.http.request import prepare
from tests.unit.load.http.raw_server import answering, ok, read_request, redirect, serving


def test_a_redirect_is_followed_and_remembered() -> None:
    with serving(answering(redirect("/there"), ok(b"there"))) as url:
        client = Client(Connector())
        response = client.send(client.prepare("GET", f"{url}/here"))
    assert (response.content, response.url, len(response.history)) == (b"there", f"{url}/there", 1)


def test_a_redirect_comes_as_it_is_where_none_are_to_be_followed() -> None:
    with serving(answering(redirect("/there"))) as url:
        client = Client(Connector())
        assert client.send(client.prepare("GET", url), redirects=0).status_code == 302


@pytest.mark.parametrize(
    ("status", "method", "becomes"),
    [
        (301, "POST", b"GET"),
        (302, "POST", b"GET"),
        (303, "PUT", b"GET"),
        (307, "POST", b"POST"),
        (308, "PUT", b"PUT"),
        (302, "HEAD", b"HEAD"),
    ],
)
def test_the_method_after_a_redirect_is_as_the_status_says(status: int, method: str, becomes: bytes) -> None:
    seen: list[bytes] = []

    def handle(sock: Any) -> None:
        read_request(sock)
        sock.sendall(redirect("/next", status))
        seen.append(read_request(sock).split(b" ")[0])
        sock.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with serving(handle) as url:
        client = Client(Connector())
        client.send(client.prepare(method, url, body=b"x" if method != "HEAD" else None))
    assert seen == [becomes]


def test_a_loop_of_redirects_ends() -> None:
    def handle(sock: Any) -> None:
        while read_request(sock):
            sock.sendall(redirect("/"))

    with serving(handle) as url:
        client = Client(Connector())
        with pytest.raises(TooManyRedirects, match="more than 20 redirects"):
            client.send(client.prepare("GET", url))


def test_credentials_do_not_go_to_another_origin() -> None:
    seen: list[bytes] = []

    def other(sock: Any) -> None:
        seen.append(read_request(sock))
        sock.sendall(ok())

    with serving(other) as foreign, serving(answering(redirect(foreign))) as url:
        client = Client(Connector())
        client.send(client.prepare("GET", url, {"Authorization": "Bearer secret", "X-Kept": "yes"}))
    assert b"secret" not in seen[0]
    assert b"X-Kept: yes" in seen[0]


def test_a_request_is_written_as_http_wants_it() -> None:
    payload = prepare("POST", "http://agents:8080/a b?q=ü", {"X-One": "1"}, b"{}").payload
    assert payload.startswith(b"POST /a%20b?q=%C3%BC HTTP/1.1\r\nHost: agents:8080\r\n")
    assert payload.endswith(b"X-One: 1\r\nContent-Length: 2\r\n\r\n{}")


@pytest.mark.parametrize("url", ["agents:8080", "/path", "ftp://agents", "http://"])
def test_what_is_no_url_with_scheme_and_host_is_told(url: str) -> None:
    with pytest.raises(ValueError, match="no URL with scheme and host"):
        prepare("GET", url)


@pytest.mark.parametrize(("name", "value"), [("X", "a\r\nEvil: 1"), ("X Y", "1"), ("", "1")])
def test_a_header_that_would_break_the_request_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        prepare("GET", "http://agents", {name: value})


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("https:///nowhere", BadResponse),
        ("mailto:somebody", BadResponse),
        ("http://[x/", BadResponse),
        ("http://a:99999/", BadResponse),
        ("http://a..b/", NameNotResolved),
    ],
)
def test_a_redirect_that_leads_nowhere_is_a_failure_of_the_request(
    location: str, kind: type[HttpError]
) -> None:
    """Any other exception ends its user, and the rest of the load goes on without it."""
    with serving(answering(redirect(location))) as url:
        client = Client(Connector())
        with pytest.raises(kind, match=r"redirect|a\.\.b"):
            client.send(client.prepare("GET", url))
