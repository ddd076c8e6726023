"""Of what somebody answers, where a campaign points, nothing is shown; and some addresses are not asked."""

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given

from stresscampaigns.adapters.prometheus import PrometheusQueries
from stresscampaigns.adapters.reach import HttpReach
from stresscampaigns.adapters.strangers import link_local, status_words, trouble
from tests.unit.addresses import ADDRESSES
from tests.unit.raw_server import RawServer

OK = b"HTTP/1.1 200 OK\r\n"
SECRETIVE = {
    "no HTTP": b"SSH-2.0-s3cret\r\n",
    "a status that is none": b"HTTP/1.1 s3cret s3cret\r\n\r\n",
    "a reason": b"HTTP/1.1 403 s3cret\r\n\r\n",
    "a header that is none": OK + b"s3cret\r\n\r\n",
    "a length that is none": OK + b"Content-Length: s3cret\r\n\r\n",
    "a chunk that is none": OK + b"Transfer-Encoding: chunked\r\n\r\ns3cret\r\n",
    "half a body": OK + b"Content-Length: 100\r\n\r\ns3cret",
    "a body": OK + b"\r\ns3cret",
    "an error's body": b"HTTP/1.1 500 No\r\n\r\ns3cret",
    "an error that is not Prometheus'": b'HTTP/1.1 400 No\r\n\r\n{"error": "s3cret"}',
    "a value": OK + b'\r\n{"data": {"result": [{"metric": {}, "value": [1, "s3cret"]}]}}',
    "a place to go": b"HTTP/1.1 302 Found\r\nLocation: http://s3cret/\r\n\r\n",
}
by_name = pytest.mark.parametrize("answer", [pytest.param(one, id=key) for key, one in SECRETIVE.items()])


@by_name
def test_nothing_of_an_answer_that_is_not_prometheus_own_is_shown(answer: bytes) -> None:
    with RawServer(answer) as server:
        url = server.url
        probe = asyncio.run(PrometheusQueries().probe(url))
    assert (probe.ok, probe.reason) == (False, "PrometheusUnavailable")
    assert url in probe.message
    assert "s3cret" not in probe.message


@by_name
@pytest.mark.parametrize("through_it", [False, True], ids=["the target", "a proxy"])
def test_nothing_of_what_the_target_or_a_proxy_answers_is_shown(answer: bytes, through_it: bool) -> None:
    with RawServer(answer) as server:
        url = server.url
        asked = HttpReach().probe("https://far.invalid", proxy=url) if through_it else HttpReach().probe(url)
        probe = asyncio.run(asked)
    assert probe.ok or url in probe.message
    assert "s3cret" not in probe.message


def test_what_the_operating_system_says_is_shown_whichever_library_wraps_it() -> None:
    wrapped = RuntimeError("s3cret")
    wrapped.__cause__ = ConnectionRefusedError(111, "Connection refused")
    assert trouble(wrapped) == "RuntimeError: Connection refused"
    assert trouble(ValueError("s3cret")) == "ValueError"
    assert trouble(socket.gaierror(-2, "Name or service not known")).endswith("Name or service not known")


@pytest.mark.parametrize(("status", "words"), [(404, "404 Not Found"), (599, "599")])
def test_a_status_is_told_as_http_knows_it(status: int, words: str) -> None:
    assert status_words(status) == words


@given(ADDRESSES)
def test_a_link_local_address_is_known_by_what_it_is(address: Any) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    found = asyncio.run(link_local(f"http://ann:b@{host}:80/path"))
    assert (found is not None) == address.is_link_local


@pytest.mark.parametrize(
    "url", ["http://2852039166", "http://0xa9fea9fe:80/", "http://169.16689662", "http://[::ffff:a9fe:a9fe]"]
)
def test_however_it_is_written(url: str) -> None:
    assert "169.254.169.254" in (asyncio.run(link_local(url)) or "")


@pytest.mark.parametrize(
    "url", ["http://localhost", "http://no-such-host.invalid", "http://a..b", "nonsense"]
)
def test_any_other_name_is_asked_and_complained_of_by_others(url: str) -> None:
    assert asyncio.run(link_local(url)) is None


LINK_LOCAL = "http://169.254.1.1:1"
"""Nobody is there; if it were asked, the message would say so."""


def test_prometheus_is_not_asked_at_one_and_the_field_is_named() -> None:
    probe = asyncio.run(PrometheusQueries().probe(LINK_LOCAL))
    assert (probe.ok, probe.reason) == (False, "PrometheusUnavailable")
    assert probe.message == (
        "spec.prometheus.url: http://169.254.1.1:1 leads to 169.254.1.1, a link-local address, and none of these is "
        "asked; correct it"
    )


@pytest.mark.parametrize("connect_only", [False, True])
@pytest.mark.parametrize(
    ("url", "proxy", "field"),
    [
        (LINK_LOCAL, None, "spec.target.url: "),
        ("http://far.invalid", LINK_LOCAL, "spec.load.proxy: "),
    ],
)
def test_nor_is_the_target_or_a_proxy(url: str, proxy: str | None, field: str, connect_only: bool) -> None:
    probe = asyncio.run(HttpReach().probe(url, connect_only, proxy))
    assert (probe.ok, probe.reason) == (False, "TargetUnreachable")
    assert probe.message.startswith(field)
    assert "none of these is asked" in probe.message
