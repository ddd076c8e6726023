"""A server on loopback whose every byte a test decides."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gevent.server import StreamServer

Handler = Callable[[Any], None]
"""Gets each connection's socket, and closes it by returning."""


@contextmanager
def serving(handler: Handler, **tls: Any) -> Iterator[str]:
    """Its URL while it serves."""
    server = StreamServer(("127.0.0.1", 0), lambda sock, _: handler(sock), **tls)
    server.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.stop()


def read_request(sock: Any) -> bytes:
    """One request with its body; empty once the client has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    ]
    while lengths and len(body) < int(lengths[0]):
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(*answers: bytes) -> Handler:
    """Each connection gets these answers, one a request, then is closed."""

    def handle(sock: Any) -> None:
        for answer in answers:
            if not read_request(sock):
                return
            sock.sendall(answer)

    return handle


def ok(body: bytes = b"ok", *headers: str) -> bytes:
    """A plain 200."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def redirect(location: str, status: int = 302) -> bytes:
    """Go there instead."""
    return f"HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def certificate(folder: Path, host: str = "127.0.0.1") -> tuple[str, str]:
    """A self-signed certificate and its key, as files."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=IP:{host}"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*command, *subject, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return str(cert), str(key)


def issued(folder: Path, host: str = "127.0.0.1") -> tuple[str, str, str]:
    """A certificate of an authority of its own: the authority's file, the certificate's, its key's."""
    authority, authoritys_key = folder / "ca.crt", folder / "ca.key"
    cert, key, request, extensions = (
        folder / name for name in ("tls.crt", "tls.key", "tls.csr", "extensions")
    )
    extensions.write_text(f"subjectAltName=IP:{host}\n")
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    by = [
        "-CA",
        authority,
        "-CAkey",
        authoritys_key,
        "-set_serial",
        "7",
        "-days",
        "2",
        "-extfile",
        extensions,
    ]
    for command in (
        [
            *new,
            "-x509",
            "-days",
            "2",
            "-subj",
            "/CN=our authority",
            "-keyout",
            authoritys_key,
            "-out",
            authority,
        ],
        [*new, "-subj", f"/CN={host}", "-keyout", key, "-out", request],
        ["openssl", "x509", "-req", "-in", request, *by, "-out", cert],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return str(authority), str(cert), str(key)


def server_context(cert: str, key: str) -> ssl.SSLContext:
    """What `serving` wants as `ssl_context`."""
    from gevent import ssl as gevent_ssl

    context = gevent_ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context
