"""Locust's own HTTP clients trust whom the campaign trusts, unless the file says otherwise."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import gevent.ssl
import pytest
from locust import FastHttpUser, HttpUser, User, clients
from locust.env import Environment
from urllib3.util import create_urllib3_context

from stresscampaigns.load.http.connecting import Trust
from stresscampaigns.load.stock.trust import trust_as_the_campaign
from tests.unit.load.distributed import DistributedLoad, plan
from tests.unit.load.http.raw_server import issued
from tests.unit.local_server import LocalServer, QuietHandler

FILE = """
from locust import FastHttpUser, HttpUser, constant, task

class Fast(FastHttpUser):
    wait_time = constant(0.05)

    @task
    def visit(self):
        self.client.get("/fast")

class Slow(HttpUser):
    wait_time = constant(0.05)

    @task
    def visit(self):
        self.client.get("/slow")
"""


class _Ok(QuietHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that does not trust it goes."""


@contextmanager
def tls_server(certificate: str, key: str) -> Iterator[str]:
    """In a thread of its own: requests does not let others go on while it waits."""
    server = _Quiet(("127.0.0.1", 0), _Ok)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with LocalServer(server):
        yield f"https://127.0.0.1:{server.server_port}"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    return issued(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def url(authority: tuple[str, str, str]) -> Iterator[str]:
    with tls_server(*authority[1:]) as running:
        yield running


@pytest.fixture(autouse=True)
def _patched(monkeypatch: pytest.MonkeyPatch) -> None:
    context = create_urllib3_context()
    context.load_verify_locations(clients.DEFAULT_CA_BUNDLE_PATH)
    monkeypatch.setattr(clients, "_preloaded_ssl_context", context)
    monkeypatch.setattr(clients.HttpSession, "__init__", clients.HttpSession.__init__)


def user_of(base: Any, trust: Trust, url: str, **own: Any) -> Any:
    """A user of a file's class, whose lines are `own`."""
    kind: Any = type("Visitor", (base,), {"host": url, "tasks": [lambda _: None], **own})
    trust_as_the_campaign(trust, [kind])
    return kind(Environment())


def trusts(user: Any) -> bool:
    return bool(user.client.get("/").status_code == 200)


both = pytest.mark.parametrize("base", [HttpUser, FastHttpUser])


@both
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize(
    ("verify", "known", "trusted"), [(True, True, True), (True, False, False), (False, False, True)]
)
def test_an_unchanged_file_trusts_whom_the_campaign_trusts(
    base: Any, verify: bool, known: bool, trusted: bool, url: str, authority: tuple[str, str, str]
) -> None:
    trust = Trust(verify=verify, ca_file=authority[0] if known else None)
    assert trusts(user_of(base, trust, url)) == trusted


@both
def test_a_certificate_for_another_host_is_refused(
    base: Any, tmp_path: Path, authority: tuple[str, str, str]
) -> None:
    ca, certificate, key = issued(tmp_path, host="127.0.0.9")
    with tls_server(certificate, key) as elsewhere:
        assert not trusts(user_of(base, Trust(ca_file=ca), elsewhere))


@both
def test_the_campaigns_authority_stands_beside_the_public_ones(
    base: Any, url: str, authority: tuple[str, str, str]
) -> None:
    before = clients._preloaded_ssl_context.cert_store_stats()["x509_ca"]
    user = user_of(base, Trust(ca_file=authority[0]), url)
    fast = base is FastHttpUser
    context = user.ssl_context_factory() if fast else clients._preloaded_ssl_context
    assert context.cert_store_stats()["x509_ca"] == before + 1 > 100


@pytest.mark.parametrize(
    ("own", "trusted"),
    [
        ({"insecure": True}, True),
        ({"insecure": False}, False),
        (
            {"ssl_context_factory": staticmethod(gevent.ssl._create_unverified_context), "insecure": True},
            True,
        ),
    ],
)
def test_what_a_file_says_of_its_fast_users_stands(own: dict[str, Any], trusted: bool, url: str) -> None:
    assert trusts(user_of(FastHttpUser, Trust(verify=trusted), url, **own)) == trusted


def test_what_a_file_sets_on_its_client_stands(url: str, authority: tuple[str, str, str]) -> None:
    user = user_of(HttpUser, Trust(), url)
    user.client.verify = authority[0]
    assert trusts(user)


def test_users_without_http_are_left_as_they_are(url: str) -> None:
    user_of(User, Trust(verify=False), url)


@pytest.mark.parametrize("known", [True, False])
def test_a_load_of_both_kinds_trusts_the_campaigns_authority_and_no_other(
    known: bool, url: str, authority: tuple[str, str, str], tmp_path: Path
) -> None:
    """Real processes: with everything patched as in a pod."""
    (tmp_path / "locustfile.py").write_text(FILE)
    own = {"scenarios": [], "locustfile": str(tmp_path / "locustfile.py"), "workers": 1}
    ca = authority[0] if known else None
    with DistributedLoad(plan(url, ca_file=ca, **own), tmp_path) as load:
        result = load.result()
    (whole, *_) = result.windows
    answered = {one.name: one.count - sum(one.failures.values()) for one in whole.requests}
    assert {name: good > 0 for name, good in answered.items()} == {"GET /fast": known, "GET /slow": known}
    assert known or result.totals.answered == 0
