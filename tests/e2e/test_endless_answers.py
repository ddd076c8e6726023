"""A target whose answers have no end: each request ends in bounded time under its kind, and the run with a verdict."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, leftovers, start
from tests.stress.small_services import PORT, SmallService, small_services

pytestmark = pytest.mark.long
SERVER = f"""
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/circle":
            self.send_response(302)
            self.send_header("Location", "/circle")
        else:
            self.send_response(200)
        endless = self.path == "/endless"
        self.send_header("Content-Length", "1000000000000" if endless else "0")
        self.end_headers()
        while endless:
            self.wfile.write(bytes(65536))
            time.sleep(0.001)  # the load's own core must not be what is full

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("", {PORT}), Handler).serve_forever()
"""
NAME = "endless-answers"
SERVICE = SmallService(NAME, command=("python", "-c", SERVER), path="/")


@pytest.fixture(scope="module", autouse=True)
def _there() -> Iterator[None]:
    with small_services(SERVICE):
        yield


@pytest.mark.parametrize(
    ("path", "kinds"), [("/circle", {"TooManyRedirects"}), ("/endless", {"TooLarge", "TimedOut"})]
)
def test_every_request_is_a_failure_of_its_kind_and_nothing_is_left(path: str, kinds: set[str]) -> None:
    """How much of an endless body comes within the request's time, the machine decides."""
    load: dict[str, Any] = {
        "workers": 1,
        "stages": [{"name": "only", "users": 2, "duration": "6s"}],
        "scenarios": [{"name": "http", "parameters": {"path": path}}],
    }
    target = {"url": f"http://{NAME}.{NAMESPACE}:{PORT}", **SERVICE.target}
    run_name = start(campaign(NAME, target=target, load=load))
    status = finished(run_name, 120)
    assert status["verdict"] == "Failed", status["message"]
    assert "no request succeeded, most often because of T" in status["message"]
    assert status["load"]["failureKinds"].keys() <= kinds
    assert leftovers(run_name) == []
    delete(NAME)
