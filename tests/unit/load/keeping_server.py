"""A target on the loopback interface that acknowledges every element, and keeps all but one in so many."""

import json
import threading
from http.server import ThreadingHTTPServer

from tests.unit.local_server import LocalServer, QuietHandler


class KeepingServer(LocalServer):
    """Of each `forgets` elements it keeps all but one; 0: it keeps all. Without the header `login` nobody gets in."""

    def __init__(self, forgets: int = 0, login: str | None = None) -> None:
        super().__init__(ThreadingHTTPServer(("127.0.0.1", 0), _handler(self)))
        self.login = login
        self.kept: set[str] = set()
        self.forgotten: set[str] = set()
        self.reading = threading.Event()
        """Somebody has begun to read."""
        self.answers = threading.Event()
        """Until it is set, who reads waits."""
        self.answers.set()
        self._lock = threading.Lock()
        self._forgets = forgets

    def take(self, element: str) -> None:
        """One more element."""
        with self._lock:
            number = len(self.kept) + len(self.forgotten) + 1
            forgotten = self._forgets and number % self._forgets == 0
            (self.forgotten if forgotten else self.kept).add(element)


def _handler(keeping: KeepingServer) -> type[QuietHandler]:
    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self._refused():
                return
            keeping.take(json.loads(body)["element"])
            self._answer(201)

        def do_GET(self) -> None:
            if self._refused():
                return
            keeping.reading.set()
            keeping.answers.wait(60)
            self._answer(200 if self.path.rsplit("/", 1)[-1] in keeping.kept else 404)

        def _refused(self) -> bool:
            refused = keeping.login is not None and self.headers["Authorization"] != keeping.login
            if refused:
                self._answer(401)
            return refused

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler
