"""A server on the loopback interface that always gives the same answer, and notes what it was asked."""

import threading
from contextlib import suppress
from http.server import ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import parse_qs, urlsplit

from tests.unit.local_server import LocalServer, QuietHandler
from tests.unit.ports import free_port


class CannedServer(LocalServer):
    """`with CannedServer(200, b"...") as server:`"""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.logins: list[str | None] = []
        self.by: list[str] = []
        """Whoever asked, as he calls himself."""
        notes, logins, by = self.asked, self.logins, self.by

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                logins.append(self.headers["Authorization"])
                notes.append((parts.path, {key: value[0] for key, value in parse_qs(parts.query).items()}))
                by.append(self.headers["User-Agent"])
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PATCH = do_DELETE = do_GET

        super().__init__(ThreadingHTTPServer(("127.0.0.1", 0), Handler))


class EndlessServer(LocalServer):
    """`with EndlessServer(b"HTTP/1.1 200 OK…", b" ", pause=0.05) as server:` whoever asks there gets the first bytes,
    then the others over and over until he hangs up, with so many seconds in between."""

    def __init__(self, begin: bytes, more: bytes, pause: float = 0.0) -> None:
        over = self._over = threading.Event()

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    self.wfile.write(begin)
                    while not over.wait(pause):
                        self.wfile.write(more)

        super().__init__(ThreadingTCPServer(("127.0.0.1", 0), Handler))

    def __exit__(self, *_: object) -> None:
        self._over.set()
        super().__exit__()


def dead_url() -> str:
    """Where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"
