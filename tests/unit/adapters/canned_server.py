"""A server on the loopback interface that always gives the same answer, and notes what it was asked."""

from http.server import ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import parse_qs, urlsplit

from tests.unit.local_server import LocalServer, QuietHandler
from tests.unit.ports import free_port


class CannedServer(LocalServer):
    """`with CannedServer(200, b"...") as server:`"""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        notes = self.asked

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                notes.append((parts.path, {key: value[0] for key, value in parse_qs(parts.query).items()}))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_PATCH = do_DELETE = do_GET

        super().__init__(ThreadingHTTPServer(("127.0.0.1", 0), Handler))


class RawServer(LocalServer):
    """`with RawServer(b"SSH-2.0-…") as server:` who asks there gets these bytes, be they HTTP or not, and no more."""

    def __init__(self, answer: bytes) -> None:
        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                while self.rfile.readline().strip():
                    pass
                self.wfile.write(answer)

        super().__init__(ThreadingTCPServer(("127.0.0.1", 0), Handler))


def dead_url() -> str:
    """Where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"
