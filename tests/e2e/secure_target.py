"""A pod behind https, whose certificate no public authority has signed: it is its own authority."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo.kubectl import apply, run
from tests.e2e.campaigns import NAMESPACE

NAME, PORT = "secure", 8443
HOST = f"{NAME}.{NAMESPACE}"
LOGIN = "Bearer s3cret-of-a-test"
PRIVATE = "/private"
"""A path for whoever sends `LOGIN` as Authorization; everybody else gets 401."""
SERVER = f"""
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        private = self.path == "{PRIVATE}"
        self.send_response(401 if private and self.headers["Authorization"] != login else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass

login = open("/tls/login").read().strip()
server = ThreadingHTTPServer(("", {PORT}), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tls/tls.crt", "/tls/tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
"""


@contextmanager
def secure_target(folder: Path) -> Iterator[str]:
    """It is there and ready; its certificate (PEM). A Secret of its name has it as `ca.crt`, too, and `login`: `LOGIN`.

    Args:
        folder: for the files of the certificate.
    """
    _certify(folder)
    cert, key = (folder / "tls.crt").read_text(), (folder / "tls.key").read_text()
    try:
        _apply("Secret", stringData={"tls.crt": cert, "tls.key": key, "ca.crt": cert, "login": f"{LOGIN}\n"})
        _apply("Service", spec={"selector": {"app": NAME}, "ports": [{"port": PORT}]})
        _apply("Pod", spec=_pod())
        run("kubectl", "-n", NAMESPACE, "wait", "--for=condition=Ready", f"pod/{NAME}", "--timeout=60s")
        yield cert
    finally:
        ours = (f"pod/{NAME}", f"service/{NAME}", f"secret/{NAME}")
        run("kubectl", "-n", NAMESPACE, "delete", *ours, "--now", "--ignore-not-found")


def _certify(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subject = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    files = ["-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt")]
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
        "readinessProbe": {"httpGet": {"port": PORT, "scheme": "HTTPS"}, "periodSeconds": 1},
        "volumeMounts": [{"name": "tls", "mountPath": "/tls", "readOnly": True}],
    }
    return {"containers": [container], "volumes": [{"name": "tls", "secret": {"secretName": NAME}}]}
