"""A target behind https, whose certificate no public authority has signed."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.kubectl import apply, run
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, start

NAME = "secure"
HOST = f"{NAME}.{NAMESPACE}"
SERVER = """
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("", 8443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tls/tls.crt", "/tls/tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
"""


@pytest.fixture(scope="module", autouse=True)
def secure_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One pod; its certificate is its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    _certify(folder)
    cert, key = (folder / "tls.crt").read_text(), (folder / "tls.key").read_text()
    _apply("Secret", stringData={"tls.crt": cert, "tls.key": key, "ca.crt": cert})
    _apply("Service", spec={"selector": {"app": NAME}, "ports": [{"port": 8443}]})
    _apply("Pod", spec=_pod())
    run("kubectl", "-n", NAMESPACE, "wait", "--for=condition=Ready", f"pod/{NAME}", "--timeout=60s")
    yield
    run("kubectl", "-n", NAMESPACE, "delete", f"pod/{NAME}", f"service/{NAME}", f"secret/{NAME}", "--now")


def _certify(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subject = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    files = ["-keyout", folder / "tls.key", "-out", folder / "tls.crt"]
    subprocess.run([*command, *subject, *files], check=True, capture_output=True)


def _apply(kind: str, **content: Any) -> None:
    metadata = {"name": NAME, "namespace": NAMESPACE, "labels": {"app": NAME}}
    apply({"apiVersion": "v1", "kind": kind, "metadata": metadata, **content})


def _pod() -> dict[str, Any]:
    """Python is all that it needs: the load image has one."""
    container = {
        "name": NAME,
        "image": "stresscampaigns/load:dev",
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", SERVER],
        "readinessProbe": {"httpGet": {"port": 8443, "scheme": "HTTPS"}, "periodSeconds": 1},
        "volumeMounts": [{"name": "tls", "mountPath": "/tls", "readOnly": True}],
    }
    return {"containers": [container], "volumes": [{"name": "tls", "secret": {"secretName": NAME}}]}


def _ended(name: str, **trust: Any) -> dict[str, Any]:
    load = {
        "workers": 1,
        "stages": [{"name": "only", "users": 3, "duration": "5s"}],
        "scenarios": [{"name": "http"}],
        **trust,
    }
    target = {"url": f"https://{HOST}:8443", "selector": {"matchLabels": {"app": NAME}}}
    status = finished(start(campaign(name, target=target, load=load)), 120)
    delete(name)
    return status


def test_with_its_authority_every_request_succeeds() -> None:
    status = _ended("tls-trusted", tls={"caSecret": NAME})
    assert status["verdict"] == "Passed", status["message"]
    assert status["load"]["failures"] == 0


def test_without_none_does() -> None:
    status = _ended("tls-unknown")
    assert status["verdict"] == "Failed", status["message"]
    assert set(status["load"]["failureKinds"]) == {"TlsFailed"}
