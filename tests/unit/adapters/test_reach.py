"""Does anything answer at the target's URL?"""

import asyncio

import pytest

from stresscampaigns.adapters.reach import HttpReach
from stresscampaigns.core.observation import Probe
from tests.unit.adapters.canned_server import CannedServer, dead_url

nobody_there = pytest.mark.parametrize(
    "url",
    [
        pytest.param(dead_url(), id="a port that nobody listens on"),
        "http://no-such-host.invalid",
        "http://127.0.0.1:99999",
        "nonsense",
    ],
)


@pytest.mark.parametrize("status", [200, 404, 429, 500, 503])
def test_any_answer_is_being_there(status: int) -> None:
    with CannedServer(status, b"whatever") as server:
        assert asyncio.run(HttpReach().probe(server.url)) == Probe(True)


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with CannedServer(302, b"", {"Location": "/elsewhere"}) as server:
        assert asyncio.run(HttpReach().probe(server.url)).ok
    assert [path for path, _ in server.asked] == ["/"]


@nobody_there
def test_nobody_there_is_said_with_the_url_and_what_to_do(url: str) -> None:
    probe = asyncio.run(HttpReach().probe(url))
    assert (probe.ok, probe.reason) == (False, "TargetUnreachable")
    assert url in probe.message
    assert "start the target, or correct spec.target.url" in probe.message


@pytest.mark.parametrize("port", [1, 99999])
def test_a_login_and_a_query_are_shown_to_nobody(port: int) -> None:
    probe = asyncio.run(HttpReach().probe(f"http://ann:s3cret@127.0.0.1:{port}/?token=s3cret"))
    assert f"http://127.0.0.1:{port}/" in probe.message
    assert "s3cret" not in probe.message


@pytest.mark.parametrize("connect_only", [False, True])
def test_through_a_proxy_the_targets_own_name_need_not_be_known(connect_only: bool) -> None:
    with CannedServer(502, b"") as proxy:
        probe = HttpReach().probe("http://far.invalid/page", connect_only, proxy.url)
        assert asyncio.run(probe) == Probe(True)
        assert [path for path, _ in proxy.asked] == ([] if connect_only else ["/page"])


@pytest.mark.parametrize("url", ["http://far.invalid", "https://far.invalid"])
def test_a_proxy_that_is_not_there_is_named(url: str) -> None:
    dead = dead_url()
    probe = asyncio.run(HttpReach().probe(url, proxy=dead))
    assert (probe.ok, probe.reason) == (False, "TargetUnreachable")
    assert f"correct spec.load.proxy: it was asked through {dead}" in probe.message


def test_to_connect_only_sends_nothing() -> None:
    with CannedServer(200, b"") as server:
        assert asyncio.run(HttpReach().probe(server.url, connect_only=True)) == Probe(True)
        assert server.asked == []


@nobody_there
def test_where_nobody_listens_cannot_be_connected_to(url: str) -> None:
    probe = asyncio.run(HttpReach().probe(url, connect_only=True))
    assert (probe.ok, probe.reason) == (False, "TargetUnreachable")
