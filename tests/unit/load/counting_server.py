"""A target on the loopback interface that counts every request it answers."""

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from http.server import ThreadingHTTPServer

from tests.unit.local_server import LocalServer, QuietHandler


class _Quiet(ThreadingHTTPServer):
    """Clients that are killed reset their connections: that is no news. Many may come at once."""

    request_queue_size = 1024

    def handle_error(self, *_: object) -> None:
        pass


Answer = tuple[int, Mapping[str, str]]
"""A status, and headers beside the usual ones."""


def plain_answer(path: str) -> Answer:
    """`/fails` with 500, `/moved` with the way to `/page`, everything else with 200."""
    if path == "/moved":
        return 302, {"Location": "/page"}
    return (500 if path == "/fails" else 200), {}


class CountingServer(LocalServer):
    """Every answer holds a JSON object with an id; its status is what `answer` says of the path, one at a time."""

    def __init__(self, answer: Callable[[str], Answer] = plain_answer) -> None:
        self._changed = threading.Condition()
        self._answer = answer
        self.by_path: Counter[str] = Counter()
        self.by_status: Counter[int] = Counter()
        self.by_sender: Counter[str] = Counter()
        self.connections: defaultdict[str, set[object]] = defaultdict(set)
        """Path → the connections on which it was asked for."""
        self.last = 0.0
        """When the last request came, epoch seconds."""
        counting = self

        class Handler(QuietHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65_536

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                sender = self.headers.get("X-Sender", "")
                status, headers = counting.count(self.path, sender, self.client_address)
                body = json.dumps({"id": 7}).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

        super().__init__(_Quiet(("127.0.0.1", 0), Handler))

    def count(self, path: str, sender: str, connection: object) -> Answer:
        """One more request, and how it is answered."""
        with self._changed:
            answer = self._answer(path)
            self.by_path[path] += 1
            self.by_status[answer[0]] += 1
            self.by_sender[sender] += 1
            self.connections[path].add(connection)
            self.last = time.time()
            self._changed.notify_all()
        return answer

    def wait_for(self, requests: int) -> None:
        """Until so many requests have come."""
        with self._changed:
            came = self._changed.wait_for(lambda: self.by_path.total() >= requests, timeout=30)
        assert came, f"only {self.by_path.total()} requests have come"
