"""TLS is verified unless asked otherwise; proxies are used only when asked for."""

from pathlib import Path
from typing import Any

import pytest

from stresscampaigns.load.http.client import Client
from stresscampaigns.load.http.connecting import Connector, Trust
from stresscampaigns.load.http.errors import ConnectFailed, TlsFailed
from tests.unit.load.http.raw_server import (
    answering,
    certificate,
    issued,
    ok,
    read_request,
    server_context,
    serving,
)


def fetch(url: str, **options: Any) -> bytes:
    client = Client(Connector(**options), timeout=5.0)
    return client.send(client.prepare("GET", url)).content


def test_an_unknown_authority_is_refused_with_advice(tmp_path: Path) -> None:
    context = server_context(*certificate(tmp_path))
    with serving(answering(ok()), ssl_context=context) as url, pytest.raises(TlsFailed, match="caSecret"):
        fetch(url)


def test_an_authority_that_is_given_counts(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    big = b"x" * 300_000
    with serving(answering(ok(big)), ssl_context=server_context(cert, key)) as url:
        assert fetch(url, trust=Trust(ca_file=cert)) == big


def test_whom_an_authority_that_is_given_has_certified_counts_and_nobody_elses(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    authority, cert, key = issued(tmp_path)
    other, _, _ = issued(tmp_path / "other")
    with serving(answering(ok()), ssl_context=server_context(cert, key)) as url:
        assert fetch(url, trust=Trust(ca_file=authority)) == b"ok"
        with pytest.raises(TlsFailed, match="certificate verify failed"):
            fetch(url, trust=Trust(ca_file=other))


def test_two_requests_go_over_one_tls_connection(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    with serving(answering(ok(), ok()), ssl_context=server_context(cert, key)) as url:
        client = Client(Connector(Trust(ca_file=cert)))
        assert [client.send(client.prepare("POST", url)).status_code for _ in range(2)] == [200, 200]


def test_verification_can_be_left_out_when_asked(tmp_path: Path) -> None:
    with serving(answering(ok()), ssl_context=server_context(*certificate(tmp_path))) as url:
        assert fetch(url, trust=Trust(verify=False)) == b"ok"


def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, host="127.0.0.9")
    with serving(answering(ok()), ssl_context=server_context(cert, key)) as url, pytest.raises(TlsFailed):
        fetch(url, trust=Trust(ca_file=cert))


def test_a_file_without_certificates_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    with pytest.raises(ValueError, match="holds no certificates"):
        Trust(ca_file=str(tmp_path / "ca.pem")).context()


def test_a_server_without_tls_is_told() -> None:
    def plain(sock: Any) -> None:
        sock.recv(1)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(plain) as url, pytest.raises(TlsFailed):
        fetch(url.replace("http:", "https:"))


def test_proxies_in_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(answering(ok(b"direct"))) as url:
        assert fetch(url) == b"direct"


def test_a_proxy_that_is_asked_for_gets_the_whole_url() -> None:
    seen: list[bytes] = []

    def proxy(sock: Any) -> None:
        seen.append(read_request(sock))
        sock.sendall(ok(b"through"))

    with serving(proxy) as url:
        assert fetch("http://far.test/page", proxy=url) == b"through"
    assert seen[0].startswith(b"GET http://far.test/page HTTP/1.1\r\n")


def test_tls_goes_through_a_proxys_tunnel(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    asked: list[bytes] = []

    def proxy(sock: Any) -> None:
        asked.append(read_request(sock))
        sock.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        answering(ok(b"secret"))(server_context(cert, key).wrap_socket(sock, server_side=True))

    with serving(proxy) as url:
        assert fetch("https://127.0.0.1:9", proxy=url, trust=Trust(ca_file=cert)) == b"secret"
    assert asked[0].startswith(b"CONNECT 127.0.0.1:9 HTTP/1.1\r\n")


def test_a_proxy_that_refuses_the_tunnel_is_told() -> None:
    with serving(answering(b"HTTP/1.1 403 No\r\n\r\n")) as url, pytest.raises(ConnectFailed, match="403"):
        fetch("https://far.test", proxy=url)
